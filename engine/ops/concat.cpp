// Concat: joins tensors of any type along one axis.
#include "ops/operator.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  const Tensor& first = *call.in(0);
  i64 axis;
  PL_TRY(normalize_axis(call, call.node.integer("axis", 1), first.shape.rank, &axis));
  Shape shape = first.shape;
  for (i64 i = 1; i < call.inputs.size; ++i) {
    const Tensor& x = *call.in(i);
    Shape rest = x.shape;
    if (rest.rank == shape.rank) rest[axis] = shape[axis];
    if (x.type != first.type || rest != shape)
      return call.invalid("input ", i, " of shape ", x.shape, " does not join ", first.shape,
                          " along axis ", axis);
    shape[axis] += x.shape[axis];
  }
  return set_output(call, 0, first.type, shape);
}

void run(const Call& call) {
  i64 axis = call.node.integer("axis", 1);
  if (axis < 0) axis += call.outputs[0].shape.rank;
  Tensor part = call.outputs[0];
  const i64 step = part.strides[axis] * element_bytes(part.type);
  for (const Tensor* x : call.inputs) {
    part.shape[axis] = x->shape[axis];
    copy_elements(part, *x);
    part.data = part.as<u8>() + step * x->shape[axis];
  }
}

}  // namespace

const Operator op_Concat = {"Concat", "", "axis", 1, -1, 1, nullptr, infer, run, true};

}  // namespace pl
