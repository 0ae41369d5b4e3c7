// Expand: broadcasts a tensor to a shape.
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  const Tensor& x = *call.in(0);
  Integers wanted;
  PL_TRY(read_integers(call, "shape", 1, &wanted));
  if (wanted.size > kMaxRank) return call.unsupported("a shape of rank ", wanted.size);
  Shape target{static_cast<i32>(wanted.size), {}}, shape;
  for (i32 a = 0; a < target.rank; ++a) target[a] = wanted.values[a];
  PL_TRY(broadcast_shapes(call, x.shape, target, &shape));
  return set_output(call, 0, x.type, shape);
}

void run(const Call& call) {
  const Tensor& y = call.outputs[0];
  copy_elements(y, broadcast_view(*call.in(0), y.shape));
}

}  // namespace

const Operator op_Expand = {"Expand", "", "", 2, 2, 1, nullptr, infer, run, true};

}  // namespace pl
