// The loops that carry the time of a picture, each in a function of its own for bench/mca.py: full
// tiles of whole vectors, as most are. `width_` says how many vectors one pass of the loop makes.
#include "kernels/conv.h"
#include "kernels/doubled.h"
#include "kernels/stages.h"
#include "kernels/tall.h"
#include "kernels/winograd.h"

using namespace pl;

#define PL_KEPT extern "C" __attribute__((used))
#define PL_PART(name, width)              \
  PL_KEPT const int width_##name = width; \
  PL_KEPT void name

PL_KEPT const int lanes = kLanes;

// How wide the next block of conv_row() is where so many vectors are left, from 1 on.
PL_KEPT const int blocks[] = {block_vectors(0, 1), block_vectors(0, 2), block_vectors(0, 3),
                              block_vectors(0, 4), block_vectors(0, 5), block_vectors(0, 6)};

#define PL_CONV(V)                                                                      \
  PL_PART(conv_##V, tile_pixels<V>() * V)(const ConvRow& row, i64 pixel, f32* out) {    \
    conv_tile<tile_pixels<V>(), V>(row, row.weights, row.bias, pixel, out, V * kLanes); \
  }
PL_CONV(1)
PL_CONV(2)
PL_CONV(3)
PL_CONV(4)

PL_PART(depthwise_1, 8)(const DepthwiseRow& row, i64 pixel, i64 channel) {
  depthwise_tile<vf, 8>(row, pixel, channel);
}

// As planar_channels() has it.
constexpr int planar_vectors(int channels) {
  return min((kRegisters - 2) / (channels + 1), 4);
}
#define PL_PLANAR(C)                                                           \
  PL_PART(planar_##C, C* planar_vectors(C))(const PlanarRow& row, i64 pixel) { \
    planar_tile<C, planar_vectors(C)>(row, pixel);                             \
  }
PL_PLANAR(1)
PL_PLANAR(2)
PL_PLANAR(3)
PL_PLANAR(4)
PL_PLANAR(6)

#define PL_DOUBLED(V)                                                                  \
  PL_PART(doubled_##V, 2 * tile_centres<V>() * V)(const DoubledRow& row, i64 centre) { \
    DoubledRow whole = row;                                                            \
    whole.channels = V * kLanes;                                                       \
    doubled_tile<tile_centres<V>(), V>(whole, centre, 0);                              \
  }
PL_DOUBLED(2)
PL_DOUBLED(4)

// One vector of one tile.
PL_PART(winograd_in, 1)(const f32* const* rows, f32* out, i64 matrix) {
  WinogradInput in{{}, 1, kLanes, out, matrix};
#pragma unroll
  for (int i = 0; i < 8; ++i) in.rows[i] = rows[i];
  winograd_input(in);
}
PL_PART(winograd_out, 1)(const WinogradOutput& given) {
  WinogradOutput out = given;
  out.tiles = 1;
  out.channels = kLanes;
  out.rows = out.pixels = kWinogradTile;
  winograd_output(out);
}

PL_PART(tall_in, 1)(const TallInput& in) {
  tall_input(in);
}
PL_PART(tall_out, 1)(const TallOutput& out) {
  tall_output(out);
}

PL_PART(relu, 1)(f32* to, const f32* from, i64 n) {
  apply_unary<Unary::relu>(to, from, n, 0, 0);
}
PL_PART(tanh, 1)(f32* to, const f32* from, i64 n) {
  apply_unary<Unary::tanh>(to, from, n, 0, 0);
}
PL_PART(affine, 1)(f32* to, const f32* from, i64 n, const f32* scale, const f32* shift,
                   i64 period) {
  affine_row(to, from, n, scale, shift, period);
}
PL_PART(add, 1)(f32* to, const f32* from, const f32* other, i64 n) {
  combine_with(to, from, other, n, [](auto a, auto b) { return a + b; });
}
PL_PART(matrix, 3)(f32* to, const f32* from, i64 pixels, const f32* weights) {
  matrix_row(to, from, pixels, 3, weights);
}
PL_PART(from_bytes, 1)(f32* to, const u8* from, i64 n) {
  from_bytes_row(to, from, n);
}
PL_PART(to_bytes, 1)(u8* to, const f32* from, i64 n) {
  to_bytes_row(to, from, n);
}
PL_PART(statistics, 2)(const f32* row, i64 pixels, i64 channels, f32* mean, f32* m2) {
  vector_stats<2>(row, pixels, channels, mean, m2);
}

// A block of four by four.
PL_PART(transpose, 1)(f32* to, i64 pitch, const f32* from, i64 from_pitch) {
  transpose_4x4(to, pitch, from, from_pitch);
}
