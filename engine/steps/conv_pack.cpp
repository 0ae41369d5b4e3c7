// Weights in the order in which the kernels read them.
#include "steps/conv.h"

namespace pl {

namespace {

// [block][tap][channel in][width of block], zeros where the last block is not full.
i64 dense_floats(const ConvStep& step, const Phase& phase, i64 lanes) {
  return round_up(step.out_channels, lanes) * phase.taps.size * step.in_channels;
}

void pack_dense(const ConvStep& step, const Phase& phase, const Weights& w, i64 group,
                const Kernels& kernels, f32* to) {
  const i64 vectors = ceil_div(step.out_channels, kernels.lanes);
  for (i64 first = 0; first < vectors;) {
    const i64 wide = kernels.block_vectors(first, vectors);
    for (const Tap& tap : phase.taps) {
      for (i64 in = 0; in < step.in_channels; ++in) {
        for (i64 lane = 0; lane < wide * kernels.lanes; ++lane) {
          const i64 out = first * kernels.lanes + lane;
          const f32* at =
              w.data + group * w.group_stride + out * w.out_stride + in * w.in_stride + tap.kernel;
          *to++ = out < step.out_channels ? *at : 0;
        }
      }
    }
    first += wide;
  }
}

void pack_depthwise(const ConvStep& step, const Phase& phase, const Weights& w, f32* to) {
  for (const Tap& tap : phase.taps) {
    for (i64 c = 0; c < step.groups; ++c) *to++ = w.data[c * w.group_stride + tap.kernel];
  }
}

void pack_planar(const ConvStep& step, const Phase& phase, const Weights& w, f32* to) {
  for (i64 out = 0; out < step.out_channels; ++out) {
    for (const Tap& tap : phase.taps) {
      for (i64 in = 0; in < step.in_channels; ++in) {
        *to++ = w.data[out * w.out_stride + in * w.in_stride + tap.kernel];
      }
    }
  }
}

// Joins taps that follow each other in a row: their operands adjoin when the group is the image.
pl_status join_taps(const ConvStep& step, Phase* phase, Arena& arena, Error& error) {
  Array<TapRun> runs(&arena);
  const i32 depth = static_cast<i32>(step.in_channels);
  const Tap* last = nullptr;
  for (const Tap& tap : phase->taps) {
    if (last && step.groups == 1 && tap.dy == last->dy && tap.dx == last->dx + 1) {
      runs.back().length += depth;
    } else if (!runs.push({tap.dy, tap.dx, depth})) {
      return error.out_of_memory();
    }
    last = &tap;
  }
  phase->runs = {runs.begin(), runs.size()};
  return PL_OK;
}

}  // namespace

pl_status pack_phase(const ConvStep& step, Phase* phase, const Weights& w, const Kernels& kernels,
                     Arena& arena, Error& error) {
  PL_TRY(join_taps(step, phase, arena, error));
  const bool dense = step.method == ConvStep::Method::dense;
  const i64 floats = dense ? step.groups * dense_floats(step, *phase, kernels.lanes)
                           : phase->taps.size * step.channels_out() * step.in_channels;
  f32* packed = static_cast<f32*>(arena.allocate(static_cast<size_t>(floats) * sizeof(f32)));
  if (!packed) return error.out_of_memory();
  phase->weights = packed;
  if (is_channelwise(step)) {
    pack_depthwise(step, *phase, w, packed);
  } else if (step.method == ConvStep::Method::planar) {
    pack_planar(step, *phase, w, packed);
  } else {
    for (i64 group = 0; group < step.groups; ++group) {
      pack_dense(step, *phase, w, group, kernels, packed);
      packed += dense_floats(step, *phase, kernels.lanes);
    }
  }
  return PL_OK;
}

namespace {

pl_status pack_phases(ConvStep* step, const Weights& weights, const Kernels& kernels, Arena& arena,
                      Error& error) {
  i32 first = 0, last = 0;
  bool any = false;
  i64 taps = 0;
  for (Phase& phase : step->phases) {
    PL_TRY(pack_phase(*step, &phase, weights, kernels, arena, error));
    taps += phase.taps.size;
    for (const Tap& tap : phase.taps) {
      first = any ? min(first, tap.dy) : tap.dy;
      last = any ? max(last, tap.dy) : tap.dy;
      any = true;
    }
  }
  step->ring_rows = last - first + 1;
  step->macs = step->out_batch * ceil_div(step->out_height, step->phases_y) *
               ceil_div(step->out_width, step->phases_x) * taps * step->in_channels *
               step->channels_out();
  step->scratch_bytes = conv_scratch(*step);
  step->run = run_conv;
  step->first_row = conv_first_row;
  return PL_OK;
}

}  // namespace

pl_status finish_conv(ConvStep* step, const Weights& weights, const f32* bias,
                      const Kernels& kernels, Arena& arena, Error& error) {
  step->kernels = &kernels;
  const i64 channels = step->channels_out();
  f32* padded = arena.make<f32>(round_up(channels, kernels.lanes) + 4 * kernels.lanes);
  if (!padded) return error.out_of_memory();
  for (i64 c = 0; bias && c < channels; ++c) padded[c] = bias[c];
  step->bias = padded;
  step->by_rows = true;
  if (step->tall) return pack_tall(step, weights, kernels, arena, error);
  switch (step->method) {
    case ConvStep::Method::winograd:
      return pack_winograd(step, weights, kernels, arena, error);
    case ConvStep::Method::differences:
      return pack_differences(step, weights, arena, error);
    default:
      return pack_phases(step, weights, kernels, arena, error);
  }
}

}  // namespace pl
