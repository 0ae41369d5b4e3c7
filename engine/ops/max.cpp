// Max: the largest of any number of broadcast tensors; NaN where one of them is.
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

void run(const Call& call) {
  fold_elements(call, [](auto a, auto b) { return b > a || b != b ? b : a; });
}

}  // namespace

const Operator op_Max = {"Max", "", "", 1, -1, 1, nullptr, infer_fold, run, true};

}  // namespace pl
