// Elu: x where x >= 0, else alpha (e^x - 1).
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {
namespace {

bool use(const Call& call, UnaryUse* use) {
  *use = {Unary::elu, call.node.real("alpha", 1), 0};
  return true;
}

}  // namespace

const Operator op_Elu = unary_operator("Elu", "alpha", use);

}  // namespace pl
