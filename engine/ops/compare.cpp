#include "ops/compare.h"

#include "ops/elements.h"
#include "ops/pointwise.h"

namespace pl {

pl_status infer_compare(Call& call) {
  PL_TRY(infer_binary(call));
  call.outputs[0].type = DType::boolean;
  return PL_OK;
}

void run_compare(const Call& call, Relation relation) {
  const Tensor &a = *call.in(0), &b = *call.in(1), &y = call.outputs[0];
  Walk<3> walk(y.shape);
  walk.broadcast(0, a);
  walk.broadcast(1, b);
  walk.operand(2, y.strides);
  for (; !walk.done(); walk.next()) {
    with_number(a.type, [&](auto zero) {
      using T = decltype(zero);
      const T p = a.as<T>()[walk.offset(0)], q = b.as<T>()[walk.offset(1)];
      y.as<u8>()[walk.offset(2)] =
          (p < q && relation.less) || (p == q && relation.equal) || (p > q && relation.greater);
    });
  }
}

}  // namespace pl
