// ConstantOfShape: a tensor of the given shape, filled with one value (float32 zero by default).
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status check(const Call& call) {
  const Attribute* value = call.node.find("value");
  if (value && (value->kind != Attribute::Kind::tensor || value->tensor.count() != 1))
    return call.invalid("'value' must be a tensor of one element");
  return PL_OK;
}

pl_status infer(Call& call) {
  Integers wanted;
  PL_TRY(read_integers(call, "shape", 0, &wanted));
  if (wanted.size > kMaxRank) return call.unsupported("a shape of rank ", wanted.size);
  Shape shape{static_cast<i32>(wanted.size), {}};
  for (i32 a = 0; a < shape.rank; ++a) shape[a] = wanted.values[a];
  const Attribute* value = call.node.find("value");
  return set_output(call, 0, value ? value->tensor.type : DType::f32, shape);
}

void run(const Call& call) {
  const Tensor& y = call.outputs[0];
  const Attribute* value = call.node.find("value");
  f32 zero = 0;
  copy_elements(y, {y.type, y.shape, {}, value ? value->tensor.data : &zero});
}

}  // namespace

const Operator op_ConstantOfShape = {
    "ConstantOfShape", "", "value", 1, 1, 1, check, infer, run, true};

}  // namespace pl
