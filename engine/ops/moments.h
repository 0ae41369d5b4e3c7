// Means and variances in the one order of additions that every part of the engine keeps: a row of
// the last spatial axis in float, from left to right; rows into a whole in double, from top to
// bottom.
#pragma once

#include "core/base.h"
#include "core/fma.h"

namespace pl {

// Sums of x - first and of its square along a row, where `first` is the row's first element:
// without the shift a mean far from zero would drown the variance in rounding.
struct RowSums {
  f32 first = 0;
  f32 sum = 0;
  f32 squares = 0;

  void add(f32 x) {
    const f32 d = x - first;
    sum += d;
    squares = fma(d, d, squares);
  }
};

// Count, mean and sum of squared deviations, joined by the pairwise update of Chan, Golub and
// LeVeque, "Algorithms for computing the sample variance" (1983).
struct Moments {
  f64 count = 0;
  f64 mean = 0;
  f64 deviations = 0;

  void add_row(const RowSums& row, i64 elements) {
    const f64 n = static_cast<f64>(elements);
    const f64 shift = row.sum / n;
    const f64 row_deviations = row.squares - row.sum * shift;
    const f64 delta = row.first + shift - mean;
    const f64 total = count + n;
    mean += delta * (n / total);
    deviations += max(row_deviations, 0.0) + delta * delta * (count * n / total);
    count = total;
  }
  f64 variance() const { return deviations / count; }
};

// What normalisation does to an element: fma(x, scale, shift).
struct ScaleShift {
  f32 scale;
  f32 shift;
};
inline ScaleShift normalizer(const Moments& m, f32 epsilon, f32 scale, f32 bias) {
  const f32 s = static_cast<f32>(scale / __builtin_sqrt(m.variance() + epsilon));
  return {s, static_cast<f32>(bias - m.mean * s)};
}

}  // namespace pl
