// Constant: the tensor, number or list of numbers that the node carries.
#include "ops/operator.h"
#include "ops/table.h"

namespace pl {
namespace {

using Kind = Attribute::Kind;

bool fits_name(const Attribute& a) {
  return (a.name == "value" && a.kind == Kind::tensor) ||
         (a.name == "value_float" && a.kind == Kind::real) ||
         (a.name == "value_floats" && a.kind == Kind::reals) ||
         (a.name == "value_int" && a.kind == Kind::integer) ||
         (a.name == "value_ints" && a.kind == Kind::integers);
}

pl_status check(const Call& call) {
  if (call.node.attributes.size != 1 || !fits_name(call.node.attributes[0]))
    return call.invalid("it needs exactly one value, of the type its name says");
  return PL_OK;
}

Tensor value_of(const Call& call) {
  Attribute& a = call.node.attributes[0];
  switch (a.kind) {
    case Kind::real:
      return dense(DType::f32, {}, &a.real);
    case Kind::reals:
      return dense(DType::f32, Shape::of(a.reals.size), a.reals.data);
    case Kind::integer:
      return dense(DType::i64, {}, &a.integer);
    case Kind::integers:
      return dense(DType::i64, Shape::of(a.integers.size), a.integers.data);
    default:
      return dense(a.tensor.type, a.tensor.shape, a.tensor.data);
  }
}

pl_status infer(Call& call) {
  const Tensor value = value_of(call);
  return set_output(call, 0, value.type, value.shape);
}

void run(const Call& call) {
  copy_elements(call.outputs[0], value_of(call));
}

}  // namespace

const Operator op_Constant = {
    "Constant", "",  "value value_float value_floats value_int value_ints", 0, 0, 1, check, infer,
    run,        true};

}  // namespace pl
