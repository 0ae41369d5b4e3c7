// Pooling: a window over each channel by itself, as depthwise convolutions are.
#include "plan/planner.h"

namespace pl {
namespace {

// Windows of ceil_mode may reach past the padding that the node declares.
void reach_all(const Shape& in, Window* window) {
  for (i32 a = 0; a < 2; ++a) {
    const i64 span = (window->kernel[a] - 1) * window->dilation[a] + 1;
    const i64 last = (window->out[a] - 1) * window->stride[a] + span - window->pad_begin[a];
    window->pad_end[a] = max(window->pad_end[a], last - in[2 + a]);
  }
}

// Does every window of an average count all of its taps?
bool counts_all(const Node& node, const Shape& in, const Window& window) {
  for (i32 a = 0; a < 2; ++a) {
    const i64 span = (window.kernel[a] - 1) * window.dilation[a] + 1;
    const i64 end = (window.out[a] - 1) * window.stride[a] + span;
    const i64 padded = in[2 + a] + window.pad_begin[a] + window.pad_end[a];
    if (end > padded) return false;
    const bool pads = window.pad_begin[a] || window.pad_end[a];
    if (pads && !node.integer("count_include_pad", 0)) return false;
  }
  return true;
}

}  // namespace

pl_status lower_pool(Planner& p, const Node& node, bool* done) {
  const Text& type = node.type;
  const bool maximum = type == "MaxPool", average = type == "AveragePool";
  const i32 in = node.inputs[0];
  if ((!maximum && !average) || !p.is_image(in) || p.tensor(in).type != DType::f32) return PL_OK;
  const Shape shape = p.tensor(in).shape;
  Window window;
  PL_TRY(p.with_call(node,
                     [&](const Call& call) { return read_window(call, shape, nullptr, &window); }));
  if (average && !counts_all(node, shape, window)) return PL_OK;
  reach_all(shape, &window);
  ConvStep* step;
  PL_TRY(p.new_step<ConvStep>(&node, "pool", &step));
  step->method = maximum ? ConvStep::Method::maximum : ConvStep::Method::depthwise;
  step->groups = shape[1];
  step->in_channels = step->out_channels = 1;
  step->stride_y = window.stride[0];
  step->stride_x = window.stride[1];
  Form form;
  PL_TRY(add_border(p, in, window_border(window, maximum ? -__builtin_inff() : 0), &form));
  PL_TRY(one_phase(p, window, step));
  // An average is a sum, each tap taken once, and then a division.
  const i64 positions = window.kernel[0] * window.kernel[1];
  f32* ones = p.arena().make<f32>(positions);
  if (!ones) return p.error().out_of_memory();
  for (i64 i = 0; i < positions; ++i) ones[i] = 1;
  *done = true;
  PL_TRY(finish_window(p, node, form, {ones, 0, 0, 0}, nullptr, step));
  if (maximum) return PL_OK;
  Stage* mean = p.arena().make<Stage>(1);
  if (!mean) return p.error().out_of_memory();
  mean->function = Unary::divide;
  mean->a = static_cast<f32>(positions);
  step->sink.stages = {mean, 1};
  return PL_OK;
}

}  // namespace pl
