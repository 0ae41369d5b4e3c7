// The two transforms of Winograd's F(4x4, 3x3): 36 multiplications give the 16 outputs of a tile
// that take 144 directly (Lavin and Gray, "Fast algorithms for convolutional neural networks",
// 2016; interpolation points 0, 1, -1, 2, -2 and infinity). Between them stand 36 products of
// matrices, tiles x channels in by channels in x channels out, which conv_row() computes.
#pragma once

#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pl {
inline namespace PL_ISA {

// Six inputs to six, in place: a row of B^T d.
template <class F>
inline void transform_input(F (&d)[6]) {
  const auto k = [](f32 x) { return Lanes<F>::splat(x); };
  const F even = fma(k(-4), d[2], d[4]), odd = fma(k(-4), d[1], d[3]);
  const F far = d[4] - d[2], step = d[3] - d[1];
  const F first = fma(k(4), d[0], fma(k(-5), d[2], d[4]));
  const F last = fma(k(4), d[1], fma(k(-5), d[3], d[5]));
  d[0] = first;
  d[1] = even + odd;
  d[2] = even - odd;
  d[3] = fma(k(2), step, far);
  d[4] = fma(k(-2), step, far);
  d[5] = last;
}

// Six products to four outputs: a row of A^T m.
template <class F>
inline void transform_output(const F (&m)[6], F (&y)[4]) {
  const auto k = [](f32 x) { return Lanes<F>::splat(x); };
  const F p = m[1] + m[2], q = m[1] - m[2], r = m[3] + m[4], s = m[3] - m[4];
  y[0] = m[0] + p + r;
  y[1] = fma(k(2), s, q);
  y[2] = fma(k(4), r, p);
  y[3] = fma(k(8), s, q) + m[5];
}

// Down the six rows first, over all pixels of the tiles at once; then along each of the results.
inline void winograd_input(const WinogradInput& in) {
  const i64 columns = (kWinogradTile * in.tiles + 2) * in.channels;
  each_lane(columns, [&](i64 i, auto tag) {
    using F = decltype(tag);
    F d[6];
#pragma unroll
    for (int y = 0; y < 6; ++y) d[y] = read<F>(in.rows[y] + i);
    transform_input(d);
#pragma unroll
    for (int y = 0; y < 6; ++y) write(in.columns + y * columns + i, d[y]);
  });
  const i64 matrix = in.tiles * in.channels;
  for (int y = 0; y < 6; ++y) {
    for (i64 t = 0; t < in.tiles; ++t) {
      const f32* from = in.columns + y * columns + t * kWinogradTile * in.channels;
      f32* to = in.out + 6 * y * matrix + t * in.channels;
      each_lane(in.channels, [&](i64 c, auto tag) {
        using F = decltype(tag);
        F d[6];
#pragma unroll
        for (int x = 0; x < 6; ++x) d[x] = read<F>(from + x * in.channels + c);
        transform_input(d);
#pragma unroll
        for (int x = 0; x < 6; ++x) write(to + x * matrix + c, d[x]);
      });
    }
  }
}

inline void winograd_output(const WinogradOutput& out) {
  const i64 matrix = out.tiles * out.all_channels;
  for (i64 t = 0; t < out.tiles; ++t) {
    const i64 pixels = min<i64>(kWinogradTile, out.pixels - t * kWinogradTile);
    each_lane(out.channels, [&](i64 c, auto tag) {
      using F = decltype(tag);
      const f32* from = out.products + t * out.all_channels + c;
      F rows[4][6];
#pragma unroll
      for (int x = 0; x < 6; ++x) {
        F m[6], y[4];
#pragma unroll
        for (int i = 0; i < 6; ++i) m[i] = read<F>(from + (6 * i + x) * matrix);
        transform_output(m, y);
#pragma unroll
        for (int i = 0; i < 4; ++i) rows[i][x] = y[i];
      }
      const F bias = read<F>(out.bias + c);
      for (i64 i = 0; i < out.rows; ++i) {
        F y[4];
        transform_output(rows[i], y);
        f32* to = out.out[i] + t * kWinogradTile * out.out_pitch + c;
        for (i64 x = 0; x < pixels; ++x) write(to + x * out.out_pitch, y[x] + bias);
      }
    });
  }
}

}  // namespace PL_ISA
}  // namespace pl
