// HardSigmoid: alpha x + beta, held within [0, 1].
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {
namespace {

void run(const Call& call) {
  run_unary<Unary::hard_sigmoid>(call, call.node.real("alpha", 0.2f), call.node.real("beta", 0.5f));
}

}  // namespace

const Operator op_HardSigmoid = {"HardSigmoid", "",          "alpha beta", 1,   1, 1,
                                 nullptr,       infer_unary, run,          true};

}  // namespace pl
