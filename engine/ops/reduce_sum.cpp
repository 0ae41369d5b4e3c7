// ReduceSum: the sum over some axes, all of them where none is named. Integers wrap.
#include "ops/elements.h"
#include "ops/mean.h"
#include "ops/reduce.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  return infer_reduce(call, 13);
}

u64 integer_sum(const Tensor& part) {
  u64 sum = 0;
  Walk<1> walk(part.shape);
  walk.operand(0, part.strides);
  for (; !walk.done(); walk.next()) sum += static_cast<u64>(integer_at(part, walk.offset(0)));
  return sum;
}

void run(const Call& call) {
  bool reduced[kMaxRank];
  if (read_reduced(call, 13, reduced) != PL_OK) return;
  for (Parts parts(call, reduced); !parts.done(); parts.next()) {
    with_number(call.outputs[0].type, [&](auto zero) {
      using T = decltype(zero);
      T& sum = call.outputs[0].as<T>()[parts.to()];
      if constexpr (sizeof(T) == sizeof(f32) && static_cast<T>(0.5f) != 0) {
        sum = static_cast<T>(sum_of(parts.part()));
      } else {
        sum = static_cast<T>(integer_sum(parts.part()));
      }
    });
  }
}

}  // namespace

const Operator op_ReduceSum = reduction("ReduceSum", infer, run);

}  // namespace pl
