// LayerNormalization: (x - mean) / sqrt(variance + epsilon) * scale + bias, with the mean and the
// variance over one axis and all after it. Further outputs: the mean, and what it is divided by
// as a factor.
#include "ops/elements.h"
#include "ops/table.h"
#include "ops/tensor_moments.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  PL_TRY(need_float(call, 0));
  PL_TRY(need_rank(call, 0, 1, kMaxRank));
  const Shape& x = call.in(0)->shape;
  i64 axis;
  PL_TRY(normalize_axis(call, call.node.integer("axis", -1), x.rank, &axis));
  for (i64 i = 1; i < call.inputs.size; ++i) {
    if (!call.in(i)) continue;
    PL_TRY(need_float(call, i));
    Shape both;
    PL_TRY(broadcast_shapes(call, x, call.in(i)->shape, &both));
    if (both != x)
      return call.invalid("input ", i, " of shape ", call.in(i)->shape, " does not fit ", x);
  }
  Shape outer = x;
  for (i64 a = axis; a < x.rank; ++a) outer[a] = 1;
  for (i64 i = 1; i < call.outputs.size; ++i) PL_TRY(set_output(call, i, DType::f32, outer));
  return set_output(call, 0, DType::f32, x);
}

void run(const Call& call) {
  const Tensor &x = *call.in(0), &y = call.outputs[0];
  if (y.count() == 0) return;
  const i64 listed = call.node.integer("axis", -1);
  const i32 axis = static_cast<i32>(listed < 0 ? listed + x.shape.rank : listed);
  const f32 epsilon = call.node.real("epsilon", 1e-5f);
  const f32 none = 0;
  const Tensor scale = broadcast_view(*call.in(1), x.shape);
  Tensor bias{DType::f32, x.shape, {}, const_cast<f32*>(&none)};
  if (call.in(2)) bias = broadcast_view(*call.in(2), x.shape);
  Shape outer = x.shape;
  outer.rank = axis;
  const Tensor* tensors[] = {&x, &y, &scale, &bias};
  Walk<6> walk(outer);
  for (int n = 0; n < 4; ++n) walk.operand(n, tensors[n]->strides);
  for (int n = 1; n < 3; ++n) {
    if (call.wants(n)) walk.operand(n + 3, call.outputs[n].strides);
  }
  for (; !walk.done(); walk.next()) {
    Tensor parts[4];
    for (int n = 0; n < 4; ++n) {
      parts[n] = {
          DType::f32, {x.shape.rank - axis, {}}, {}, tensors[n]->as<f32>() + walk.offset(n)};
      for (i32 a = axis; a < x.shape.rank; ++a) {
        parts[n].shape[a - axis] = x.shape[a];
        parts[n].strides[a - axis] = tensors[n]->strides[a];
      }
    }
    const Moments moments = moments_of(parts[0]);
    const ScaleShift k = normalizer(moments, epsilon, 1, 0);
    if (call.wants(1)) call.outputs[1].as<f32>()[walk.offset(4)] = static_cast<f32>(moments.mean);
    if (call.wants(2)) call.outputs[2].as<f32>()[walk.offset(5)] = k.scale;
    Walk<4> inner(parts[0].shape);
    for (int n = 0; n < 4; ++n) inner.operand(n, parts[n].strides);
    for (; !inner.done(); inner.next()) {
      const f32 normal = fma(parts[0].as<f32>()[inner.offset(0)], k.scale, k.shift);
      parts[1].as<f32>()[inner.offset(1)] =
          fma(normal, parts[2].as<f32>()[inner.offset(2)], parts[3].as<f32>()[inner.offset(3)]);
    }
  }
}

}  // namespace

const Operator op_LayerNormalization = {"LayerNormalization",
                                        "",
                                        "axis epsilon stash_type",
                                        2,
                                        3,
                                        3,
                                        check_stash_type,
                                        infer,
                                        run,
                                        true};

}  // namespace pl
