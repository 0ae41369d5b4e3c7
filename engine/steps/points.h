// Weights of the interpolation at eight points, whose other two sides are in kernels/points.h.
#pragma once

#include "core/math.h"

namespace pl {

// G, for kernels of `taps` along an axis: the powers of the points over the derivatives of M there,
// and the last row for infinity. Exact multiples of the first column by powers of two.
inline f64 point_weight(i64 point, i64 tap, i64 taps) {
  static const f64 points[] = {0, 1, -1, 2, -2, 1.0 / 2, -1.0 / 2};
  static const f64 scales[] = {1, -2.0 / 9, -2.0 / 9, 1.0 / 90, 1.0 / 90, 32.0 / 45, 32.0 / 45};
  if (point == 7) return tap == taps - 1 ? 1 : 0;
  f64 power = scales[point];
  for (i64 i = 0; i < tap; ++i) power *= points[point];
  return power;
}

}  // namespace pl
