// InstanceNormalization: scale (x - mean) / sqrt(variance + epsilon) + bias, with the mean and the
// variance of each channel of each image.
#include "ops/table.h"
#include "ops/tensor_moments.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  PL_TRY(need_float(call, 0));
  PL_TRY(need_rank(call, 0, 3, kMaxRank));
  const Shape& x = call.in(0)->shape;
  for (i64 i = 1; i < 3; ++i) {
    PL_TRY(need_float(call, i));
    if (call.in(i)->shape != Shape::of(x[1]))
      return call.invalid("input ", i, " of shape ", call.in(i)->shape, " for ", x[1], " channels");
  }
  return set_output(call, 0, DType::f32, x);
}

// The part of a tensor at one index of its first two axes: spatial axes alone.
Tensor plane(const Tensor& t, i64 n, i64 c) {
  Tensor p{t.type, {t.shape.rank - 2, {}}, {}, nullptr};
  for (i32 a = 0; a < p.shape.rank; ++a) {
    p.shape[a] = t.shape[2 + a];
    p.strides[a] = t.strides[2 + a];
  }
  p.data = t.as<f32>() + n * t.strides[0] + c * t.strides[1];
  return p;
}

void run(const Call& call) {
  const Tensor &x = *call.in(0), &y = call.outputs[0];
  const Tensor &scale = *call.in(1), &bias = *call.in(2);
  const f32 epsilon = call.node.real("epsilon", 1e-5f);
  if (y.count() == 0) return;
  for (i64 n = 0; n < x.shape[0]; ++n) {
    for (i64 c = 0; c < x.shape[1]; ++c) {
      const Tensor from = plane(x, n, c), to = plane(y, n, c);
      const ScaleShift k =
          normalizer(moments_of(from), epsilon, scale.as<f32>()[c * scale.strides[0]],
                     bias.as<f32>()[c * bias.strides[0]]);
      Walk<2> walk(from.shape);
      walk.operand(0, from.strides);
      walk.operand(1, to.strides);
      for (; !walk.done(); walk.next())
        to.as<f32>()[walk.offset(1)] = fma(from.as<f32>()[walk.offset(0)], k.scale, k.shift);
    }
  }
}

}  // namespace

const Operator op_InstanceNormalization = {
    "InstanceNormalization", "", "epsilon", 3, 3, 1, nullptr, infer, beside_plans(run), true};

}  // namespace pl
