// AveragePool: the mean of the pixels under a sliding window, over 1 to 3 spatial axes.
#include "ops/pool.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  PL_TRY(need_float(call, 0));
  return infer_pool(call);
}

// Taps on pixels or, where `with_padding`, on declared padding too.
f64 counted_taps(const Window& window, const Shape& x, const Walk<1>& out, bool with_padding) {
  f64 count = 1;
  for (i32 a = 0; a < window.rank; ++a) {
    i64 start = out.index(2 + a) * window.stride[a] - window.pad_begin[a];
    i64 extent = x[2 + a];
    if (with_padding) {
      start += window.pad_begin[a];
      extent += window.pad_begin[a] + window.pad_end[a];
    }
    count *=
        static_cast<f64>(taps_within(start, extent, window.kernel[a], window.dilation[a]).size());
  }
  return count;
}

// Order of the sum: window positions in row-major order. A window without a pixel gives 0.
void run(const Call& call) {
  const Tensor &x = *call.in(0), &y = call.outputs[0];
  Window window;
  if (read_window(call, x.shape, nullptr, &window) != PL_OK) return;
  const bool with_padding = call.node.integer("count_include_pad", 0) != 0;
  const TapSteps steps = tap_steps(window, x);
  Walk<1> out(y.shape);
  out.operand(0, y.strides);
  for (; !out.done(); out.next()) {
    const Pixels pixels = pixels_under(window, x, out);
    f32 sum = 0;
    Walk<1> tap(pixels.taps);
    tap.operand(0, steps.strides);
    for (; !tap.done(); tap.next()) sum += x.as<f32>()[pixels.first + tap.offset(0)];
    const f64 count = counted_taps(window, x.shape, out, with_padding);
    y.as<f32>()[out.offset(0)] = count > 0 ? sum / static_cast<f32>(count) : 0;
  }
}

}  // namespace

const Operator op_AveragePool = {
    "AveragePool",
    "",
    "auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides",
    1,
    1,
    1,
    nullptr,
    infer,
    beside_plans(run),
    true};

}  // namespace pl
