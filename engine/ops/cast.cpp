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
    case PL_INT32:
    case PL_INT64:
    case PL_BOOL:
    case PL_FLOAT16:
      return PL_OK;
    default:
      return call.unsupported("to = ", to,
                              "; float32, float16, uint8, int32, int64 and bool are supported");
  }
}

pl_status infer(Call& call) {
  const DType to = target(call.node);
  return set_output(call, 0, to == DType::f16 ? DType::f32 : to, call.in(0)->shape);
}

template <class From>
void run_from(const Call& call) {
  const DType to = target(call.node);
  if (to == DType::boolean)
    return map_elements<From, u8>(call, [](From x) { return static_cast<u8>(x != 0); });
  if (to == DType::f16) {
    return map_elements<From, f32>(
        call, [](From x) { return half_to_float(float_to_half(static_cast<f32>(x))); });
  }
  with_type(to, [&](auto zero) {
    using To = decltype(zero);
    map_elements<From, To>(call, [](From x) { return convert<To>(x); });
  });
}

void run(const Call& call) {
  with_type(call.in(0)->type, [&](auto zero) { run_from<decltype(zero)>(call); });
}

}  // namespace

const Operator op_Cast = {"Cast", "", "round_mode saturate to", 1, 1, 1, check, infer, run, true};

}  // namespace pl
