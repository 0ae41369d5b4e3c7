// ConvTranspose: the transpose of Conv, over 1 to 3 spatial axes, with groups, strides, dilation
// and padding.
#include "ops/conv_transpose.h"

#include "ops/table.h"

namespace pl {
namespace {

constexpr i64 kMaxEntry = 1 << 24;

// A list attribute with `count` entries from `least` on; absent: all `otherwise`.
pl_status read_list(const Call& call, const char* name, i32 count, i64 least, i64 otherwise,
                    i64* out) {
  const Span<i64> list = call.node.integers(name);
  if (!list.empty() && list.size != count)
    return call.invalid("'", name, "' has ", list.size, " entries instead of ", count);
  for (i32 i = 0; i < count; ++i) {
    out[i] = list.empty() ? otherwise : list[i];
    if (out[i] < least || out[i] > kMaxEntry)
      return call.invalid("'", name, "' has the entry ", out[i]);
  }
  return PL_OK;
}

// Output extents follow from the padding, or the padding from the output extents that
// `output_shape` or a "same" auto_pad asks for.
pl_status read_placement(const Call& call, TransposedExtents* e) {
  const Tensor &x = *call.in(0), &w = *call.in(1);
  i64 pads[6], extra[3], wanted[3];
  PL_TRY(read_list(call, "strides", e->rank, 1, 1, e->stride));
  PL_TRY(read_list(call, "dilations", e->rank, 1, 1, e->dilation));
  PL_TRY(read_list(call, "pads", 2 * e->rank, 0, 0, pads));
  PL_TRY(read_list(call, "output_padding", e->rank, 0, 0, extra));
  PL_TRY(read_list(call, "output_shape", e->rank, 0, 0, wanted));
  const Text automatic = call.node.text("auto_pad", "NOTSET");
  const bool upper = automatic == "SAME_UPPER", same = upper || automatic == "SAME_LOWER";
  if (!same && automatic != "NOTSET" && automatic != "VALID")
    return call.invalid("auto_pad '", automatic, "' is unknown");
  const bool given = !call.node.integers("output_shape").empty();
  for (i32 a = 0; a < e->rank; ++a) {
    const i64 extent = x.shape[2 + a];
    const i64 whole =
        (extent - 1) * e->stride[a] + extra[a] + (w.shape[2 + a] - 1) * e->dilation[a] + 1;
    if (given || same) {
      e->out[a] = given ? wanted[a] : extent * e->stride[a];
      const i64 total = max<i64>(0, whole - e->out[a]);
      e->pad_begin[a] = upper ? total / 2 : total - total / 2;
    } else {
      const bool padded = automatic == "NOTSET";
      e->pad_begin[a] = padded ? pads[a] : 0;
      e->out[a] = whole - e->pad_begin[a] - (padded ? pads[e->rank + a] : 0);
    }
  }
  return PL_OK;
}

}  // namespace

pl_status read_transposed(const Call& call, TransposedExtents* e) {
  const Tensor &x = *call.in(0), &w = *call.in(1);
  if (w.shape.rank != x.shape.rank || w.shape[0] != x.shape[1])
    return call.invalid("weights of shape ", w.shape, " do not fit an input of shape ", x.shape);
  e->rank = x.shape.rank - 2;
  e->groups = call.node.integer("group", 1);
  if (e->groups < 1 || w.shape[0] % e->groups)
    return call.invalid("group = ", e->groups, " does not divide ", w.shape[0], " input channels");
  if (w.shape[1] > kMaxTensorBytes / e->groups)
    return call.invalid("group = ", e->groups, " with weights of shape ", w.shape);
  e->in_channels = w.shape[0] / e->groups;
  e->out_channels = w.shape[1];
  return read_placement(call, e);
}

namespace {

pl_status infer(Call& call) {
  PL_TRY(need_float(call, 0));
  PL_TRY(need_float(call, 1));
  PL_TRY(need_rank(call, 0, 3, 5));
  TransposedExtents e;
  PL_TRY(read_transposed(call, &e));
  const i64 channels = e.groups * e.out_channels;
  if (const Tensor* bias = call.in(2)) {
    PL_TRY(need_float(call, 2));
    if (bias->shape != Shape::of(channels))
      return call.invalid("bias of shape ", bias->shape, " for ", channels, " output channels");
  }
  Shape shape = call.in(0)->shape;
  shape[1] = channels;
  for (i32 a = 0; a < e.rank; ++a) shape[2 + a] = e.out[a];
  return set_output(call, 0, DType::f32, shape);
}

// Order of the sum: the bias, then kernel positions in row-major order, then input channels. Only
// taps that hit an input pixel take part.
void run(const Call& call) {
  const Tensor &x = *call.in(0), &w = *call.in(1), *bias = call.in(2);
  const Tensor& y = call.outputs[0];
  TransposedExtents e;
  if (read_transposed(call, &e) != PL_OK) return;
  Shape kernel{e.rank, {}};
  for (i32 a = 0; a < e.rank; ++a) kernel[a] = w.shape[2 + a];

  Walk<1> out(y.shape);
  out.operand(0, y.strides);
  for (; !out.done(); out.next()) {
    const i64 n = out.index(0), channel = out.index(1);
    const i64 first = channel / e.out_channels * e.in_channels;
    f32 sum = bias ? bias->as<f32>()[channel * bias->strides[0]] : 0;
    for (Walk<1> tap(kernel); !tap.done(); tap.next()) {
      i64 at = n * x.strides[0] + first * x.strides[1];
      i64 weight = first * w.strides[0] + channel % e.out_channels * w.strides[1];
      bool hit = true;
      for (i32 a = 0; a < e.rank; ++a) {
        const i64 place = out.index(2 + a) + e.pad_begin[a] - tap.index(a) * e.dilation[a];
        const i64 i = place / e.stride[a];
        hit = hit && place >= 0 && place % e.stride[a] == 0 && i < x.shape[2 + a];
        at += i * x.strides[2 + a];
        weight += tap.index(a) * w.strides[2 + a];
      }
      for (i64 c = 0; hit && c < e.in_channels; ++c) {
        sum = fma(x.as<f32>()[at + c * x.strides[1]], w.as<f32>()[weight + c * w.strides[0]], sum);
      }
    }
    y.as<f32>()[out.offset(0)] = sum;
  }
}

}  // namespace

const Operator op_ConvTranspose = {
    "ConvTranspose",
    "",
    "auto_pad dilations group kernel_shape output_padding output_shape pads strides",
    2,
    3,
    1,
    nullptr,
    infer,
    beside_plans(run),
    true};

}  // namespace pl
