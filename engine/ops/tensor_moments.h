// Moments of a part of a tensor, for the operators that normalise.
#pragma once

#include "ops/moments.h"
#include "ops/operator.h"

namespace pl {

// A row is one run of the last axis; all other axes count rows.
inline Moments moments_of(const Tensor& part) {
  const i32 last = part.shape.rank - 1;
  const i64 width = part.shape[last], step = part.strides[last];
  Shape rows = part.shape;
  rows.rank = last;
  Moments moments;
  Walk<1> row(rows);
  row.operand(0, part.strides);
  for (; !row.done(); row.next()) {
    const f32* x = part.as<f32>() + row.offset(0);
    moments.add_row(moments_of_row(x, width, step), width);
  }
  return moments;
}

// Statistics are of float32.
inline pl_status check_stash_type(const Call& call) {
  const i64 type = call.node.integer("stash_type", PL_FLOAT32);
  if (type != PL_FLOAT32) return call.unsupported("stash_type = ", type);
  return PL_OK;
}

}  // namespace pl
