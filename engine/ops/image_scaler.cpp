// ImageScaler: scale x + bias[channel]. An experimental operator of the first ONNX versions that
// old files use.
#include "ops/operator.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  PL_TRY(need_float(call, 0));
  PL_TRY(need_rank(call, 0, 4, 4));
  const Shape& shape = call.in(0)->shape;
  const Span<f32> bias = call.node.reals("bias");
  if (call.node.has("bias") && bias.size != shape[1])
    return call.invalid("'bias' has ", bias.size, " entries for ", shape[1], " channels");
  return set_output(call, 0, DType::f32, shape);
}

void run(const Call& call) {
  const Tensor &x = *call.in(0), &y = call.outputs[0];
  const f32 scale = call.node.real("scale", 1);
  const Span<f32> bias = call.node.reals("bias");
  Walk<2> walk(y.shape);
  walk.operand(0, x.strides);
  walk.operand(1, y.strides);
  for (; !walk.done(); walk.next()) {
    const f32 shift = bias.empty() ? 0 : bias[walk.index(1)];
    y.as<f32>()[walk.offset(1)] = fma(x.as<f32>()[walk.offset(0)], scale, shift);
  }
}

}  // namespace

const Operator op_ImageScaler = {"ImageScaler", "",    "bias scale", 1,   1, 1,
                                 nullptr,       infer, run,          true};

}  // namespace pl
