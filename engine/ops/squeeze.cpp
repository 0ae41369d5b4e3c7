// Squeeze: drops axes of extent 1, the listed ones or all. The list is an attribute or, from
// opset 13, an input.
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  const Shape& x = call.in(0)->shape;
  Integers axes;
  PL_TRY(read_integers(call, "axes", 1, &axes));
  bool dropped[kMaxRank];
  PL_TRY(mark_axes(call, axes, x.rank, dropped));
  Shape shape;
  for (i32 a = 0; a < x.rank; ++a) {
    if (dropped[a] && x[a] != 1)
      return call.invalid("axis ", a, " of ", x, " has an extent other than 1");
    const bool drop = axes.present ? dropped[a] : x[a] == 1;
    if (!drop) shape[shape.rank++] = x[a];
  }
  return set_output(call, 0, call.in(0)->type, shape);
}

}  // namespace

const Operator op_Squeeze = {"Squeeze", "", "axes", 1, 2, 1, nullptr, infer, run_reshape, true};

}  // namespace pl
