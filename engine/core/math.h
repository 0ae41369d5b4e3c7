// Elementary functions in fma arithmetic, the same bits on every machine. Written once for a
// scalar and for a vector of lanes: F is f32 here and a SIMD type in kernels/.
#pragma once

#include "core/fma.h"

namespace pl {
inline namespace PL_ISA {

// What the functions below need of F = f32; kernels/simd.h says the same for vectors.
template <class F>
struct Lanes;

template <>
struct Lanes<f32> {
  using Int = i32;
  static f32 splat(f32 x) { return x; }
  static i32 to_int(f32 x) { return static_cast<i32>(x); }
  static f32 to_float(i32 x) { return static_cast<f32>(x); }
  static f32 sqrt(f32 x) { return __builtin_sqrtf(x); }
};

template <class F>
inline F fma(F a, F b, F c) {
  return Lanes<F>::fma(a, b, c);
}

namespace math {

// 2^n for n in [-126, 127].
template <class F>
F exp2_int(typename Lanes<F>::Int n) {
  return __builtin_bit_cast(F, (n + 127) << 23);
}

// x is first held to |x| <= limit, so that n = round(x / ln 2) fits an int.
template <class F>
struct Reduced {
  F r;  // x - n ln 2
  typename Lanes<F>::Int n;
};

template <class F>
Reduced<F> reduce_by_ln2(F x) {
  const F magic = Lanes<F>::splat(0x1.8p23f);  // adding it rounds to an integer
  const F rounded = fma(x, Lanes<F>::splat(0x1.715476p+0f), magic) - magic;
  F r = fma(rounded, Lanes<F>::splat(-0x1.62e4p-1f), x);
  r = fma(rounded, Lanes<F>::splat(-0x1.7f7d1cp-20f), r);
  return {r, Lanes<F>::to_int(rounded)};
}

// e^r - 1 for |r| <= ln 2 / 2: the Taylor series, whose first term left out is below 2^-27.
template <class F>
F expm1_small(F r) {
  F p = Lanes<F>::splat(1.0f / 5040);
  p = fma(p, r, Lanes<F>::splat(1.0f / 720));
  p = fma(p, r, Lanes<F>::splat(1.0f / 120));
  p = fma(p, r, Lanes<F>::splat(1.0f / 24));
  p = fma(p, r, Lanes<F>::splat(1.0f / 6));
  p = fma(p, r, Lanes<F>::splat(0.5f));
  return fma(p * r, r, r);
}

template <class F>
F exp(F x) {
  const F low = Lanes<F>::splat(-104.0f);
  const F high = Lanes<F>::splat(89.0f);
  F held = x < low ? low : x;
  held = held > high ? high : held;
  held = held == held ? held : Lanes<F>::splat(0);
  const Reduced<F> reduced = reduce_by_ln2(held);
  // Two factors, because 2^n alone may be past the largest or below the least normal number.
  const auto half = reduced.n >> 1;
  F y = expm1_small(reduced.r) + 1.0f;
  y = y * exp2_int<F>(half) * exp2_int<F>(reduced.n - half);
  return x == x ? y : x;
}

template <class F>
F sigmoid(F x) {
  return 1.0f / (1.0f + exp(-x));
}

template <class F>
F tanh(F x) {
  F magnitude = x < 0.0f ? -x : x;
  const F most = Lanes<F>::splat(10.0f);  // tanh(10) rounds to 1
  magnitude = magnitude > most ? most : magnitude;
  magnitude = magnitude == magnitude ? magnitude : Lanes<F>::splat(0);
  const Reduced<F> reduced = reduce_by_ln2(magnitude * 2.0f);
  const F power = exp2_int<F>(reduced.n);
  const F e = fma(power, expm1_small(reduced.r), power - 1.0f);  // e^2|x| - 1
  const F y = e / (e + 2.0f);
  const F with_sign = x < 0.0f ? -y : y;
  return x == x ? with_sign : x;
}

// log by 2 atanh(s) = 2 (s + s^3 / 3 + s^5 / 5 + ...) with s = (m - 1) / (m + 1), for m within
// [sqrt(1/2), sqrt(2)), where |s| < 0.1716.
template <class F>
F log(F x) {
  using Int = typename Lanes<F>::Int;
  const F tiny = Lanes<F>::splat(0x1p-126f);
  const F positive = x > 0.0f ? x : tiny;  // of others the bits would not fit an Int
  const F normal = positive < tiny ? positive * 0x1p25f : positive;
  const F offset = positive < tiny ? Lanes<F>::splat(25.0f) : Lanes<F>::splat(0);
  const Int bits = __builtin_bit_cast(Int, normal);
  const Int exponent = (bits - 0x3f3504f3) >> 23;
  const F m = __builtin_bit_cast(F, bits - exponent * (1 << 23));
  const F s = (m - 1.0f) / (m + 1.0f);
  const F s2 = s * s;
  F p = Lanes<F>::splat(2.0f / 11);
  p = fma(p, s2, Lanes<F>::splat(2.0f / 9));
  p = fma(p, s2, Lanes<F>::splat(2.0f / 7));
  p = fma(p, s2, Lanes<F>::splat(2.0f / 5));
  p = fma(p, s2, Lanes<F>::splat(2.0f / 3));
  const F tail = p * s2 * s;
  const F k = Lanes<F>::to_float(exponent) - offset;
  F y = fma(k, Lanes<F>::splat(0x1.62e4p-1f),
            fma(k, Lanes<F>::splat(0x1.7f7d1cp-20f), tail + 2.0f * s));
  const F infinity = Lanes<F>::splat(__builtin_inff());
  y = x == infinity ? infinity : y;
  y = x == 0.0f ? -infinity : y;
  return x >= 0.0f ? y : Lanes<F>::splat(__builtin_nanf(""));
}

// Nearest integer, halves to even; |x| >= 2^23 is an integer already.
template <class F>
F round_even(F x) {
  const F magnitude = x < 0.0f ? -x : x;
  const F magic = Lanes<F>::splat(0x1p23f);
  const F rounded = (magnitude + magic) - magic;
  const F with_sign = x < 0.0f ? -rounded : rounded;
  return magnitude < magic ? with_sign : x;
}

template <class F>
F floor(F x) {
  const F rounded = round_even(x);
  return rounded > x ? rounded - 1.0f : rounded;
}

template <class F>
F ceil(F x) {
  return -floor(-x);
}

// x^y for scalars, through double: the error of y log(x) in single would grow with its size.
f32 pow(f32 x, f32 y);

}  // namespace math
}  // namespace PL_ISA
}  // namespace pl
