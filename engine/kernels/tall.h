// The two transforms of the tall kernels' convolution (steps/tall.cpp): F(4, 5) down the rows, the
// same for each element of a row.
#pragma once

#include "kernels/kernels.h"
#include "kernels/points.h"
#include "kernels/simd.h"

namespace pl {
inline namespace PL_ISA {

inline void tall_input(const TallInput& in) {
  each_lane(in.count, [&](i64 i, auto tag) {
    using F = decltype(tag);
    F d[kTallProducts];
#pragma unroll
    for (int y = 0; y < kTallProducts; ++y) d[y] = read<F>(in.rows[y] + i);
    transform(d);
#pragma unroll
    for (int y = 0; y < kTallProducts; ++y) write(in.out + y * in.pitch + i, d[y]);
  });
}

inline void tall_output(const TallOutput& out) {
  each_lane(out.count, [&](i64 i, auto tag) {
    using F = decltype(tag);
    F m[kTallProducts], y[kTallTile];
#pragma unroll
    for (int p = 0; p < kTallProducts; ++p) m[p] = read<F>(out.products + p * out.pitch + i);
    interpolate(m, y);
#pragma unroll
    for (int k = 0; k < kTallTile; ++k) write(out.rows[k] + i, y[k]);
  });
}

}  // namespace PL_ISA
}  // namespace pl
