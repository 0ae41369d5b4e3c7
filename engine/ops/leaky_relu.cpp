// LeakyRelu: x where x >= 0, else alpha x.
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {
namespace {

void run(const Call& call) {
  run_unary<Unary::leaky_relu>(call, call.node.real("alpha", 0.01f));
}

}  // namespace

const Operator op_LeakyRelu = {"LeakyRelu", "", "alpha", 1, 1, 1, nullptr, infer_unary, run, true};

}  // namespace pl
