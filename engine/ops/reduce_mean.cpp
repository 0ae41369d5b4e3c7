// ReduceMean: the mean over some axes, all of them where none is named.
#include "ops/mean.h"
#include "ops/reduce.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  PL_TRY(need_float(call, 0));
  return infer_reduce(call, 18);
}

void run(const Call& call) {
  bool reduced[kMaxRank];
  if (read_reduced(call, 18, reduced) != PL_OK) return;
  for (Parts parts(call, reduced); !parts.done(); parts.next())
    call.outputs[0].as<f32>()[parts.to()] = mean_of(parts.part());
}

}  // namespace

const Operator op_ReduceMean = reduction("ReduceMean", infer, run);

}  // namespace pl
