// Div: a / b. Integers are divided towards zero; a division by zero gives 0.
#include "ops/elements.h"
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {
namespace {

template <class T>
T divide(T a, T b) {
  if (b == 0) return 0;
  return b == -1 ? negate(a) : static_cast<T>(a / b);  // the least integer / -1 would trap
}
f32 divide(f32 a, f32 b) {
  return a / b;
}

void run(const Call& call) {
  with_number(call.outputs[0].type, [&](auto zero) {
    using T = decltype(zero);
    each_pair<T>(call, [](T a, T b) { return divide(a, b); });
  });
}

}  // namespace

const Operator op_Div = {"Div", "", "", 2, 2, 1, nullptr, infer_binary, run, true};

}  // namespace pl
