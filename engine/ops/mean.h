// The sum and the mean of a part of a tensor, for ReduceSum, ReduceMean and GlobalAveragePool.
#pragma once

#include "ops/operator.h"

namespace pl {

// Order of the sum: each run of the last axis in float, the runs in double, in row-major order.
inline f64 sum_of(const Tensor& x) {
  const i32 last = x.shape.rank - 1;
  const i64 width = last < 0 ? 1 : x.shape[last], step = last < 0 ? 0 : x.strides[last];
  Shape rows = x.shape;
  rows.rank = last < 0 ? 0 : last;
  f64 sum = 0;
  Walk<1> row(rows);
  row.operand(0, x.strides);
  for (; !row.done(); row.next()) {
    const f32* values = x.as<f32>() + row.offset(0);
    f32 row_sum = 0;
    for (i64 i = 0; i < width; ++i) row_sum += values[i * step];
    sum += row_sum;
  }
  return sum;
}

// That of nothing is NaN.
inline f32 mean_of(const Tensor& x) {
  return static_cast<f32>(sum_of(x) / static_cast<f64>(x.count()));
}

}  // namespace pl
