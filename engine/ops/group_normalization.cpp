// GroupNormalization: (x - mean) / sqrt(variance + epsilon) * scale + bias, with the mean and the
// variance of each group of channels of each image. Scale and bias are of each channel, before
// opset 21 of each group.
#include "ops/table.h"
#include "ops/tensor_moments.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  PL_TRY(need_float(call, 0));
  PL_TRY(need_rank(call, 0, 2, kMaxRank));
  const Shape& x = call.in(0)->shape;
  const i64 groups = call.node.integer("num_groups", 0);
  if (groups < 1 || x[1] % groups)
    return call.invalid("'num_groups' is ", groups, " for ", x[1], " channels");
  const i64 count = call.node.opset < 21 ? groups : x[1];
  for (i64 i = 1; i < 3; ++i) {
    PL_TRY(need_float(call, i));
    if (call.in(i)->shape != Shape::of(count))
      return call.invalid("input ", i, " of shape ", call.in(i)->shape, " instead of [", count,
                          "]");
  }
  return set_output(call, 0, DType::f32, x);
}

// A group of the channels of image n.
Tensor group_of(const Tensor& t, i64 n, i64 group, i64 channels) {
  Tensor part{t.type, {t.shape.rank - 1, {}}, {}, nullptr};
  for (i32 a = 0; a < part.shape.rank; ++a) {
    part.shape[a] = a ? t.shape[1 + a] : channels;
    part.strides[a] = t.strides[1 + a];
  }
  part.data = t.as<f32>() + n * t.strides[0] + group * channels * t.strides[1];
  return part;
}

void run(const Call& call) {
  const Tensor &x = *call.in(0), &y = call.outputs[0];
  const Tensor &scale = *call.in(1), &bias = *call.in(2);
  if (y.count() == 0) return;
  const i64 groups = call.node.integer("num_groups", 1), channels = x.shape[1] / groups;
  const f32 epsilon = call.node.real("epsilon", 1e-5f);
  for (i64 n = 0; n < x.shape[0]; ++n) {
    for (i64 g = 0; g < groups; ++g) {
      const Tensor from = group_of(x, n, g, channels), to = group_of(y, n, g, channels);
      const ScaleShift k = normalizer(moments_of(from), epsilon, 1, 0);
      Walk<2> walk(from.shape);
      walk.operand(0, from.strides);
      walk.operand(1, to.strides);
      for (; !walk.done(); walk.next()) {
        const i64 at = call.node.opset < 21 ? g : g * channels + walk.index(0);
        const f32 normal = fma(from.as<f32>()[walk.offset(0)], k.scale, k.shift);
        to.as<f32>()[walk.offset(1)] = fma(normal, scale.as<f32>()[at * scale.strides[0]],
                                           bias.as<f32>()[at * bias.strides[0]]);
      }
    }
  }
}

}  // namespace

const Operator op_GroupNormalization = {"GroupNormalization",
                                        "",
                                        "epsilon num_groups stash_type",
                                        3,
                                        3,
                                        1,
                                        check_stash_type,
                                        infer,
                                        run,
                                        true};

}  // namespace pl
