// Elu: x where x >= 0, else alpha (e^x - 1).
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {
namespace {

void run(const Call& call) {
  run_unary<Unary::elu>(call, call.node.real("alpha", 1));
}

}  // namespace

const Operator op_Elu = {"Elu", "", "alpha", 1, 1, 1, nullptr, infer_unary, run, true};

}  // namespace pl
