// Affine: alpha x + beta. An experimental operator of the first ONNX versions that old files use.
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {
namespace {

void run(const Call& call) {
  run_unary<Unary::affine>(call, call.node.real("alpha", 1), call.node.real("beta", 0));
}

}  // namespace

const Operator op_Affine = {"Affine", "", "alpha beta", 1, 1, 1, nullptr, infer_unary, run, true};

}  // namespace pl
