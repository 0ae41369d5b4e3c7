// Slice: every step-th element from start to end along some axes. Starts, ends and axes are
// attributes (opset 1) or inputs (opset 10, with steps).
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

// One axis of a slice.
struct Range {
  i64 start, step, count;
};

Range clamp_range(i64 start, i64 end, i64 step, i64 extent) {
  const i64 low = step > 0 ? 0 : -1, high = step > 0 ? extent : extent - 1;
  start = clamp<i64>(start < 0 ? start + extent : start, step > 0 ? 0 : -1, high);
  end = clamp<i64>(end < 0 ? end + extent : end, low, high);
  step = clamp<i64>(step, -kMaxTensorBytes, kMaxTensorBytes);
  const i64 distance = step > 0 ? end - start : start - end;
  return {start, step, distance <= 0 ? 0 : ceil_div(distance, step > 0 ? step : -step)};
}

pl_status read_ranges(const Call& call, Range* ranges) {
  const Shape& shape = call.in(0)->shape;
  for (i32 a = 0; a < shape.rank; ++a) ranges[a] = {0, 1, shape[a]};
  Integers starts, ends, axes, steps;
  PL_TRY(read_integers(call, "starts", 1, &starts));
  PL_TRY(read_integers(call, "ends", 2, &ends));
  PL_TRY(read_integers(call, "axes", 3, &axes));
  PL_TRY(read_integers(call, "steps", 4, &steps));
  if (!starts.present || !ends.present) return call.invalid("starts or ends are missing");
  if (ends.size != starts.size || (axes.present && axes.size != starts.size) ||
      (steps.present && steps.size != starts.size))
    return call.invalid("starts, ends, axes and steps differ in length");
  if (!axes.present) {
    axes.size = starts.size;
    for (i64 i = 0; i < axes.size; ++i) axes.values[i] = i;
  }
  bool marked[kMaxRank];
  PL_TRY(mark_axes(call, axes, shape.rank, marked));
  for (i64 i = 0; i < axes.size; ++i) {
    const i64 axis = axes.values[i] < 0 ? axes.values[i] + shape.rank : axes.values[i];
    const i64 step = steps.present ? steps.values[i] : 1;
    if (step == 0) return call.invalid("the step of axis ", axis, " is 0");
    ranges[axis] = clamp_range(starts.values[i], ends.values[i], step, shape[axis]);
  }
  return PL_OK;
}

pl_status infer(Call& call) {
  Range ranges[kMaxRank];
  PL_TRY(read_ranges(call, ranges));
  Shape shape = call.in(0)->shape;
  for (i32 a = 0; a < shape.rank; ++a) shape[a] = ranges[a].count;
  return set_output(call, 0, call.in(0)->type, shape);
}

i64 view(const Call& call, Tensor* out) {
  Range ranges[kMaxRank];
  if (read_ranges(call, ranges) != PL_OK) return 0;
  i64 first = 0;
  for (i32 a = 0; a < out->shape.rank; ++a) {
    first += ranges[a].start * out->strides[a];
    out->strides[a] *= ranges[a].step;
    out->shape[a] = ranges[a].count;
  }
  return first;
}

}  // namespace

const Operator op_Slice = {"Slice", "",    "axes ends starts",     1,    5,   1,
                           nullptr, infer, beside_plans(run_view), true, view};

}  // namespace pl
