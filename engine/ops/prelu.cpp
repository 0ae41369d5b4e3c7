// PRelu: x where x >= 0, else slope x; the slope broadcasts to the input.
#include "ops/pointwise.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  PL_TRY(need_float(call, 0));
  PL_TRY(need_float(call, 1));
  const Shape &x = call.in(0)->shape, &slope = call.in(1)->shape;
  Shape shape;
  PL_TRY(broadcast_shapes(call, x, slope, &shape));
  if (shape != x) return call.invalid("a slope of shape ", slope, " does not broadcast to ", x);
  return set_output(call, 0, DType::f32, x);
}

void run(const Call& call) {
  each_pair<f32>(call, [](f32 x, f32 slope) { return unary<Unary::leaky_relu>(x, slope, 0.0f); });
}

}  // namespace

const Operator op_PRelu = {"PRelu", "", "", 2, 2, 1, nullptr, infer, beside_plans(run), true};

}  // namespace pl
