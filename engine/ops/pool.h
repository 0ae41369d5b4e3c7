// What the pooling operators share: which pixels lie under a window.
#pragma once

#include "ops/operator.h"

namespace pl {

// The taps of one window that hit a pixel: a box of `taps`, from the element at `first` on.
struct Pixels {
  Shape taps;
  i64 first = 0;
};

// The half-open range of taps of a window starting at `start` whose place is in [0, extent).
struct TapRange {
  i64 begin, end;
  i64 size() const { return max<i64>(0, end - begin); }
};
inline TapRange taps_within(i64 start, i64 extent, i64 kernel, i64 dilation) {
  const i64 begin = start < 0 ? ceil_div(-start, dilation) : 0;
  const i64 end = start < extent ? min(kernel, ceil_div(extent - start, dilation)) : 0;
  return {begin, end};
}

inline Pixels pixels_under(const Window& window, const Tensor& x, const Walk<1>& out) {
  Pixels pixels;
  pixels.taps.rank = window.rank;
  pixels.first = out.index(0) * x.strides[0] + out.index(1) * x.strides[1];
  for (i32 a = 0; a < window.rank; ++a) {
    const i64 start = out.index(2 + a) * window.stride[a] - window.pad_begin[a];
    const TapRange hit = taps_within(start, x.shape[2 + a], window.kernel[a], window.dilation[a]);
    pixels.taps[a] = hit.size();
    pixels.first += (start + hit.begin * window.dilation[a]) * x.strides[2 + a];
  }
  return pixels;
}

// Elements from one tap to the next along each spatial axis.
struct TapSteps {
  i64 strides[3] = {};
};
inline TapSteps tap_steps(const Window& window, const Tensor& x) {
  TapSteps steps;
  for (i32 a = 0; a < window.rank; ++a) steps.strides[a] = window.dilation[a] * x.strides[2 + a];
  return steps;
}

inline pl_status infer_pool(Call& call) {
  PL_TRY(need_rank(call, 0, 3, 5));
  Window window;
  PL_TRY(read_window(call, call.in(0)->shape, nullptr, &window));
  Shape shape = call.in(0)->shape;
  for (i32 a = 0; a < window.rank; ++a) shape[2 + a] = window.out[a];
  return set_output(call, 0, call.in(0)->type, shape);
}

}  // namespace pl
