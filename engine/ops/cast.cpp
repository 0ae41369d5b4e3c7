// Cast: to another element type. Floats become integers by dropping their fraction, held to the
// range of the type, NaN as 0; integers become narrower ones by dropping high bits.
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

DType target(const Node& node) {
  return static_cast<DType>(node.integer("to", 0));
}

pl_status check(const Call& call) {
  const i64 to = call.node.integer("to", 0);
  switch (to) {
    case PL_FLOAT32:
    case PL_UINT8:
    case PL_INT8:
    case PL_INT32:
    case PL_INT64:
    case PL_BOOL:
    case PL_FLOAT16:
      return PL_OK;
    default:
      return call.unsupported(
          "to = ", to, "; float32, float16, uint8, int8, int32, int64 and bool are supported");
  }
}

pl_status infer(Call& call) {
  const DType to = target(call.node);
  return set_output(call, 0, to == DType::f16 ? DType::f32 : to, call.in(0)->shape);
}

// `x` is a float or the widest integer.
template <class Wide>
void write(const Tensor& y, i64 at, DType to, Wide x) {
  if (to == DType::boolean) {
    y.as<u8>()[at] = x != 0;
  } else if (to == DType::f16) {
    y.as<f32>()[at] = half_to_float(float_to_half(static_cast<f32>(x)));
  } else {
    with_type(to, [&](auto zero) { y.as<decltype(zero)>()[at] = convert<decltype(zero)>(x); });
  }
}

void run(const Call& call) {
  const Tensor &x = *call.in(0), &y = call.outputs[0];
  const DType to = target(call.node);
  Walk<2> walk(y.shape);
  walk.operand(0, x.strides);
  walk.operand(1, y.strides);
  for (; !walk.done(); walk.next()) {
    with_type(x.type, [&](auto zero) {
      using From = decltype(zero);
      using Wide = decltype(zero + i64{});
      write<Wide>(y, walk.offset(1), to, x.as<From>()[walk.offset(0)]);
    });
  }
}

}  // namespace

const Operator op_Cast = {"Cast", "", "round_mode saturate to", 1, 1, 1, check, infer, run, true};

}  // namespace pl
