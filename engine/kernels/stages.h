// What happens to a row on its way into or out of a convolution.
#pragma once

#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace pl {
inline namespace PL_ISA {

template <Unary kind>
void apply_unary(f32* dst, const f32* src, i64 n, f32 a, f32 b) {
  i64 i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    store(dst + i, unary<kind, vf>(load(src + i), splat(a), splat(b)));
  }
  if (i == n) return;
  // The rest as a part of a vector: functions are long, and need not be there for one element too.
  f32 rest[kLanes] = {};
  const size_t bytes = static_cast<size_t>(n - i) * sizeof(f32);
  copy(rest, src + i, bytes);
  store(rest, unary<kind, vf>(load(rest), splat(a), splat(b)));
  copy(dst + i, rest, bytes);
}

inline void unary_row(Unary kind, f32* dst, const f32* src, i64 n, f32 a, f32 b) {
  switch (kind) {
#define PL_CASE(name, expression) \
  case Unary::name:               \
    return apply_unary<Unary::name>(dst, src, n, a, b);
    PL_USED_UNARIES(PL_CASE)
#undef PL_CASE
    default:  // of an operator that this build has not
      return;
  }
}

// Calls whole(i, k) for each vector and single(i, k) for the rest, k being i modulo the period.
template <class Whole, class Single>
void each_with_pattern(i64 n, i64 period, Whole whole, Single single) {
  i64 i = 0, k = 0;
  for (; i + kLanes <= n; i += kLanes) {
    whole(i, k);
    k += kLanes;
    if (k == period) k = 0;
  }
  each_left(i, n, [=](i64 last) { single(last, k + last - i); });
}

inline void affine_row(f32* dst, const f32* src, i64 n, const f32* scale, const f32* shift,
                       i64 period) {
  each_with_pattern(
      n, period,
      [=](i64 i, i64 k) { store(dst + i, fma(load(src + i), load(scale + k), load(shift + k))); },
      [=](i64 i, i64 k) { dst[i] = fma(src[i], scale[k], shift[k]); });
}

inline void slope_row(f32* dst, const f32* src, i64 n, const f32* slope, i64 period) {
  each_with_pattern(
      n, period,
      [=](i64 i, i64 k) {
        const vf x = load(src + i);
        store(dst + i, x < 0.0f ? x * load(slope + k) : x);
      },
      [=](i64 i, i64 k) { dst[i] = src[i] < 0 ? src[i] * slope[k] : src[i]; });
}

template <class Function>
void combine_with(f32* dst, const f32* src, const f32* other, i64 n, Function f) {
  i64 i = 0;
  for (; i + kLanes <= n; i += kLanes) store(dst + i, f(load(src + i), load(other + i)));
  each_left(i, n, [=](i64 k) { dst[k] = f(src[k], other[k]); });
}

inline void combine_row(Combine kind, f32* dst, const f32* src, const f32* other, i64 n) {
  switch (kind) {
    case Combine::add:
      return combine_with(dst, src, other, n, [](auto a, auto b) { return a + b; });
    case Combine::subtract:
      return combine_with(dst, src, other, n, [](auto a, auto b) { return a - b; });
    case Combine::multiply:
      return combine_with(dst, src, other, n, [](auto a, auto b) { return a * b; });
  }
}

// Weighted sum of the three colours of a pixel.
template <class F>
F weighted(F a, F b, F c, const f32* weights) {
  const F first = fma(a, Lanes<F>::splat(weights[0]), Lanes<F>::splat(0));
  return fma(c, Lanes<F>::splat(weights[2]), fma(b, Lanes<F>::splat(weights[1]), first));
}

inline void matrix_row(f32* dst, const f32* src, i64 pixels, i64 channels, const f32* weights) {
  i64 x = 0;
  if (channels == 3) {
    for (; x + kLanes <= pixels; x += kLanes) {
      vf r, g, b;
      load_triples(src + 3 * x, &r, &g, &b);
      store_triples(dst + 3 * x, weighted(r, g, b, weights), weighted(r, g, b, weights + 3),
                    weighted(r, g, b, weights + 6));
    }
  }
  each_left(x, pixels, [=](i64 at) {
    f32 sums[kMatrixChannels] = {};
    for (i64 o = 0; o < channels; ++o) {
      for (i64 c = 0; c < channels; ++c)
        sums[o] = fma(src[at * channels + c], weights[o * channels + c], sums[o]);
    }
    for (i64 o = 0; o < channels; ++o) dst[at * channels + o] = sums[o];
  });
}

inline void from_bytes_row(f32* dst, const u8* src, i64 n) {
  i64 i = 0;
  for (; i + kLanes <= n; i += kLanes) store(dst + i, load_bytes(src + i));
  each_left(i, n, [=](i64 k) { dst[k] = src[k]; });
}

// Not a number becomes 0.
template <class F>
F hold_byte(F x) {
  const F zero = Lanes<F>::splat(0), most = Lanes<F>::splat(255);
  const F y = x > zero ? x : zero;
  return y > most ? most : y;
}

inline void to_bytes_row(u8* dst, const f32* src, i64 n) {
  i64 i = 0;
  for (; i + kLanes <= n; i += kLanes) store_bytes(dst + i, hold_byte(load(src + i)));
  each_left(i, n, [=](i64 k) { dst[k] = static_cast<u8>(hold_byte(src[k])); });
}

// A 4x4 block moved from pixel-major to channel-major; both directions are the same exchange.
typedef f32 v4 __attribute__((vector_size(16)));

inline void transpose_4x4(f32* dst, i64 dst_pitch, const f32* src, i64 src_pitch) {
  v4 r[4];
  for (int i = 0; i < 4; ++i) copy(&r[i], src + i * src_pitch, 16);
  const v4 a = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5);
  const v4 b = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
  const v4 c = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
  const v4 d = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
  r[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
  r[1] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
  r[2] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
  r[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
  for (int i = 0; i < 4; ++i) copy(dst + i * dst_pitch, &r[i], 16);
}

// dst[j * dst_pitch + i] = src[i * src_pitch + j] for i < rows, j < columns.
inline void transpose(f32* dst, i64 dst_pitch, const f32* src, i64 src_pitch, i64 rows,
                      i64 columns) {
  if (rows < 4 || columns < 4) {
    for (i64 j = 0; j < columns; ++j) {
      for (i64 i = 0; i < rows; ++i) dst[j * dst_pitch + i] = src[i * src_pitch + j];
    }
    return;
  }
  // The last blocks step back and move some elements again.
  for (i64 y = 0; y < rows; y += 4) {
    const i64 i = min(y, rows - 4);
    for (i64 x = 0; x < columns; x += 4) {
      const i64 j = min(x, columns - 4);
      transpose_4x4(dst + j * dst_pitch + i, dst_pitch, src + i * src_pitch + j, src_pitch);
    }
  }
}

// Four pixels of three channels each.
inline void part_colours(f32* dst, i64 plane, const f32* src) {
  v4 a, b, c;
  copy(&a, src, 16);
  copy(&b, src + 4, 16);
  copy(&c, src + 8, 16);
  const v4 red = __builtin_shufflevector(a, b, 0, 3, 6, -1);
  const v4 green = __builtin_shufflevector(a, b, 1, 4, 7, -1);
  const v4 blue = __builtin_shufflevector(a, b, 2, 5, -1, -1);
  a = __builtin_shufflevector(red, c, 0, 1, 2, 5);
  b = __builtin_shufflevector(green, c, 0, 1, 2, 6);
  c = __builtin_shufflevector(blue, c, 0, 1, 4, 7);
  copy(dst, &a, 16);
  copy(dst + plane, &b, 16);
  copy(dst + 2 * plane, &c, 16);
}

inline void join_colours(f32* dst, const f32* src, i64 plane) {
  v4 red, green, blue;
  copy(&red, src, 16);
  copy(&green, src + plane, 16);
  copy(&blue, src + 2 * plane, 16);
  v4 a = __builtin_shufflevector(red, green, 0, 4, 1, -1);
  v4 b = __builtin_shufflevector(green, blue, 1, 5, 2, -1);
  v4 c = __builtin_shufflevector(blue, red, 2, 7, 3, -1);
  a = __builtin_shufflevector(a, blue, 0, 1, 4, 2);
  b = __builtin_shufflevector(b, red, 0, 1, 6, 2);
  c = __builtin_shufflevector(c, green, 0, 1, 7, 2);
  copy(dst, &a, 16);
  copy(dst + 4, &b, 16);
  copy(dst + 8, &c, 16);
}

inline void to_planes_row(f32* dst, const f32* src, i64 pixels, i64 channels, i64 plane) {
  i64 x = 0;
  for (; channels == 3 && x + 4 <= pixels; x += 4) part_colours(dst + x, plane, src + 3 * x);
  transpose(dst + x, plane, src + x * channels, channels, pixels - x, channels);
}

inline void from_planes_row(f32* dst, const f32* src, i64 pixels, i64 channels, i64 plane) {
  i64 x = 0;
  for (; channels == 3 && x + 4 <= pixels; x += 4) join_colours(dst + 3 * x, src + x, plane);
  transpose(dst + x * channels, channels, src + x, plane, channels, pixels - x);
}

// Statistics of V vectors of channels at once: enough additions under way to hide their latency.
template <int V>
void vector_stats(const f32* row, i64 pixels, i64 channels, f32* mean, f32* m2) {
  vf sum[V] = {}, squares[V] = {};
  for (i64 x = 0; x < pixels; ++x) {
#pragma unroll
    for (int v = 0; v < V; ++v) sum[v] += load(row + x * channels + v * kLanes);
  }
#pragma unroll
  for (int v = 0; v < V; ++v) sum[v] /= splat(static_cast<f32>(pixels));
  for (i64 x = 0; x < pixels; ++x) {
#pragma unroll
    for (int v = 0; v < V; ++v) {
      const vf d = load(row + x * channels + v * kLanes) - sum[v];
      squares[v] = fma(d, d, squares[v]);
    }
  }
#pragma unroll
  for (int v = 0; v < V; ++v) {
    store(mean + v * kLanes, sum[v]);
    store(m2 + v * kLanes, squares[v]);
  }
}

inline void row_stats(const f32* row, i64 pixels, i64 channels, f32* mean, f32* m2) {
  i64 c = 0;
  for (; c + 4 * kLanes <= channels; c += 4 * kLanes) {
    vector_stats<4>(row + c, pixels, channels, mean + c, m2 + c);
  }
  const i64 vectors = (channels - c) / kLanes;
  if (vectors == 3) vector_stats<3>(row + c, pixels, channels, mean + c, m2 + c);
  if (vectors == 2) vector_stats<2>(row + c, pixels, channels, mean + c, m2 + c);
  if (vectors == 1) vector_stats<1>(row + c, pixels, channels, mean + c, m2 + c);
  c += vectors * kLanes;
  for (; c < channels; ++c) {
    f32 sum = 0, squares = 0;
    for (i64 x = 0; x < pixels; ++x) sum += row[x * channels + c];
    sum /= static_cast<f32>(pixels);
    for (i64 x = 0; x < pixels; ++x) {
      const f32 d = row[x * channels + c] - sum;
      squares = fma(d, d, squares);
    }
    mean[c] = sum;
    m2[c] = squares;
  }
}

}  // namespace PL_ISA
}  // namespace pl
