// QuantizeLinear: x / scale rounded to the nearest integer, halves to even, plus the zero point,
// held to the range of int8 or uint8; NaN becomes the zero point.
#include "core/math.h"
#include "ops/elements.h"
#include "ops/quantization.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status check(const Call& call) {
  const i64 to = call.node.integer("output_dtype", 0);
  if (to != 0 && to != PL_INT8 && to != PL_UINT8) return call.unsupported("output_dtype = ", to);
  return check_quantization(call);
}

// That of the zero point, or else the one asked for.
DType target(const Call& call) {
  if (call.in(2)) return call.in(2)->type;
  return call.node.integer("output_dtype", 0) == PL_INT8 ? DType::i8 : DType::u8;
}

pl_status infer(Call& call) {
  PL_TRY(need_float(call, 0));
  PL_TRY(check_scales(call));
  const DType to = target(call);
  if (to != DType::i8 && to != DType::u8)
    return call.unsupported("an output of type ", type_name(to));
  return set_output(call, 0, to, call.in(0)->shape);
}

template <class T>
void run_as(const Call& call) {
  const Tensor &x = *call.in(0), &y = call.outputs[0];
  const Tensor scale = spread(call, *call.in(1));
  const Tensor zero = call.in(2) ? spread(call, *call.in(2)) : Tensor();
  constexpr f32 least = static_cast<T>(-1) < 0 ? -128 : 0, most = least + 255;
  Walk<4> walk(y.shape);
  walk.operand(0, x.strides);
  walk.operand(1, y.strides);
  walk.operand(2, scale.strides);
  walk.operand(3, zero.strides);
  for (; !walk.done(); walk.next()) {
    const f32 nothing = zero.data ? zero.as<T>()[walk.offset(3)] : 0;
    const f32 steps = x.as<f32>()[walk.offset(0)] / scale.as<f32>()[walk.offset(2)];
    const f32 q = math::round_even(steps == steps ? steps : 0) + nothing;
    y.as<T>()[walk.offset(1)] = static_cast<T>(clamp(q, least, most));
  }
}

void run(const Call& call) {
  if (call.outputs[0].type == DType::i8) return run_as<i8>(call);
  run_as<u8>(call);
}

}  // namespace

const Operator op_QuantizeLinear = {"QuantizeLinear",
                                    "",
                                    "axis block_size output_dtype saturate",
                                    2,
                                    3,
                                    1,
                                    check,
                                    infer,
                                    run,
                                    true};

}  // namespace pl
