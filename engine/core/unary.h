// The functions of one number that networks use between convolutions, written once for a scalar
// (the reference loops of ops/) and for a vector of lanes (the stages of kernels/).
#pragma once

#include "core/math.h"

namespace pl {

// X(name, expression of x, a, b): `a` and `b` are the operator's parameters. First those that style
// networks have, then the others.
#define PL_PAINTING_UNARIES(X)         \
  X(relu, x < 0.0f ? zero : x)         \
  X(leaky_relu, x < 0.0f ? x * a : x)  \
  X(clip, x < a ? a : (x > b ? b : x)) \
  X(sigmoid, math::sigmoid(x))         \
  X(tanh, math::tanh(x))               \
  X(divide, x / a)                     \
  X(affine, fma(x, a, b))
#define PL_UNARIES(X)                                                                \
  PL_PAINTING_UNARIES(X)                                                             \
  X(hard_sigmoid, hold01(fma(x, a, b)))                                              \
  X(hard_swish, x* hold01(fma(x, Lanes<F>::splat(1.0f / 6), Lanes<F>::splat(0.5f)))) \
  X(elu, x < 0.0f ? a * (math::exp(x) - 1.0f) : x)                                   \
  X(exp, math::exp(x))                                                               \
  X(log, math::log(x))                                                               \
  X(sqrt, Lanes<F>::sqrt(x))                                                         \
  X(neg, -x)                                                                         \
  X(abs, x < 0.0f ? -x : (x == 0.0f ? zero : x))                                     \
  X(floor, math::floor(x))                                                           \
  X(ceil, math::ceil(x))
// Those that the operators of ops/table.h can ask for.
#if defined(PL_PAINTING)
#define PL_USED_UNARIES PL_PAINTING_UNARIES
#else
#define PL_USED_UNARIES PL_UNARIES
#endif

enum class Unary : u8 {
#define PL_NAME(name, expression) name,
  PL_UNARIES(PL_NAME)
#undef PL_NAME
};

inline Text unary_name(Unary function) {
  switch (function) {
#define PL_CASE(name, expression) \
  case Unary::name:               \
    return #name;
    PL_UNARIES(PL_CASE)
#undef PL_CASE
  }
  return "";
}

inline namespace PL_ISA {

template <class F>
F hold01(F x) {
  const F zero = Lanes<F>::splat(0), one = Lanes<F>::splat(1);
  return x < zero ? zero : (x > one ? one : x);
}

template <Unary kind, class F>
inline F unary(F x, F a, F b) {
  const F zero = Lanes<F>::splat(0);
  (void)a, (void)b, (void)zero;
#define PL_CASE(name, expression) \
  if constexpr (kind == Unary::name) return expression;
  PL_UNARIES(PL_CASE)
#undef PL_CASE
}

}  // namespace PL_ISA
}  // namespace pl
