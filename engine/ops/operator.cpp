#include "ops/operator.h"

#include "ops/pointwise.h"

namespace pl {

pl_status Call::fail_with(pl_status code, Span<const Part> parts) const {
  const char* reason = kPainting ? "not as a style network has it; the native engine says why" : "";
  return error.say(code, "node '", node.name, "' (", node.type, "): ", reason, parts);
}

pl_status normalize_axis(const Call& call, i64 axis, i64 rank, i64* out) {
  if (axis < -rank || axis >= rank)
    return call.invalid("axis ", axis, " of a tensor of rank ", rank);
  *out = axis < 0 ? axis + rank : axis;
  return PL_OK;
}

i64 integer_at(const Tensor& tensor, i64 i) {
  return tensor.type == DType::i64 ? tensor.as<i64>()[i] : tensor.as<i32>()[i];
}

pl_status read_integers(const Call& call, const char* name, i64 index, Integers* out) {
  *out = {};
  const Tensor* input = index >= 0 ? call.in(index) : nullptr;
  const Span<i64> listed = call.node.integers(name);
  out->present = input || call.node.has(name);
  out->size = input ? input->count() : listed.size;
  if (out->size > 2 * kMaxRank)
    return call.unsupported("'", name, "' has ", out->size, " elements");
  if (input && input->type != DType::i64 && input->type != DType::i32)
    return call.invalid("'", name, "' must be integers");
  if (input && !input->data && out->size)
    return call.unsupported(
        "'", name, "' depends on the input's elements; it must be known when the session is made");
  for (i64 i = 0; i < out->size; ++i) out->values[i] = input ? integer_at(*input, i) : listed[i];
  return PL_OK;
}

void run_view(const Call& call) {
  Tensor view = *call.in(0);
  const i64 first = call.node.op->view(call, &view);
  if (view.count() == 0) return;
  view.data = view.as<u8>() + first * element_bytes(view.type);
  copy_elements(call.outputs[0], view);
}

pl_status need_float(const Call& call, i64 index) {
  const Tensor* x = call.in(index);
  if (!x) return call.invalid("input ", index, " is missing");
  if (x->type != DType::f32)
    return call.unsupported("input ", index, " of type ", type_name(x->type), "; only float32 is");
  return PL_OK;
}

pl_status need_rank(const Call& call, i64 index, i64 least, i64 most) {
  const Shape& shape = call.in(index)->shape;
  if (shape.rank >= least && shape.rank <= most) return PL_OK;
  return call.unsupported("input ", index, " has shape ", shape, "; rank ", least, " to ", most,
                          " is supported");
}

pl_status broadcast_shapes(const Call& call, const Shape& a, const Shape& b, Shape* out) {
  out->rank = max(a.rank, b.rank);
  for (i32 i = 1; i <= out->rank; ++i) {
    const i64 p = i <= a.rank ? a[a.rank - i] : 1;
    const i64 q = i <= b.rank ? b[b.rank - i] : 1;
    if (p != q && p != 1 && q != 1)
      return call.invalid("shapes ", a, " and ", b, " do not broadcast");
    (*out)[out->rank - i] = p == 1 ? q : p;
  }
  return PL_OK;
}

pl_status set_output(Call& call, i64 i, DType type, const Shape& shape) {
  if (checked_count(shape, element_bytes(type)) < 0) {
    return call.fail(PL_LIMIT, "an output of shape ", shape, " is negative or passes ",
                     kMaxTensorBytes, " bytes");
  }
  call.outputs[i].type = type;
  call.outputs[i].shape = shape;
  return PL_OK;
}

void run_unary(const Call& call) {
  UnaryUse use;
  if (!call.node.op->unary(call, &use)) return;
  switch (use.kind) {
#define PL_CASE(name, expression) \
  case Unary::name:               \
    return each_element(call, [&](f32 x) { return unary<Unary::name, f32>(x, use.a, use.b); });
    PL_USED_UNARIES(PL_CASE)
#undef PL_CASE
    default:  // of an operator that this build has not
      return;
  }
}

pl_status infer_binary(Call& call) {
  const Tensor *a = call.in(0), *b = call.in(1);
  if (a->type != b->type)
    return call.invalid("inputs of types ", type_name(a->type), " and ", type_name(b->type));
  if (!has_arithmetic(a->type)) return call.unsupported("inputs of type ", type_name(a->type));
  Shape shape;
  PL_TRY(broadcast_shapes(call, a->shape, b->shape, &shape));
  return set_output(call, 0, a->type, shape);
}

namespace {

// A list attribute with one entry for each spatial axis; absent: `otherwise`.
pl_status read_list(const Call& call, const char* name, i32 count, i64 least, i64* out,
                    i64 otherwise) {
  const Span<i64> list = call.node.integers(name);
  if (!list.empty() && list.size != count)
    return call.invalid("'", name, "' has ", list.size, " entries instead of ", count);
  for (i32 i = 0; i < count; ++i) {
    out[i] = list.empty() ? otherwise : list[i];
    if (out[i] < least || out[i] > (1 << 24))
      return call.invalid("'", name, "' has the entry ", out[i]);
  }
  return PL_OK;
}

}  // namespace

pl_status read_window(const Call& call, const Shape& input, const i64* kernel, Window* window) {
  Window& w = *window;
  w.rank = input.rank - 2;
  if (w.rank < 1 || w.rank > 3)
    return call.unsupported("an input of shape ", input, "; 1 to 3 spatial axes are supported");
  if (kernel) {
    for (i32 a = 0; a < w.rank; ++a) w.kernel[a] = kernel[a];
  } else {
    if (!call.node.has("kernel_shape")) return call.invalid("'kernel_shape' is missing");
    PL_TRY(read_list(call, "kernel_shape", w.rank, 1, w.kernel, 1));
  }
  PL_TRY(read_list(call, "strides", w.rank, 1, w.stride, 1));
  PL_TRY(read_list(call, "dilations", w.rank, 1, w.dilation, 1));
  i64 pads[6];
  PL_TRY(read_list(call, "pads", 2 * w.rank, 0, pads, 0));
  const Text automatic = call.node.text("auto_pad", "NOTSET");
  const bool same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
  if (!same && automatic != "NOTSET" && automatic != "VALID")
    return call.invalid("auto_pad '", automatic, "' is unknown");
  const bool ceil_mode = call.node.integer("ceil_mode", 0) != 0;
  for (i32 a = 0; a < w.rank; ++a) {
    if (w.kernel[a] < 1 || w.kernel[a] > (1 << 24))
      return call.invalid("kernel extent ", w.kernel[a]);
    const i64 extent = input[2 + a];
    const i64 reach = (w.kernel[a] - 1) * w.dilation[a] + 1;
    if (same) {
      w.out[a] = ceil_div(extent, w.stride[a]);
      const i64 total = max<i64>(0, (w.out[a] - 1) * w.stride[a] + reach - extent);
      w.pad_begin[a] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
      w.pad_end[a] = total - w.pad_begin[a];
      continue;
    }
    w.pad_begin[a] = automatic == "VALID" ? 0 : pads[a];
    w.pad_end[a] = automatic == "VALID" ? 0 : pads[w.rank + a];
    const i64 room = extent + w.pad_begin[a] + w.pad_end[a] - reach;
    if (room < 0)
      return call.invalid("the kernel reaches over ", reach, " but axis ", 2 + a, " of ", input,
                          " is smaller with its padding");
    w.out[a] = room / w.stride[a] + 1;
    if (ceil_mode && room % w.stride[a]) {
      // A window that would start in the end padding is left out.
      const i64 last = w.out[a] * w.stride[a];
      if (last < extent + w.pad_begin[a]) ++w.out[a];
    }
  }
  return PL_OK;
}

}  // namespace pl
