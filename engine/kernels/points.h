// Interpolation at the eight points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity, along one axis (Toom
// and Cook; Winograd, "Arithmetic complexity of computations", 1980): r taps give 9 - r outputs by
// eight products. With M(x) = x (x^2 - 1) (x^2 - 4) (x^2 - 1/4), the row of B^T for the point p has
// the coefficients of M(x) / (x - p), that for 0 negated, and that for infinity those of M(x).
// Points of opposite sign share what is even and what is odd in them.
#pragma once

#include "core/math.h"

namespace pl {
inline namespace PL_ISA {

// B^T d: eight inputs to eight, in place.
template <class F>
inline void transform(F (&d)[8]) {
  const auto k = [](f32 x) { return Lanes<F>::splat(x); };
  const F zero = fma(k(5.25f), d[4] - d[2], d[0] - d[6]);
  const F infinity = fma(k(5.25f), d[3] - d[5], d[7] - d[1]);
  const F even1 = fma(k(-4.25f), d[4], d[2] + d[6]), odd1 = fma(k(-4.25f), d[3], d[1] + d[5]);
  const F even2 = fma(k(0.25f), d[2], fma(k(-1.25f), d[4], d[6]));
  const F odd2 = fma(k(0.25f), d[1], fma(k(-1.25f), d[3], d[5]));
  const F even_half = fma(k(4), d[2], fma(k(-5), d[4], d[6]));
  const F odd_half = fma(k(4), d[1], fma(k(-5), d[3], d[5]));
  d[0] = zero;
  d[1] = even1 + odd1;
  d[2] = even1 - odd1;
  d[3] = fma(k(2), odd2, even2);
  d[4] = fma(k(-2), odd2, even2);
  d[5] = fma(k(0.5f), odd_half, even_half);
  d[6] = fma(k(-0.5f), odd_half, even_half);
  d[7] = infinity;
}

// A^T m: eight products to N outputs; output i has the points to the power of i.
template <int N, class F>
inline void interpolate(const F (&m)[8], F (&y)[N]) {
  const auto k = [](f32 x) { return Lanes<F>::splat(x); };
  const F even[3] = {m[1] + m[2], m[3] + m[4], m[5] + m[6]};
  const F odd[3] = {m[1] - m[2], m[3] - m[4], m[5] - m[6]};
#pragma unroll
  for (int i = 0; i < N; ++i) {
    const F(&s)[3] = i % 2 ? odd : even;
    const f32 power = static_cast<f32>(1 << i);
    y[i] = fma(k(power), s[1], fma(k(1 / power), s[2], s[0]));
  }
  y[0] = y[0] + m[0];
  y[N - 1] = y[N - 1] + m[7];
}

}  // namespace PL_ISA
}  // namespace pl
