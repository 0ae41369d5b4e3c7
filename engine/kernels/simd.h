// Vectors of floats. The only file that knows an instruction set: it picks the width and the
// number of registers from what the compiler was told to build for; the loops over it are written
// once, in GNU vector extensions.
#pragma once

#include "core/unary.h"

namespace pl {
inline namespace PL_ISA {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
constexpr int kRegisters = 32;
#elif defined(__AVX2__) && defined(__FMA__)
constexpr int kLanes = 8;
constexpr int kRegisters = 16;
#elif defined(__aarch64__)
constexpr int kLanes = 4;
constexpr int kRegisters = 32;
#elif defined(PL_UNFUSED)
// A product needs a register before it is added, and browsers keep another for themselves.
constexpr int kLanes = 4;
constexpr int kRegisters = 14;
#else
constexpr int kLanes = 4;
constexpr int kRegisters = 16;
#endif

typedef f32 vf __attribute__((vector_size(4 * kLanes)));
typedef i32 vi __attribute__((vector_size(4 * kLanes)));
typedef f64 vd __attribute__((vector_size(8 * kLanes)));
typedef i64 vl __attribute__((vector_size(8 * kLanes)));
typedef u8 vb __attribute__((vector_size(kLanes)));

inline vf load(const f32* from) {
  vf v;
  copy(&v, from, sizeof v);
  return v;
}
inline void store(f32* to, vf v) {
  copy(to, &v, sizeof v);
}

// Calls body(i) for what is left of a row, fewer elements than a vector has: kept a plain loop, for
// the compiler would spend more code on it than the vectors before it take.
template <class Body>
inline void each_left(i64 i, i64 n, Body body) {
#pragma clang loop vectorize(disable) unroll(disable)
  for (; i < n; ++i) body(i);
}

// The first n elements of V vectors. Half-empty ones are common where vectors are long.
template <int V>
[[gnu::always_inline]] inline void store_first(f32* to, const vf (&v)[V], i64 n) {
#if defined(__AVX512F__)
#pragma unroll
  for (int i = 0; i < V; ++i) {
    const i64 left = clamp<i64>(n - i * kLanes, 0, kLanes);
    __builtin_ia32_storeups512_mask(to + i * kLanes, v[i], static_cast<u16>((1u << left) - 1));
  }
#else
  f32 rest[V * kLanes];
  f32* whole = n >= V * kLanes ? to : rest;
#pragma unroll
  for (int i = 0; i < V; ++i) store(whole + i * kLanes, v[i]);
  if (whole == rest) each_left(0, n, [&](i64 i) { to[i] = rest[i]; });
#endif
}

// For loops written once over F = f32 or vf.
template <class F>
inline F read(const f32* from);
template <>
inline f32 read<f32>(const f32* from) {
  return *from;
}
template <>
inline vf read<vf>(const f32* from) {
  return load(from);
}
inline void write(f32* to, f32 x) {
  *to = x;
}
inline void write(f32* to, vf x) {
  store(to, x);
}

// Calls each(i, tag) for the vectors of [0, n) and then for single elements.
template <class Each>
inline void each_lane(i64 n, Each each) {
  i64 i = 0;
  for (; i + kLanes <= n; i += kLanes) each(i, vf());
  each_left(i, n, [&](i64 k) { each(k, f32()); });
}

inline vf splat(f32 x) {
#if defined(__AVX512F__)
  return vf{x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x};
#elif defined(__AVX2__) && defined(__FMA__)
  return vf{x, x, x, x, x, x, x, x};
#else
  return vf{x, x, x, x};
#endif
}

inline vf load_bytes(const u8* from) {
  vb v;
  copy(&v, from, sizeof v);
  return __builtin_convertvector(v, vf);
}
// Values must lie within [0, 256); the fraction is cut.
inline void store_bytes(u8* to, vf v) {
  const vb bytes = __builtin_convertvector(__builtin_convertvector(v, vi), vb);
  copy(to, &bytes, sizeof bytes);
}

// Three numbers of every pixel, next to each other, to three vectors and back. Two shuffles make
// each: the first takes what the first two vectors have.
template <class T, T... I>
struct Numbers {};
using LaneNumbers = __make_integer_seq<Numbers, int, kLanes>;

template <int First, int... I>
inline vf every_third(vf a, vf b, vf c, Numbers<int, I...>) {
  const vf ab = __builtin_shufflevector(a, b, (3 * I + First < 2 * kLanes ? 3 * I + First : 0)...);
  return __builtin_shufflevector(ab, c,
                                 (3 * I + First < 2 * kLanes ? I : 3 * I + First - kLanes)...);
}
inline void load_triples(const f32* from, vf* a, vf* b, vf* c) {
  const vf x = load(from), y = load(from + kLanes), z = load(from + 2 * kLanes);
  *a = every_third<0>(x, y, z, LaneNumbers());
  *b = every_third<1>(x, y, z, LaneNumbers());
  *c = every_third<2>(x, y, z, LaneNumbers());
}

template <int First, int... I>
inline vf in_turn(vf a, vf b, vf c, Numbers<int, I...>) {
  const vf ab = __builtin_shufflevector(a, b, ((First + I) / 3 + (First + I) % 3 % 2 * kLanes)...);
  return __builtin_shufflevector(ab, c, ((First + I) % 3 < 2 ? I : kLanes + (First + I) / 3)...);
}
inline void store_triples(f32* to, vf a, vf b, vf c) {
  store(to, in_turn<0>(a, b, c, LaneNumbers()));
  store(to + kLanes, in_turn<kLanes>(a, b, c, LaneNumbers()));
  store(to + 2 * kLanes, in_turn<2 * kLanes>(a, b, c, LaneNumbers()));
}

#if defined(__FMA__) || defined(__aarch64__)
inline vf fma_lanes(vf a, vf b, vf c) {
  return __builtin_elementwise_fma(a, b, c);
}
#elif defined(__wasm_relaxed_simd__)
inline vf fma_lanes(vf a, vf b, vf c) {
  return __builtin_wasm_relaxed_madd_f32x4(a, b, c);
}
#elif defined(PL_UNFUSED)
inline vf fma_lanes(vf a, vf b, vf c) {
  return a * b + c;
}
#else
// soft_fma() of core/fma.h on every lane. Not inlined: it is slow anyway, and long.
[[gnu::noinline]] inline vf fma_lanes(vf a, vf b, vf c) {
  const vd product = __builtin_convertvector(a, vd) * __builtin_convertvector(b, vd);
  const vd addend = __builtin_convertvector(c, vd);
  const vd sum = product + addend;
  const vd c_part = sum - product;
  const vd error = (product - (sum - c_part)) + (addend - c_part);
  vl bits = __builtin_bit_cast(vl, sum);
  const vl even = (bits & 1) == 0;
  const vl up = (error > 0.0) & (sum > 0.0);
  const vl down = (error < 0.0) & (sum < 0.0);
  const vl away = up | down;  // all ones where the magnitude grows
  const vl inexact = (error > 0.0) | (error < 0.0);
  const vl step = (away & 1) | (~away & -1);
  bits += step & even & inexact;
  return __builtin_convertvector(__builtin_bit_cast(vd, bits), vf);
}
#endif

// What comes before stays before. Compilers to WebAssembly order loads and sums without a thought
// of registers, browsers keep that order, and a tile would spill.
template <int N>
inline void settle(vf (&v)[N]) {
#if defined(__wasm__)
#pragma unroll
  for (int i = 0; i < N; ++i) __asm__ volatile("" : "+r"(v[i]));
#else
  (void)v;
#endif
}

// The same for ARM, where it is only doubled_tile() that would spill.
template <int N>
inline void settle_on_arm(vf (&v)[N]) {
#if defined(__aarch64__)
#pragma unroll
  for (int i = 0; i < N; ++i) __asm__ volatile("" : "+w"(v[i]));
#else
  (void)v;
#endif
}

template <>
struct Lanes<vf> {
  using Int = vi;
  static vf fma(vf a, vf b, vf c) { return fma_lanes(a, b, c); }
  static vf splat(f32 x) { return PL_ISA::splat(x); }
  static vi to_int(vf x) { return __builtin_convertvector(x, vi); }
  static vf to_float(vi x) { return __builtin_convertvector(x, vf); }
  static vf sqrt(vf x) { return __builtin_elementwise_sqrt(x); }
};

}  // namespace PL_ISA
}  // namespace pl
