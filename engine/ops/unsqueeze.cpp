// Unsqueeze: puts in axes of extent 1. Their list is an attribute or, from opset 13, an input.
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  const Shape& x = call.in(0)->shape;
  Integers axes;
  PL_TRY(read_integers(call, "axes", 1, &axes));
  if (!axes.present) return call.invalid("axes are missing");
  if (x.rank + axes.size > kMaxRank)
    return call.unsupported("a result of rank ", x.rank + axes.size);
  Shape shape{static_cast<i32>(x.rank + axes.size), {}};
  bool added[kMaxRank];
  PL_TRY(mark_axes(call, axes, shape.rank, added));
  i32 from = 0;
  for (i32 a = 0; a < shape.rank; ++a) shape[a] = added[a] ? 1 : x[from++];
  return set_output(call, 0, call.in(0)->type, shape);
}

}  // namespace

const Operator op_Unsqueeze = {"Unsqueeze", "", "axes", 1, 2, 1, nullptr, infer, run_reshape, true};

}  // namespace pl
