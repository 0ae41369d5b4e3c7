// Flatten: a matrix whose rows run over the axes before `axis` and whose columns over the others.
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  const Shape& x = call.in(0)->shape;
  const i64 given = call.node.integer("axis", 1);
  if (given < -x.rank || given > x.rank)
    return call.invalid("axis ", given, " of a tensor of rank ", x.rank);
  const i64 axis = given < 0 ? given + x.rank : given;
  Shape shape = Shape::of(1, 1);
  for (i32 a = 0; a < x.rank; ++a) shape[a < axis ? 0 : 1] *= x[a];
  return set_output(call, 0, call.in(0)->type, shape);
}

}  // namespace

const Operator op_Flatten = {"Flatten", "", "axis", 1, 1, 1, nullptr, infer, run_reshape, true};

}  // namespace pl
