// HardSigmoid: alpha x + beta, held within [0, 1].
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {
namespace {

bool use(const Call& call, UnaryUse* use) {
  *use = {Unary::hard_sigmoid, call.node.real("alpha", 0.2f), call.node.real("beta", 0.5f)};
  return true;
}

}  // namespace

const Operator op_HardSigmoid = unary_operator("HardSigmoid", "alpha beta", use);

}  // namespace pl
