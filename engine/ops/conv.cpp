// Conv: cross-correlation over 1 to 3 spatial axes, with groups, strides, dilation and padding.
#include "ops/operator.h"
#include "ops/table.h"

namespace pl {
namespace {

struct Extents {
  Window window;
  i64 groups;
  i64 in_channels;   // of one group
  i64 out_channels;  // of one group
};

pl_status read_extents(const Call& call, Extents* e) {
  const Tensor &x = *call.in(0), &w = *call.in(1);
  e->groups = call.node.integer("group", 1);
  if (w.shape.rank != x.shape.rank)
    return call.invalid("weights of shape ", w.shape, " do not fit an input of shape ", x.shape);
  if (e->groups < 1 || w.shape[0] % e->groups)
    return call.invalid("group = ", e->groups, " does not divide ", w.shape[0], " output channels");
  e->in_channels = w.shape[1];
  e->out_channels = w.shape[0] / e->groups;
  if (x.shape[1] != e->in_channels * e->groups) {
    return call.invalid("the input has ", x.shape[1], " channels, the weights want ",
                        e->in_channels * e->groups);
  }
  return read_window(call, x.shape, w.shape.dims + 2, &e->window);
}

pl_status infer(Call& call) {
  PL_TRY(need_float(call, 0));
  PL_TRY(need_float(call, 1));
  PL_TRY(need_rank(call, 0, 3, 5));
  Extents e;
  PL_TRY(read_extents(call, &e));
  if (const Tensor* bias = call.in(2)) {
    PL_TRY(need_float(call, 2));
    if (bias->shape != Shape::of(e.groups * e.out_channels))
      return call.invalid("bias of shape ", bias->shape, " for ", e.groups * e.out_channels,
                          " output channels");
  }
  Shape shape = call.in(0)->shape;
  shape[1] = e.groups * e.out_channels;
  for (i32 a = 0; a < e.window.rank; ++a) shape[2 + a] = e.window.out[a];
  return set_output(call, 0, DType::f32, shape);
}

// Order of the sum: the bias, then kernel positions in row-major order, then input channels.
// Padding takes part as zeros.
void run(const Call& call) {
  const Tensor &x = *call.in(0), &w = *call.in(1), *bias = call.in(2);
  const Tensor& y = call.outputs[0];
  Extents e;
  if (read_extents(call, &e) != PL_OK) return;
  const Window& window = e.window;
  const i32 rank = window.rank;
  Shape kernel{rank, {}};
  for (i32 a = 0; a < rank; ++a) kernel[a] = window.kernel[a];

  Walk<1> out(y.shape);
  out.operand(0, y.strides);
  for (; !out.done(); out.next()) {
    const i64 n = out.index(0), channel = out.index(1);
    const i64 first = channel / e.out_channels * e.in_channels;
    f32 sum = bias ? bias->as<f32>()[channel * bias->strides[0]] : 0;
    for (Walk<1> tap(kernel); !tap.done(); tap.next()) {
      i64 at = n * x.strides[0] + first * x.strides[1];
      i64 weight = channel * w.strides[0];
      bool inside = true;
      for (i32 a = 0; a < rank; ++a) {
        const i64 i = out.index(2 + a) * window.stride[a] + tap.index(a) * window.dilation[a] -
                      window.pad_begin[a];
        inside = inside && i >= 0 && i < x.shape[2 + a];
        at += i * x.strides[2 + a];
        weight += tap.index(a) * w.strides[2 + a];
      }
      for (i64 c = 0; c < e.in_channels; ++c) {
        const f32 value = inside ? x.as<f32>()[at + c * x.strides[1]] : 0;
        sum = fma(value, w.as<f32>()[weight + c * w.strides[1]], sum);
      }
    }
    y.as<f32>()[out.offset(0)] = sum;
  }
}

}  // namespace

const Operator op_Conv = {"Conv",  "",    "auto_pad dilations group kernel_shape pads strides",
                          2,       3,     1,
                          nullptr, infer, beside_plans(run),
                          true};

}  // namespace pl
