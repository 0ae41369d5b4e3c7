// Mod: the remainder of a / b. fmod = 0: it has the sign of b, as in Python. fmod = 1: it has the
// sign of a, as in C. An integer modulo zero is 0, a float NaN.
#include "ops/elements.h"
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {
namespace {

template <class T>
T remainder(T a, T b, bool sign_of_a) {
  if (b == 0 || b == -1) return 0;
  const T rest = static_cast<T>(a % b);
  return !sign_of_a && rest != 0 && (rest < 0) != (b < 0) ? static_cast<T>(rest + b) : rest;
}

// The float remainder with the sign of a, by long division in binary, at most 277 steps. Every
// difference is of two numbers within a factor of two of each other and so is exact.
f32 remainder(f32 a, f32 b) {
  const f32 x = a < 0 ? -a : a, y = b < 0 ? -b : b;
  const f32 infinity = __builtin_inff();
  if (!(x < infinity) || !(y > 0)) return __builtin_nanf("");
  if (x < y) return a;
  f32 rest = x, step = y;
  int doubled = 0;
  while (rest - step >= step) step *= 2, ++doubled;
  for (; doubled >= 0; --doubled, step *= 0.5f) {
    if (rest >= step) rest -= step;
  }
  return __builtin_signbit(a) ? -rest : rest;
}

f32 remainder(f32 a, f32 b, bool sign_of_a) {
  const f32 rest = remainder(a, b);
  if (sign_of_a) return rest;
  if (rest == 0) return b < 0 ? -0.0f : 0.0f;
  return (rest < 0) != (b < 0) ? rest + b : rest;
}

// Style networks take remainders of extents alone.
pl_status infer(Call& call) {
  if (kPainting && call.in(0)->type != DType::i64) return call.unsupported("of type float32");
  return infer_binary(call);
}

void run(const Call& call) {
  const bool sign_of_a = call.node.integer("fmod", 0) != 0;
  const auto with = [=](auto a, auto b) { return remainder(a, b, sign_of_a); };
  if constexpr (kPainting) return each_pair<i64>(call, with);
  with_number(call.outputs[0].type, [&](auto zero) { each_pair<decltype(zero)>(call, with); });
}

}  // namespace

const Operator op_Mod = {"Mod", "", "fmod", 2, 2, 1, nullptr, infer, run, true};

}  // namespace pl
