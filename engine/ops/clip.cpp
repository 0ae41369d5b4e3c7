// Clip: min(max(x, low), high). The limits are attributes (opset 6) or scalar inputs (opset 11),
// which may change from run to run.
#include "core/unary.h"
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status need_limit(const Call& call, i64 index) {
  const Tensor* limit = call.in(index);
  if (!limit) return PL_OK;
  if (limit->type != call.in(0)->type || limit->count() != 1)
    return call.invalid("input ", index, " of type ", type_name(limit->type), " and shape ",
                        limit->shape, " is no limit for an input of type ",
                        type_name(call.in(0)->type));
  return PL_OK;
}

pl_status infer(Call& call) {
  PL_TRY(need_limit(call, 1));
  PL_TRY(need_limit(call, 2));
  const DType type = call.in(0)->type;
  if (type == DType::boolean || type == DType::i8)
    return call.unsupported("an input of type ", type_name(type));
  return set_output(call, 0, type, call.in(0)->shape);
}

template <class T>
T hold(T x, T low, T high) {
  return clamp(x, low, high);
}
f32 hold(f32 x, f32 low, f32 high) {
  return unary<Unary::clip, f32>(x, low, high);
}

template <class T>
void run_as(const Call& call, T lowest, T highest) {
  T low = call.in(1) ? *call.in(1)->as<T>() : lowest;
  const T high = call.in(2) ? *call.in(2)->as<T>() : highest;
  if (high < low) low = high;
  map_elements<T, T>(call, [=](T x) { return hold(x, low, high); });
}

void run(const Call& call) {
  switch (call.outputs[0].type) {
    case DType::i64:
      return run_as<i64>(call, INT64_MIN, INT64_MAX);
    case DType::i32:
      return run_as<i32>(call, INT32_MIN, INT32_MAX);
    case DType::u8:
      return run_as<u8>(call, 0, UINT8_MAX);
    default:
      return run_as<f32>(call, call.node.real("min", -__builtin_inff()),
                         call.node.real("max", __builtin_inff()));
  }
}

// Of floats with limits that are known.
bool use(const Call& call, UnaryUse* use) {
  const Tensor *low = call.in(1), *high = call.in(2);
  if (call.in(0)->type != DType::f32 || (low && !low->data) || (high && !high->data)) return false;
  const f32 lowest = call.node.real("min", -__builtin_inff());
  const f32 highest = call.node.real("max", __builtin_inff());
  const f32 b = high ? *high->as<f32>() : highest;
  const f32 a = low ? *low->as<f32>() : lowest;
  *use = {Unary::clip, b < a ? b : a, b};
  return true;
}

}  // namespace

const Operator op_Clip = {"Clip",  "",    "max min",         1,    3,       1,
                          nullptr, infer, beside_plans(run), true, nullptr, use};

}  // namespace pl
