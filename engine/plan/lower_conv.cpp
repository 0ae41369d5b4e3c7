// Convolutions: what their input's form says goes into their load.
#include "ops/conv_transpose.h"
#include "plan/planner.h"

namespace pl {
namespace {

struct Operands {
  const f32* weights = nullptr;
  const f32* bias = nullptr;
  bool constant = false;
};

Operands read_operands(const Planner& p, const Node& node) {
  Operands o;
  o.weights = p.constant(node.inputs[1]);
  const bool has_bias = node.inputs.size > 2 && node.inputs[2] >= 0;
  o.bias = has_bias ? p.constant(node.inputs[2]) : nullptr;
  o.constant = o.weights && (o.bias || !has_bias);
  return o;
}

bool is_pointwise(const ConvStep& step) {
  return step.groups == 1 && step.phases.size == 1 && step.phases[0].taps.size == 1 &&
         step.stride_y * step.stride_x == 1;
}

// A depthwise convolution just before a pointwise one gives it row by row what it makes.
bool take_depthwise(Planner& p, i32 value, const Form& form, ConvStep* step) {
  Step* last =
      p.may("depthwise") && form.stored() && is_pointwise(*step) ? p.sole_maker(value) : nullptr;
  if (!last || last->kind != Text("conv")) return false;
  ConvStep* depthwise = static_cast<ConvStep*>(last);
  if (depthwise->method != ConvStep::Method::depthwise) return false;
  p.take_back();
  depthwise->sink.slot = -1;
  step->inner = depthwise;
  return true;
}

ConvStep::Method choose_method(const Planner& p, const ConvStep& step) {
  if (step.method != ConvStep::Method::dense) return step.method;  // that is known already
  if (step.groups > 1 && step.in_channels == 1 && step.out_channels == 1)
    return ConvStep::Method::depthwise;
  const bool adjoin = step.groups == 1 && step.stride_x == 1;
  const bool few = step.out_channels <= kPlanarChannels || step.out_channels == kPlanarPairs;
  if (adjoin && few) return ConvStep::Method::planar;
  if (p.may("winograd") && winograd_fits(step)) return ConvStep::Method::winograd;
  return ConvStep::Method::dense;
}

// Vectors run over output channels, or over pixels where those are few.
const Kernels& choose_kernels(Planner& p, const ConvStep& step) {
  const Machine& machine = p.session().machine;
  switch (step.method) {
    case ConvStep::Method::planar:
      return *machine.kernels;
    case ConvStep::Method::differences:
      return 2 * step.out_channels == kPlanarPairs ? *machine.kernels
                                                   : machine.kernels_for(step.out_channels);
    case ConvStep::Method::winograd:
    case ConvStep::Method::dense:
      return machine.kernels_for(step.out_channels);
    case ConvStep::Method::depthwise:
    case ConvStep::Method::maximum:
      return machine.kernels_for(step.groups);
  }
  return *machine.kernels;
}

// A GPU packs them in its own order.
void keep_weights(ConvStep* step, const Weights& weights, const f32* bias) {
  step->weights = weights;
  step->bias = bias;
  for (const Phase& phase : step->phases) {
    step->macs += step->out_batch * ceil_div(step->out_height, step->phases_y) *
                  ceil_div(step->out_width, step->phases_x) * phase.taps.size * step->in_channels *
                  step->channels_out();
  }
}

}  // namespace

Border window_border(const Window& window, f32 value) {
  Border border;
  border.value = value;
  border.top = window.pad_begin[0];
  border.left = window.pad_begin[1];
  border.bottom = window.pad_end[0];
  border.right = window.pad_end[1];
  return border;
}

pl_status add_border(Planner& p, i32 value, const Border& border, Form* form) {
  const Border& there = p.form(value).border;
  const bool same = there.mode == Border::Mode::constant && there.value == border.value;
  if (!border.none() && !there.none() && !same) {
    i32 slot;
    PL_TRY(p.stored_slot(value, &slot));
  }
  PL_TRY(p.copy_form(p.form(value), form));
  if (border.none()) return PL_OK;
  form->border.mode = Border::Mode::constant;
  form->border.value = border.value;
  form->border.top += border.top;
  form->border.left += border.left;
  form->border.bottom += border.bottom;
  form->border.right += border.right;
  return PL_OK;
}

pl_status finish_window(Planner& p, const Node& node, const Form& form, const Weights& weights,
                        const f32* bias, ConvStep* step) {
  const Shape& out = p.tensor(node.outputs[0]).shape;
  p.make_source(form, &step->source);
  const bool inner = take_depthwise(p, node.inputs[0], form, step);
  step->out_batch = out[0];
  step->out_height = out[2];
  step->out_width = out[3];
  step->method = choose_method(p, *step);
  step->tall = p.may("tall") && tall_fits(*step);
  PL_TRY(p.new_slot(channels_last(DType::f32, out), &step->sink.slot));
  step->sink.channels = out[1];
  step->sink.width = out[3];
  if (!kProcessor || (kGpu && p.session().gpu)) {
    keep_weights(step, weights, bias);
  } else {
    PL_TRY(finish_conv(step, weights, bias, choose_kernels(p, *step), p.arena(), p.error()));
  }
  if (inner) {
    step->macs += step->inner->macs;
    PL_TRY(p.emit(step, &step->sink, {step->inner->reads.data, step->inner->reads.size},
                  {&step->sink.slot, 1}));
  } else {
    PL_TRY(p.emit_image_step(step, step->source, &step->sink));
  }
  p.form(node.outputs[0]).slot = step->sink.slot;
  return PL_OK;
}

pl_status one_phase(Planner& p, const Window& window, ConvStep* step) {
  const i64 positions = window.kernel[0] * window.kernel[1];
  Tap* taps = p.arena().make<Tap>(positions);
  Phase* phase = p.arena().make<Phase>(1);
  if (!taps || !phase) return p.error().out_of_memory();
  phase->taps = {taps, positions};
  step->phases = {phase, 1};
  for (i64 k = 0; k < positions; ++k) {
    const i64 y = k / window.kernel[1], x = k % window.kernel[1];
    taps[k] = {static_cast<i32>(y * window.dilation[0]), static_cast<i32>(x * window.dilation[1]),
               static_cast<i32>(k)};
  }
  return PL_OK;
}

pl_status lower_conv(Planner& p, const Node& node, bool* done) {
  if (node.type != "Conv" || !p.is_image(node.inputs[0])) return PL_OK;
  const Operands operands = read_operands(p, node);
  if (!operands.constant || p.tensor(node.outputs[0]).count() == 0) return PL_OK;
  const Shape& w = p.tensor(node.inputs[1]).shape;
  Window window;
  PL_TRY(p.with_call(node, [&](const Call& call) {
    return read_window(call, p.tensor(node.inputs[0]).shape, w.dims + 2, &window);
  }));
  ConvStep* step;
  PL_TRY(p.new_step<ConvStep>(&node, "conv", &step));
  step->groups = node.integer("group", 1);
  step->in_channels = w[1];
  step->out_channels = w[0] / step->groups;
  step->stride_y = window.stride[0];
  step->stride_x = window.stride[1];
  Form form;
  PL_TRY(add_border(p, node.inputs[0], window_border(window, 0), &form));
  const i64 positions = w[2] * w[3];
  Weights weights{operands.weights, step->out_channels * w[1] * positions, w[1] * positions,
                  positions};
  bool split = false;
  const bool dense_steps =
      window.stride[0] * window.stride[1] * window.dilation[0] * window.dilation[1] == 1;
  if (dense_steps && p.may("phases")) PL_TRY(split_phases(p, &form, w, step, &weights, &split));
  if (!split) PL_TRY(one_phase(p, window, step));
  *done = true;
  return finish_window(p, node, form, weights, operands.bias, step);
}

namespace {

// Along one axis, output i = q * stride + phase reads input q + place(k) at kernel position k,
// where phase + pad - k * dilation is a multiple of the stride.
struct Axis {
  i64 kernel, stride, dilation, pad, in, out;

  bool hits(i64 phase, i64 k) const { return (phase + pad - k * dilation) % stride == 0; }
  i64 place(i64 phase, i64 k) const { return (phase + pad - k * dilation) / stride; }
};

// Zeros before and after the input that the taps of all outputs reach.
void reach(const Axis& axis, i64* before, i64* after) {
  *before = *after = 0;
  for (i64 phase = 0; phase < min(axis.stride, axis.out); ++phase) {
    const i64 last = (axis.out - 1 - phase) / axis.stride;
    for (i64 k = 0; k < axis.kernel; ++k) {
      if (!axis.hits(phase, k)) continue;
      *before = max(*before, -axis.place(phase, k));
      *after = max(*after, last + axis.place(phase, k) - (axis.in - 1));
    }
  }
}

pl_status make_phases(Planner& p, const Axis& y, const Axis& x, const Border& zeros,
                      ConvStep* step) {
  step->phases_y = y.stride;
  step->phases_x = x.stride;
  Phase* phases = p.arena().make<Phase>(y.stride * x.stride);
  if (!phases) return p.error().out_of_memory();
  step->phases = {phases, y.stride * x.stride};
  for (i64 py = 0; py < y.stride; ++py) {
    for (i64 px = 0; px < x.stride; ++px) {
      Array<Tap> taps(&p.arena());
      for (i64 ky = 0; ky < y.kernel; ++ky) {
        for (i64 kx = 0; kx < x.kernel; ++kx) {
          if (!y.hits(py, ky) || !x.hits(px, kx)) continue;
          const Tap tap{static_cast<i32>(y.place(py, ky) + zeros.top),
                        static_cast<i32>(x.place(px, kx) + zeros.left),
                        static_cast<i32>(ky * x.kernel + kx)};
          if (!taps.push(tap)) return p.error().out_of_memory();
        }
      }
      phases++->taps = {taps.begin(), taps.size()};
    }
  }
  return PL_OK;
}

}  // namespace

pl_status lower_conv_transpose(Planner& p, const Node& node, bool* done) {
  if (node.type != "ConvTranspose" || !p.is_image(node.inputs[0])) return PL_OK;
  const Operands operands = read_operands(p, node);
  if (!operands.constant || p.tensor(node.outputs[0]).count() == 0) return PL_OK;
  const Shape &in = p.tensor(node.inputs[0]).shape, &w = p.tensor(node.inputs[1]).shape;
  TransposedExtents e;
  PL_TRY(p.with_call(node, [&](const Call& call) { return read_transposed(call, &e); }));
  // A stride much larger than the image has phases without an output.
  if (e.stride[0] > e.out[0] || e.stride[1] > e.out[1]) return PL_OK;
  const Axis y{w[2], e.stride[0], e.dilation[0], e.pad_begin[0], in[2], e.out[0]};
  const Axis x{w[3], e.stride[1], e.dilation[1], e.pad_begin[1], in[3], e.out[1]};
  Border zeros;
  reach(y, &zeros.top, &zeros.bottom);
  reach(x, &zeros.left, &zeros.right);
  ConvStep* step;
  PL_TRY(p.new_step<ConvStep>(&node, "conv transposed", &step));
  step->groups = e.groups;
  step->in_channels = e.in_channels;
  step->out_channels = e.out_channels;
  Form form;
  PL_TRY(add_border(p, node.inputs[0], zeros, &form));
  // Other padding of the input stands between it and the zeros.
  PL_TRY(make_phases(p, y, x, zeros, step));
  const i64 positions = w[2] * w[3];
  const Weights weights{operands.weights, e.in_channels * w[1] * positions, positions,
                        w[1] * positions};
  *done = true;
  return finish_window(p, node, form, weights, operands.bias, step);
}

}  // namespace pl
