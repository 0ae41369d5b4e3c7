// Add: a + b.
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {
namespace {

void run(const Call& call) {
  run_binary(call, [](auto a, auto b) { return a + b; });
}

}  // namespace

const Operator op_Add = {"Add", "", "", 2, 2, 1, nullptr, infer_binary, run, true};

}  // namespace pl
