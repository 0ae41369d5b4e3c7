// Abs: |x|; the least integer, which has no absolute value, stays as it is.
#include "core/unary.h"
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

template <class T>
T magnitude(T x) {
  return x < 0 ? negate(x) : x;
}
f32 magnitude(f32 x) {
  return unary<Unary::abs, f32>(x, 0, 0);
}

void run(const Call& call) {
  with_number(call.outputs[0].type, [&](auto zero) {
    using T = decltype(zero);
    map_elements<T, T>(call, [](T x) { return magnitude(x); });
  });
}

}  // namespace

const Operator op_Abs = {"Abs", "", "", 1, 1, 1, nullptr, infer_number, run, true};

}  // namespace pl
