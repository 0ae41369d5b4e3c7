// Nearest upsampling by two and then a 3x3 convolution, by differences. Along one axis, with the
// weights u, v, w, their sum s and the small pixels a, b, c, the four outputs that read no others
// than these are
//
//   s b + (u + v)(a - b)     s b + u (a - b)     s b - w (b - c)     s b - (v + w)(b - c)
//
// That is five products for four outputs, and along both axes 25 for sixteen, where each phase by
// itself takes 64: F(2, 2) of Winograd ("Arithmetic complexity of computations", 1980) at the
// points 0, 1 and infinity for each phase, of which the phases share the one at 1.
//
// `b` stands at every second pixel, the centre; between two small pixels i - 1 and i, which differ
// by difference i, stands a pair of outputs, 2 i - 1 and 2 i. A row of outputs takes its centres
// and differences from a row of centres or from a difference of two rows. Centres are summed
// by conv_row(), and doubled_row() goes on from there; for pictures, planar_row() does both.
#pragma once

#include "steps/conv.h"

namespace pl {
namespace differences {

constexpr i64 kKinds = 5;  // of products along one axis: the centre's and those of four outputs

// The kind of the product that output i adds to its centre's.
inline i64 kind_of(i64 i) {
  return 1 + (i + 1) % 4;
}

inline bool by_pixels(const ConvStep& step) {
  return 2 * step.out_channels == kPlanarPairs;
}

// Small pixels differ in one place more than there are, borders included.
inline i64 count_differences(i64 outputs) {
  return outputs / 2 + 1;
}
inline i64 count_centres(i64 outputs) {
  return ceil_div(count_differences(outputs), 2);
}

// Of one matrix, filled up to two vectors.
inline i64 matrix_floats(const ConvStep& step, i64 channels) {
  const i64 vectors = 2 * step.kernels->lanes;
  return step.in_channels * (by_pixels(step) ? channels : round_up(channels, vectors));
}

// Weights of one kind of row: of its centres, and of the pairs of outputs at the differences before
// and after them.
struct RowWeights {
  const f32 *centre, *pairs;
};

inline i64 row_weight_floats(const ConvStep& step) {
  return matrix_floats(step, step.out_channels) + 2 * matrix_floats(step, 2 * step.out_channels);
}

inline RowWeights row_weights(const ConvStep& step, i64 kind) {
  const f32* centre = step.phases[0].weights + kind * row_weight_floats(step);
  return {centre, centre + matrix_floats(step, step.out_channels)};
}

// The bias of all sums but those that output rows share: zeros behind the weights.
inline const f32* no_bias(const ConvStep& step) {
  return step.phases[0].weights + kKinds * row_weight_floats(step);
}

// A worker's memory.
i64 scratch_bytes(const ConvStep& step);
void run(const Step& step, const Machine& machine);
i64 first_row(const Step& step, i64 y);

}  // namespace differences
}  // namespace pl
