// Neg: -x; integers wrap.
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

void run(const Call& call) {
  with_number(call.outputs[0].type, [&](auto zero) {
    using T = decltype(zero);
    map_elements<T, T>(call, [](T x) { return negate(x); });
  });
}

}  // namespace

const Operator op_Neg = {"Neg", "", "", 1, 1, 1, nullptr, infer_number, run, true};

}  // namespace pl
