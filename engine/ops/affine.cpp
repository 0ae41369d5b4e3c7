// Affine: alpha x + beta. An experimental operator of the first ONNX versions that old files use.
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {
namespace {

bool use(const Call& call, UnaryUse* use) {
  *use = {Unary::affine, call.node.real("alpha", 1), call.node.real("beta", 0)};
  return true;
}

}  // namespace

const Operator op_Affine = unary_operator("Affine", "alpha beta", use);

}  // namespace pl
