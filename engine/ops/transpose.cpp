// Transpose: axis i of the result is axis perm[i] of the input; without perm they are reversed.
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

i64 source_axis(const Call& call, i64 axis) {
  const Span<i64> perm = call.node.integers("perm");
  return perm.empty() ? call.in(0)->shape.rank - 1 - axis : perm[axis];
}

pl_status infer(Call& call) {
  const Shape& x = call.in(0)->shape;
  const Span<i64> perm = call.node.integers("perm");
  bool used[kMaxRank] = {};
  if (!perm.empty() && perm.size != x.rank)
    return call.invalid("perm has ", perm.size, " entries for a tensor of rank ", x.rank);
  for (const i64 axis : perm) {
    if (axis < 0 || axis >= x.rank || used[axis])
      return call.invalid("perm is not a permutation of ", x.rank, " axes");
    used[axis] = true;
  }
  Shape shape{x.rank, {}};
  for (i32 a = 0; a < x.rank; ++a) shape[a] = x[source_axis(call, a)];
  return set_output(call, 0, call.in(0)->type, shape);
}

i64 view(const Call& call, Tensor* out) {
  const Tensor x = *out;
  for (i32 a = 0; a < x.shape.rank; ++a) {
    out->shape[a] = x.shape[source_axis(call, a)];
    out->strides[a] = x.strides[source_axis(call, a)];
  }
  return 0;
}

}  // namespace

const Operator op_Transpose = {
    "Transpose", "", "perm", 1, 1, 1, nullptr, infer, beside_plans(run_view), true, view};

}  // namespace pl
