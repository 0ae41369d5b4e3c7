// Convolution of one row, vectors over output channels.
#pragma once

#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pl {
inline namespace PL_ISA {

// Pixels of a tile of V vectors: as many as leave registers for the weights, one operand and one
// for the compiler to turn around in; filled to the last one, it shuffles and spills.
template <int V>
constexpr int tile_pixels() {
  return min((kRegisters - V - 2) / V, 12);
}

// P pixels x V vectors of channels, held in registers over the whole sum. Every loop over them is
// unrolled: an array indexed by a variable would live in memory.
template <int P, int V>
inline void conv_tile(const ConvRow& row, const f32* weights, const f32* bias, i64 pixel, f32* out,
                      i64 channels) {
  vf sum[P][V];
#pragma unroll
  for (int v = 0; v < V; ++v) {
    const vf start = load(bias + v * kLanes);
#pragma unroll
    for (int p = 0; p < P; ++p) sum[p][v] = start;
  }
  const i64 pitch = row.pitch;
  for (const Run& run : row.runs) {
    const f32* from = run.from + pixel * pitch;
    for (i32 k = 0; k < run.length; ++k) {
      vf w[V];
#pragma unroll
      for (int v = 0; v < V; ++v) w[v] = load(weights + v * kLanes);
#pragma unroll
      for (int p = 0; p < P; ++p) {
        const vf x = splat(from[p * pitch + k]);
#pragma unroll
        for (int v = 0; v < V; ++v) sum[p][v] = fma(x, w[v], sum[p][v]);
        settle(sum[p]);
      }
      weights += V * kLanes;
    }
  }
#pragma unroll
  for (int p = 0; p < P; ++p) {
    store_first(out + p * row.out_pitch, sum[p], channels);
  }
}

template <int V>
void conv_block(const ConvRow& row, const f32* weights, i64 channel) {
  constexpr int P = tile_pixels<V>();
  const i64 channels = min<i64>(V * kLanes, row.channels - channel);
  const f32* bias = row.bias + channel;
  f32* out = row.out + channel;
  i64 x = 0;
  for (; x + P <= row.pixels; x += P) {
    conv_tile<P, V>(row, weights, bias, x, out + x * row.out_pitch, channels);
  }
  if (x < row.pixels && row.pixels >= P) {
    // The last tile steps back and computes some pixels again, to the same bits.
    x = row.pixels - P;
    conv_tile<P, V>(row, weights, bias, x, out + x * row.out_pitch, channels);
    return;
  }
  for (; x < row.pixels; ++x) {
    conv_tile<1, V>(row, weights, bias, x, out + x * row.out_pitch, channels);
  }
}

// Blocks of as many vectors as waste the fewest loads: three where they go up, else two.
inline i32 block_vectors(i64 first, i64 vectors) {
  const i64 left = vectors - first;
  if (kRegisters >= 32 && left >= 4 && left != 5) return 4;
  if (left >= 3 && left != 4) return 3;
  return static_cast<i32>(min<i64>(left, 2));
}

inline void conv_row(const ConvRow& row) {
  i64 depth = 0;
  for (const Run& run : row.runs) depth += run.length;
  const i64 vectors = ceil_div(row.channels, kLanes);
  const f32* weights = row.weights;
  for (i64 first = 0; first < vectors;) {
    const i32 wide = block_vectors(first, vectors);
    const i64 channel = first * kLanes;
    if (wide == 1) conv_block<1>(row, weights, channel);
    if (wide == 2) conv_block<2>(row, weights, channel);
    if (wide == 3) conv_block<3>(row, weights, channel);
    if constexpr (kRegisters >= 32) {
      if (wide == 4) conv_block<4>(row, weights, channel);
    }
    weights += depth * wide * kLanes;
    first += wide;
  }
}

// ---- depthwise --------------------------------------------------------------------------------

// F: f32 for one channel, vf for a vector of them.
template <class F, int P>
inline void depthwise_tile(const DepthwiseRow& row, i64 pixel, i64 channel) {
  const F start = read<F>(row.bias + channel);
  F sum[P];
#pragma unroll
  for (int p = 0; p < P; ++p) sum[p] = start;
  const f32* weights = row.weights + channel;
  for (const f32* tap : row.taps) {
    const f32* from = tap + pixel * row.pitch + channel;
    const F w = read<F>(weights);
#pragma unroll
    for (int p = 0; p < P; ++p) sum[p] = fma(read<F>(from + p * row.pitch), w, sum[p]);
    weights += row.channels;
  }
#pragma unroll
  for (int p = 0; p < P; ++p) write(row.out + (pixel + p) * row.out_pitch + channel, sum[p]);
}

inline void depthwise_row(const DepthwiseRow& row) {
  each_lane(row.channels, [&](i64 c, auto lanes) {
    using F = decltype(lanes);
    constexpr int P = kPainting && sizeof(F) == sizeof(f32) ? 1 : 8;
    i64 x = 0;
    for (; x + P <= row.pixels; x += P) depthwise_tile<F, P>(row, x, c);
    for (; x < row.pixels; ++x) depthwise_tile<F, 1>(row, x, c);
  });
}

// ---- maximum ----------------------------------------------------------------------------------

// The greatest so far, which what is not a number never is.
template <class F>
inline F greater(F most, F x) {
  return most < x ? x : most;
}

inline void maximum_row(const DepthwiseRow& row) {
  const f32 least = -__builtin_inff();
  for (i64 x = 0; x < row.pixels; ++x) {
    f32* to = row.out + x * row.out_pitch;
    i64 c = 0;
    for (; c + kLanes <= row.channels; c += kLanes) {
      vf most = splat(least);
      for (const f32* tap : row.taps) most = greater(most, load(tap + x * row.pitch + c));
      store(to + c, most);
    }
    for (; c < row.channels; ++c) {
      f32 most = least;
      for (const f32* tap : row.taps) most = greater(most, tap[x * row.pitch + c]);
      to[c] = most;
    }
  }
}

// ---- few output channels ----------------------------------------------------------------------

template <int Channels, int V>
inline void planar_tile(const PlanarRow& row, i64 pixel) {
  vf sum[Channels][V];
#pragma unroll
  for (int o = 0; o < Channels; ++o) {
#pragma unroll
    for (int v = 0; v < V; ++v) {
      const i64 x = pixel + v * kLanes;
      if (Channels == kPlanarPairs && row.start) {
        sum[o][v] = load(row.start + o % (Channels / 2) * row.out_plane + x);
        if (row.more) sum[o][v] += load(row.more + o * row.out_plane + x);
      } else {
        sum[o][v] = splat(row.bias[o]);
      }
    }
  }
  const i64 depth = row.taps.size * row.in_channels;
  const f32* weights = row.weights;
  for (const f32* tap : row.taps) {
    const f32* from = tap + pixel;
    for (i64 c = 0; c < row.in_channels; ++c, ++weights, from += row.plane) {
      vf x[V];
#pragma unroll
      for (int v = 0; v < V; ++v) x[v] = load(from + v * kLanes);
#pragma unroll
      for (int o = 0; o < Channels; ++o) {
        const vf w = splat(weights[o * depth]);
#pragma unroll
        for (int v = 0; v < V; ++v) sum[o][v] = fma(x[v], w, sum[o][v]);
        settle(sum[o]);
      }
    }
  }
#pragma unroll
  for (int o = 0; o < Channels; ++o) {
#pragma unroll
    for (int v = 0; v < V; ++v) store(row.out + o * row.out_plane + pixel + v * kLanes, sum[o][v]);
  }
}

template <int Channels>
void planar_channels(const PlanarRow& row) {
  constexpr int V = min((kRegisters - 2) / (Channels + 1), 4);
  i64 x = 0;
  for (; x + V * kLanes <= row.pixels; x += V * kLanes) planar_tile<Channels, V>(row, x);
  // The last tile steps back, as in conv_block(), or goes beyond the end of a short row.
  if (x < row.pixels) planar_tile<Channels, V>(row, max<i64>(0, row.pixels - V * kLanes));
}

inline void planar_row(const PlanarRow& row) {
  static_assert(kPlanarChannels == 4);
  if (row.channels == 3) return planar_channels<3>(row);
  if (row.channels == kPlanarPairs) return planar_channels<kPlanarPairs>(row);
  if constexpr (!kPainting) {
    if (row.channels == 2) return planar_channels<2>(row);
    if (row.channels == 4) return planar_channels<4>(row);
  }
  PlanarRow one = row;
  for (i64 o = 0; o < row.channels; ++o) {
    planar_channels<1>(one);
    one.weights += row.taps.size * row.in_channels;
    one.out += row.out_plane;
    ++one.bias;
  }
}

}  // namespace PL_ISA
}  // namespace pl
