// What QuantizeLinear and DequantizeLinear share: integers that stand for (q - zero point) * scale,
// with one scale and zero point for the whole tensor or one of each for every index of an axis.
#pragma once

#include "ops/operator.h"

namespace pl {

inline pl_status check_quantization(const Call& call) {
  if (const i64 block = call.node.integer("block_size", 0))
    return call.unsupported("block_size = ", block);
  return PL_OK;
}

// Scale (input 1) and zero point (input 2), which may be left out.
inline pl_status check_scales(const Call& call) {
  PL_TRY(need_float(call, 1));
  const Tensor &x = *call.in(0), &scale = *call.in(1);
  const Tensor& zero = call.in(2) ? *call.in(2) : scale;
  if (scale.count() == 1 && zero.count() == 1) return PL_OK;
  if (zero.shape != scale.shape)
    return call.invalid("zero points of shape ", zero.shape, " for scales of ", scale.shape);
  i64 axis;
  PL_TRY(normalize_axis(call, call.node.integer("axis", 1), x.shape.rank, &axis));
  if (scale.shape != Shape::of(x.shape[axis]))
    return call.invalid("scales of shape ", scale.shape, " for axis ", axis, " of ", x.shape);
  return PL_OK;
}

// Scales or zero points as they look when they are repeated for every element of the first input.
inline Tensor spread(const Call& call, const Tensor& values) {
  const Shape& shape = call.in(0)->shape;
  Tensor view{values.type, shape, {}, values.data};
  if (values.count() == 1) return view;
  const i64 axis = call.node.integer("axis", 1);
  view.strides[axis < 0 ? axis + shape.rank : axis] = values.strides[0];
  return view;
}

}  // namespace pl
