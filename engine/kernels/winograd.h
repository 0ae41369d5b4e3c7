// The two transforms of Winograd's F(6x6, 3x3): 64 multiplications give the 36 outputs of a tile
// that take 324 directly (Lavin and Gray, "Fast algorithms for convolutional neural networks",
// 2016; the points of kernels/points.h along both axes). Between them stand 64 products of
// matrices, tiles x channels in by channels in x channels out, which conv_row() computes.
#pragma once

#include "kernels/kernels.h"
#include "kernels/points.h"
#include "kernels/simd.h"

namespace pl {
inline namespace PL_ISA {

constexpr int kPoints = kWinogradTile + 2;  // along one axis

// Calls each(c) for the vectors of [0, channels); the last one steps back and computes some
// channels again, to the same bits. A vector that is longer than all of them goes on into the next
// tile or pixel.
template <class Each>
inline void each_vector(i64 channels, Each each) {
  i64 c = 0;
  for (; c + kLanes <= channels; c += kLanes) each(c);
  if (c < channels) each(max<i64>(0, channels - kLanes));
}

// Stores what belongs to the pixel: behind its row there is another one.
inline void store_channels(f32* to, vf v, i64 channels) {
  if constexpr (kLanes <= kWinogradChannels) return store(to, v);
  const vf one[] = {v};
  store_first(to, one, channels);
}

// Down the columns first, then along the rows.
inline void winograd_input(const WinogradInput& in) {
  for (i64 t = 0; t < in.tiles; ++t) {
    each_vector(in.channels, [&](i64 c) {
      const i64 first = t * kWinogradTile * in.channels + c;
      vf half[kPoints][kPoints];
      for (int x = 0; x < kPoints; ++x) {
        vf d[kPoints];
#pragma unroll
        for (int y = 0; y < kPoints; ++y) d[y] = load(in.rows[y] + first + x * in.channels);
        transform(d);
#pragma unroll
        for (int y = 0; y < kPoints; ++y) half[y][x] = d[y];
      }
      f32* to = in.out + t * in.channels + c;
      for (int y = 0; y < kPoints; ++y) {
        vf d[kPoints];
#pragma unroll
        for (int x = 0; x < kPoints; ++x) d[x] = half[y][x];
        transform(d);
#pragma unroll
        for (int x = 0; x < kPoints; ++x, to += in.matrix) store(to, d[x]);
      }
    });
  }
}

inline void winograd_output(const WinogradOutput& out) {
  for (i64 t = 0; t < out.tiles; ++t) {
    const i64 pixels = out.pixels - t * kWinogradTile;
    each_vector(out.channels, [&](i64 c) {
      const f32* from = out.products + t * out.channels + c;
      vf half[kWinogradTile][kPoints];
      for (int x = 0; x < kPoints; ++x, from += out.matrix) {
        vf m[kPoints], y[kWinogradTile];
#pragma unroll
        for (int i = 0; i < kPoints; ++i) m[i] = load(from + kPoints * i * out.matrix);
        interpolate(m, y);
#pragma unroll
        for (int i = 0; i < kWinogradTile; ++i) half[i][x] = y[i];
      }
      const vf bias = load(out.bias + c);
      for (i64 i = 0; i < out.rows; ++i) {
        vf m[kPoints], y[kWinogradTile];
#pragma unroll
        for (int x = 0; x < kPoints; ++x) m[x] = half[i][x];
        interpolate(m, y);
        f32* to = out.out[i] + t * kWinogradTile * out.channels + c;
#pragma unroll
        for (int x = 0; x < kWinogradTile; ++x, to += out.channels) {
          if (x < pixels) store_channels(to, y[x] + bias, out.channels);
        }
      }
    });
  }
}

}  // namespace PL_ISA
}  // namespace pl
