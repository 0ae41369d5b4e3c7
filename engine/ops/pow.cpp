// Pow: a to the power b, in the type of a. Powers of integers to integers wrap; a power that is
// not an integer is 0.
#include "ops/elements.h"
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  for (i64 i = 0; i < 2; ++i) {
    const DType type = call.in(i)->type;
    if (type != DType::f32 && type != DType::i32 && type != DType::i64)
      return call.unsupported("input ", i, " of type ", type_name(type));
  }
  Shape shape;
  PL_TRY(broadcast_shapes(call, call.in(0)->shape, call.in(1)->shape, &shape));
  return set_output(call, 0, call.in(0)->type, shape);
}

i64 integer_power(i64 base, i64 exponent) {
  if (base == 1 || exponent == 0) return 1;
  if (base == -1) return exponent & 1 ? -1 : 1;
  if (exponent < 0) return 0;
  u64 result = 1, square = static_cast<u64>(base);
  for (; exponent; exponent >>= 1, square *= square) {
    if (exponent & 1) result *= square;
  }
  return static_cast<i64>(result);
}

template <class T, class Exponent>
T power(T base, Exponent exponent) {
  if constexpr (static_cast<T>(0.5f) == 0 && static_cast<Exponent>(0.5f) == 0) {
    return static_cast<T>(integer_power(base, exponent));
  } else {
    const f32 result = math::pow(static_cast<f32>(base), static_cast<f32>(exponent));
    return convert<T>(result);
  }
}

void run(const Call& call) {
  const Tensor &a = *call.in(0), &b = *call.in(1);
  const Tensor& y = call.outputs[0];
  with_number(a.type, [&](auto base) {
    with_number(b.type, [&](auto exponent) {
      using A = decltype(base);
      using B = decltype(exponent);
      Walk<3> walk(y.shape);
      walk.broadcast(0, a);
      walk.broadcast(1, b);
      walk.operand(2, y.strides);
      for (; !walk.done(); walk.next()) {
        y.as<A>()[walk.offset(2)] = power(a.as<A>()[walk.offset(0)], b.as<B>()[walk.offset(1)]);
      }
    });
  });
}

}  // namespace

const Operator op_Pow = {"Pow", "", "", 2, 2, 1, nullptr, infer, run, true};

}  // namespace pl
