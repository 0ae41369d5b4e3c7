// Outputs of an upsampled row around its centres: see steps/differences.h.
#pragma once

#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pl {
inline namespace PL_ISA {

// Centres of a tile of V vectors, with two operands each: see tile_pixels().
template <int V>
constexpr int tile_centres() {
  return min((kRegisters - V - 2) / (2 * V), 6);
}

// C centres x 2 operands x V vectors, which lie next to each other in the row.
template <int C, int V>
inline void doubled_tile(const DoubledRow& row, i64 centre, i64 channel) {
  vf sum[C][2][V];
#pragma unroll
  for (int v = 0; v < V; ++v) {
    const i64 at = channel + v * kLanes;
    const f32* start = row.start + centre * row.period + (at < row.period ? at : at - row.period);
#pragma unroll
    for (int c = 0; c < C; ++c) sum[c][0][v] = sum[c][1][v] = load(start + c * row.period);
  }
  const i64 place = 2 * centre * row.channels + channel;
  if (row.more) {
#pragma unroll
    for (int i = 0; i < 2 * C; ++i) {
      const f32* more = row.more + place + i * row.channels;
#pragma unroll
      for (int v = 0; v < V; ++v) sum[i / 2][i % 2][v] += load(more + v * kLanes);
    }
  }
  if constexpr (kLanes == 16) {
    // The tile ends in stores of so many whole cache lines that they had better be on their way.
#pragma unroll
    for (int i = 0; i < 2 * C; ++i) {
#pragma unroll
      for (int v = 0; v < V; ++v) {
        __builtin_prefetch(row.out + place + i * row.channels + v * kLanes, 1);
      }
    }
  }
  const f32* from = row.from + 2 * centre * row.in_channels;
  const f32* weights = row.weights + channel * 2 * row.in_channels;
  for (i64 k = 0; k < row.in_channels; ++k) {
#pragma unroll
    for (int operand = 0; operand < 2; ++operand) {
      vf w[V];
#pragma unroll
      for (int v = 0; v < V; ++v) w[v] = load(weights + v * 2 * kLanes * row.in_channels);
#pragma unroll
      for (int c = 0; c < C; ++c) {
        const vf x = splat(from[(2 * c + operand) * row.in_channels + k]);
#pragma unroll
        for (int v = 0; v < V; ++v) sum[c][operand][v] = fma(x, w[v], sum[c][operand][v]);
        if constexpr (V == 4) settle_on_arm(sum[c][operand]);
      }
      weights += kLanes;
    }
  }
  const i64 left = row.channels - channel;
#pragma unroll
  for (int i = 0; i < 2 * C; ++i) {
    store_first(row.out + place + i * row.channels, sum[i / 2][i % 2], left);
  }
}

template <int V>
void doubled_block(const DoubledRow& row, i64 channel) {
  constexpr int C = tile_centres<V>();
  i64 x = 0;
  for (; x + C <= row.centres; x += C) doubled_tile<C, V>(row, x, channel);
  if (x < row.centres && row.centres >= C) {
    // The last tile steps back, as in conv_block().
    return doubled_tile<C, V>(row, row.centres - C, channel);
  }
  for (; x < row.centres; ++x) doubled_tile<1, V>(row, x, channel);
}

inline void doubled_row(const DoubledRow& row) {
  i64 channel = 0;
  if constexpr (kRegisters >= 32) {
    for (; row.channels - channel > 2 * kLanes; channel += 4 * kLanes) {
      doubled_block<4>(row, channel);
    }
  }
  for (; channel < row.channels; channel += 2 * kLanes) doubled_block<2>(row, channel);
}

}  // namespace PL_ISA
}  // namespace pl
