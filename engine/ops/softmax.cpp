// Softmax: e^x over the sum of e^x, along one axis; before opset 13, over that axis and all after.
#include "core/math.h"
#include "ops/operator.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status read_axis(const Call& call, i64* axis) {
  const bool along_one = call.node.opset >= 13;
  return normalize_axis(call, call.node.integer("axis", along_one ? -1 : 1), call.in(0)->shape.rank,
                        axis);
}

pl_status infer(Call& call) {
  PL_TRY(need_float(call, 0));
  PL_TRY(need_rank(call, 0, 1, kMaxRank));
  i64 axis;
  PL_TRY(read_axis(call, &axis));
  return set_output(call, 0, DType::f32, call.in(0)->shape);
}

// The largest element is taken off first, so that no power overflows. The sum is in double, in
// row-major order.
void normalize(const Tensor& y, const Tensor& x) {
  f32 most = -__builtin_inff();
  f64 sum = 0;
  Walk<2> walk(x.shape);
  walk.operand(0, x.strides);
  walk.operand(1, y.strides);
  for (Walk<2> w = walk; !w.done(); w.next()) most = max(most, x.as<f32>()[w.offset(0)]);
  for (Walk<2> w = walk; !w.done(); w.next()) {
    const f32 power = math::exp(x.as<f32>()[w.offset(0)] - most);
    y.as<f32>()[w.offset(1)] = power;
    sum += power;
  }
  const f32 total = static_cast<f32>(sum);
  for (Walk<2> w = walk; !w.done(); w.next()) y.as<f32>()[w.offset(1)] /= total;
}

void run(const Call& call) {
  const Tensor &x = *call.in(0), &y = call.outputs[0];
  i64 axis;
  if (read_axis(call, &axis) != PL_OK) return;
  // Split into the axes to walk over and those that are normalised together.
  Shape outer = x.shape;
  Tensor from = x, to = y;
  for (i32 a = 0; a < x.shape.rank; ++a) {
    const bool together = a == axis || (a > axis && call.node.opset < 13);
    (together ? outer : from.shape)[a] = 1;
  }
  to.shape = from.shape;
  Walk<2> walk(outer);
  walk.operand(0, x.strides);
  walk.operand(1, y.strides);
  for (; !walk.done(); walk.next()) {
    from.data = x.as<f32>() + walk.offset(0);
    to.data = y.as<f32>() + walk.offset(1);
    normalize(to, from);
  }
}

}  // namespace

const Operator op_Softmax = {"Softmax", "", "axis", 1, 1, 1, nullptr, infer, run, true};

}  // namespace pl
