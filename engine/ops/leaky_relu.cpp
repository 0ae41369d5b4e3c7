// LeakyRelu: x where x >= 0, else alpha x.
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {
namespace {

bool use(const Call& call, UnaryUse* use) {
  *use = {Unary::leaky_relu, call.node.real("alpha", 0.01f), 0};
  return true;
}

}  // namespace

const Operator op_LeakyRelu = unary_operator("LeakyRelu", "alpha", use);

}  // namespace pl
