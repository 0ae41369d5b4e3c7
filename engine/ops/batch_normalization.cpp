// BatchNormalization, as at inference: scale (x - mean) / sqrt(variance + epsilon) + bias with one
// given mean and variance per channel.
#include "ops/operator.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status check(const Call& call) {
  if (call.node.integer("training_mode", 0) != 0)
    return call.unsupported("training_mode is not supported");
  if (call.node.integer("spatial", 1) != 1)
    return call.unsupported("statistics per pixel (spatial = 0) are not supported");
  return PL_OK;
}

pl_status infer(Call& call) {
  PL_TRY(need_float(call, 0));
  PL_TRY(need_rank(call, 0, 2, kMaxRank));
  const Shape& x = call.in(0)->shape;
  for (i64 i = 1; i < 5; ++i) {
    PL_TRY(need_float(call, i));
    if (call.in(i)->shape != Shape::of(x[1]))
      return call.invalid("input ", i, " of shape ", call.in(i)->shape, " for ", x[1], " channels");
  }
  return set_output(call, 0, DType::f32, x);
}

void run(const Call& call) {
  const Tensor &x = *call.in(0), &y = call.outputs[0];
  if (y.count() == 0) return;
  const f32 epsilon = call.node.real("epsilon", 1e-5f);
  const auto parameter = [&](i64 input, i64 channel) {
    const Tensor& t = *call.in(input);
    return t.as<f32>()[channel * t.strides[0]];
  };
  Tensor from = x, to = y;
  from.shape[1] = to.shape[1] = 1;
  for (i64 c = 0; c < x.shape[1]; ++c) {
    const f32 scale = parameter(1, c) / __builtin_sqrtf(parameter(4, c) + epsilon);
    const f32 shift = fma(-parameter(3, c), scale, parameter(2, c));
    Walk<2> walk(from.shape);
    walk.operand(0, x.strides);
    walk.operand(1, y.strides);
    const f32* source = x.as<f32>() + c * x.strides[1];
    f32* target = y.as<f32>() + c * y.strides[1];
    for (; !walk.done(); walk.next())
      target[walk.offset(1)] = fma(source[walk.offset(0)], scale, shift);
  }
}

}  // namespace

const Operator op_BatchNormalization = {
    "BatchNormalization", "",  "epsilon momentum spatial training_mode", 5, 5, 1, check, infer,
    beside_plans(run),    true};

}  // namespace pl
