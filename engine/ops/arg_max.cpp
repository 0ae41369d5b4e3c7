// ArgMax: the index of the largest element along an axis; of several, the first or the last one.
#include "ops/elements.h"
#include "ops/reduce.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status mark_axis(const Call& call, bool* reduced) {
  Integers axis;
  axis.size = 1;
  axis.values[0] = call.node.integer("axis", 0);
  return mark_axes(call, axis, call.in(0)->shape.rank, reduced);
}

pl_status infer(Call& call) {
  PL_TRY(infer_number(call));
  bool reduced[kMaxRank];
  PL_TRY(mark_axis(call, reduced));
  const Shape shape = reduced_shape(call, reduced);
  if (call.in(0)->count() == 0 && shape.count() != 0)
    return call.invalid("an input of shape ", call.in(0)->shape, " has no largest element");
  return set_output(call, 0, DType::i64, shape);
}

template <class T>
i64 largest(const Tensor& part, bool last) {
  i64 best = 0;
  for (i64 i = 1; i < part.shape[0]; ++i) {
    const T x = part.as<T>()[i * part.strides[0]], most = part.as<T>()[best * part.strides[0]];
    if (x > most || (last && x == most)) best = i;
  }
  return best;
}

void run(const Call& call) {
  bool reduced[kMaxRank];
  if (mark_axis(call, reduced) != PL_OK) return;
  const bool last = call.node.integer("select_last_index", 0) != 0;
  for (Parts parts(call, reduced); !parts.done(); parts.next()) {
    with_number(call.in(0)->type, [&](auto zero) {
      call.outputs[0].as<i64>()[parts.to()] = largest<decltype(zero)>(parts.part(), last);
    });
  }
}

}  // namespace

const Operator op_ArgMax = {
    "ArgMax", "", "axis keepdims select_last_index", 1, 1, 1, nullptr, infer, run, true};

}  // namespace pl
