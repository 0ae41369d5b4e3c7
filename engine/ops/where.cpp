// Where: elements of the second input where the first is true, else of the third; broadcast.
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  const Tensor &condition = *call.in(0), &a = *call.in(1), &b = *call.in(2);
  if (condition.type != DType::boolean)
    return call.invalid("a condition of type ", type_name(condition.type));
  if (a.type != b.type)
    return call.invalid("inputs of types ", type_name(a.type), " and ", type_name(b.type));
  Shape pair, shape;
  PL_TRY(broadcast_shapes(call, a.shape, b.shape, &pair));
  PL_TRY(broadcast_shapes(call, condition.shape, pair, &shape));
  return set_output(call, 0, a.type, shape);
}

void run(const Call& call) {
  const Tensor &condition = *call.in(0), &a = *call.in(1), &b = *call.in(2);
  const Tensor& y = call.outputs[0];
  with_size(y.type, [&](auto zero) {
    using T = decltype(zero);
    Walk<4> walk(y.shape);
    walk.broadcast(0, condition);
    walk.broadcast(1, a);
    walk.broadcast(2, b);
    walk.operand(3, y.strides);
    for (; !walk.done(); walk.next()) {
      const bool first = condition.as<u8>()[walk.offset(0)] != 0;
      y.as<T>()[walk.offset(3)] = first ? a.as<T>()[walk.offset(1)] : b.as<T>()[walk.offset(2)];
    }
  });
}

}  // namespace

const Operator op_Where = {"Where", "", "", 3, 3, 1, nullptr, infer, run, true};

}  // namespace pl
