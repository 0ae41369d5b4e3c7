// MaxPool: the largest pixel under a sliding window, over 1 to 3 spatial axes. NaN is never the
// largest. The second output, Indices, is not supported; `storage_order` concerns it alone.
#include "ops/pool.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  const DType type = call.in(0)->type;
  if (type != DType::f32 && type != DType::u8)
    return call.unsupported("an input of type ", type_name(type));
  return infer_pool(call);
}

template <class T>
void pool(const Call& call, T least) {
  const Tensor &x = *call.in(0), &y = call.outputs[0];
  Window window;
  if (read_window(call, x.shape, nullptr, &window) != PL_OK) return;
  const TapSteps steps = tap_steps(window, x);
  Walk<1> out(y.shape);
  out.operand(0, y.strides);
  for (; !out.done(); out.next()) {
    const Pixels pixels = pixels_under(window, x, out);
    T best = least;
    Walk<1> tap(pixels.taps);
    tap.operand(0, steps.strides);
    for (; !tap.done(); tap.next()) best = max(best, x.as<T>()[pixels.first + tap.offset(0)]);
    y.as<T>()[out.offset(0)] = best;
  }
}

void run(const Call& call) {
  if (call.in(0)->type == DType::u8) return pool<u8>(call, 0);
  pool<f32>(call, -__builtin_inff());
}

}  // namespace

const Operator op_MaxPool = {
    "MaxPool", "",    "auto_pad ceil_mode dilations kernel_shape pads storage_order strides",
    1,         1,     1,
    nullptr,   infer, run,
    true};

}  // namespace pl
