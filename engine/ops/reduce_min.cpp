// ReduceMin: the smallest element over some axes, all of them where none is named.
#include "ops/reduce.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  return infer_reduce(call, 18);
}

void run(const Call& call) {
  run_extreme(call, false);
}

}  // namespace

const Operator op_ReduceMin = reduction("ReduceMin", infer, run);

}  // namespace pl
