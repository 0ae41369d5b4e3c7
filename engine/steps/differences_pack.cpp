// Weights of steps/differences.h.
#include "steps/differences.h"

namespace pl {
namespace differences {
namespace {

// What each kind of product takes of the three weights along an axis.
constexpr f64 kParts[kKinds][3] = {{1, 1, 1}, {1, 1, 0}, {1, 0, 0}, {0, 0, -1}, {0, -1, -1}};

// The weights of one kind of row.
struct Matrix {
  const ConvStep& step;
  const Weights& weights;
  i64 row_kind;

  // Channels of outputs of the given kind and of those after it.
  f32 at(i64 kind, i64 channel, i64 in) const {
    const i64 out = channel % step.out_channels;
    const f64* x = kParts[kind + channel / step.out_channels];
    const f32* kernel = weights.data + out * weights.out_stride + in * weights.in_stride;
    f64 sum = 0;
    for (i64 i = 0; i < 3; ++i) {
      const f32* k = kernel + 3 * i;
      sum += kParts[row_kind][i] * (x[0] * k[0] + x[1] * k[1] + x[2] * k[2]);
    }
    return static_cast<f32>(sum);
  }
};

// As planar_row() reads them: [out][in].
f32* pack_planar(const Matrix& m, i64 kind, i64 channels, f32* to) {
  for (i64 out = 0; out < channels; ++out) {
    for (i64 in = 0; in < m.step.in_channels; ++in) *to++ = m.at(kind, out, in);
  }
  return to;
}

// Vectors of a block of channels, zeros where there are none.
f32* pack_lanes(const Matrix& m, i64 kind, i64 channels, i64 first, i64 end, i64 in, f32* to) {
  for (i64 out = first; out < end; ++out) *to++ = out < channels ? m.at(kind, out, in) : 0;
  return to;
}

// As conv_row() reads them.
void pack_centre(const Matrix& m, f32* to) {
  const i64 lanes = m.step.kernels->lanes, vectors = ceil_div(m.step.out_channels, lanes);
  for (i64 first = 0; first < vectors;) {
    const i64 end = first + m.step.kernels->block_vectors(first, vectors);
    for (i64 in = 0; in < m.step.in_channels; ++in) {
      to = pack_lanes(m, 0, m.step.out_channels, first * lanes, end * lanes, in, to);
    }
    first = end;
  }
}

// As doubled_row() reads them.
f32* pack_pairs(const Matrix& m, f32* to) {
  const i64 lanes = m.step.kernels->lanes, channels = 2 * m.step.out_channels;
  for (i64 first = 0; first < round_up(channels, 2 * lanes); first += lanes) {
    for (i64 in = 0; in < m.step.in_channels; ++in) {
      to = pack_lanes(m, 1, channels, first, first + lanes, in, to);
      to = pack_lanes(m, 3, channels, first, first + lanes, in, to);
    }
  }
  return to;
}

}  // namespace
}  // namespace differences

bool differences_fit(const ConvStep& step) {
  // Other channels leave lanes empty, which costs more than the phases do.
  const bool fill = step.out_channels % 8 == 0 || 2 * step.out_channels == kPlanarPairs;
  return step.groups == 1 && fill;
}

pl_status pack_differences(ConvStep* step, const Weights& weights, Arena& arena, Error& error) {
  using namespace differences;
  const i64 channels = step->out_channels;
  const i64 lanes = step->kernels->lanes;
  const i64 floats = kKinds * row_weight_floats(*step) + round_up(channels, lanes) + 4 * lanes;
  f32* packed = arena.make<f32>(floats);
  if (!packed) return error.out_of_memory();
  step->phases[0].weights = packed;
  for (i64 kind = 0; kind < kKinds; ++kind) {
    const Matrix m{*step, weights, kind};
    if (by_pixels(*step)) {
      packed = pack_planar(m, 0, channels, packed);
      packed = pack_planar(m, 1, 2 * channels, packed);
      packed = pack_planar(m, 3, 2 * channels, packed);
    } else {
      pack_centre(m, packed);
      packed = pack_pairs(m, packed + matrix_floats(*step, channels));
    }
  }
  const i64 rows = step->out_height + count_centres(step->out_height);
  const i64 products = count_centres(step->out_width) + 2 * count_differences(step->out_width);
  step->macs = step->out_batch * rows * products * step->in_channels * channels;
  step->scratch_bytes = scratch_bytes(*step);
  step->run = run;
  step->first_row = first_row;
  return PL_OK;
}

}  // namespace pl
