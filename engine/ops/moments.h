// Means and variances in the one order of additions that every part of the engine keeps: a row of
// the last spatial axis in float, from left to right; rows into a whole in double, from top to
// bottom.
#pragma once

#include "core/base.h"
#include "core/fma.h"

namespace pl {

// The mean of a row and the sum of squared deviations from it.
struct RowMoments {
  f32 mean = 0;
  f32 deviations = 0;
};
inline RowMoments moments_of_row(const f32* x, i64 count, i64 step) {
  RowMoments row;
  for (i64 i = 0; i < count; ++i) row.mean += x[i * step];
  row.mean /= static_cast<f32>(count);
  for (i64 i = 0; i < count; ++i) {
    const f32 d = x[i * step] - row.mean;
    row.deviations = fma(d, d, row.deviations);
  }
  return row;
}

// Count, mean and sum of squared deviations, joined by the pairwise update of Chan, Golub and
// LeVeque, "Algorithms for computing the sample variance" (1983).
struct Moments {
  f64 count = 0;
  f64 mean = 0;
  f64 deviations = 0;

  void add_row(const RowMoments& row, i64 elements) {
    const f64 n = static_cast<f64>(elements);
    const f64 total = count + n;
    const f64 delta = row.mean - mean;
    mean += delta * (n / total);
    deviations += row.deviations + delta * delta * (count * n / total);
    count = total;
  }
  f64 variance() const { return deviations / count; }

  // Goes only a part of the way from what was `before`, of as many elements: `keep` of it stays.
  void smooth(const Moments& before, f64 keep) {
    mean = keep * before.mean + (1 - keep) * mean;
    deviations = keep * before.deviations + (1 - keep) * deviations;
  }
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
