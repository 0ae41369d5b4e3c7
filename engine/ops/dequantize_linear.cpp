// DequantizeLinear: (x - zero point) * scale of integers, for the whole tensor or along an axis. Of
// weights it is done when the model is loaded.
#include "ops/elements.h"
#include "ops/quantization.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status check(const Call& call) {
  const i64 to = call.node.integer("output_dtype", 0);
  if (to != 0 && to != PL_FLOAT32) return call.unsupported("output_dtype = ", to);
  return check_quantization(call);
}

pl_status infer(Call& call) {
  const Tensor& x = *call.in(0);
  if (x.type != DType::i8 && x.type != DType::u8 && x.type != DType::i32)
    return call.unsupported("an input of type ", type_name(x.type));
  const Tensor* zero = call.in(2);
  if (zero && zero->type != x.type)
    return call.invalid("zero points of type ", type_name(zero->type), " for an input of type ",
                        type_name(x.type));
  PL_TRY(check_scales(call));
  return set_output(call, 0, DType::f32, x.shape);
}

i64 integer_of(const Tensor& tensor, i64 at) {
  if (tensor.type == DType::i32) return tensor.as<i32>()[at];
  return tensor.type == DType::i8 ? tensor.as<i8>()[at] : tensor.as<u8>()[at];
}

void run(const Call& call) {
  const Tensor &x = *call.in(0), &y = call.outputs[0];
  const Tensor scale = spread(call, *call.in(1));
  const Tensor zero = call.in(2) ? spread(call, *call.in(2)) : Tensor();
  Walk<4> walk(y.shape);
  walk.operand(0, x.strides);
  walk.operand(1, y.strides);
  walk.operand(2, scale.strides);
  walk.operand(3, zero.strides);
  for (; !walk.done(); walk.next()) {
    const i64 nothing = zero.data ? integer_of(zero, walk.offset(3)) : 0;
    const f32 steps = static_cast<f32>(integer_of(x, walk.offset(0)) - nothing);
    y.as<f32>()[walk.offset(1)] = steps * scale.as<f32>()[walk.offset(2)];
  }
}

}  // namespace

const Operator op_DequantizeLinear = {
    "DequantizeLinear", "", "axis block_size output_dtype", 2, 3, 1, check, infer, run, true};

}  // namespace pl
