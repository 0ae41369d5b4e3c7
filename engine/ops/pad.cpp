// Pad: a border of a constant, of the mirrored or repeated content, or of its outermost elements.
// A negative pad cuts off, before anything is added.
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

enum class Mode { constant, reflect, edge, wrap, unknown };

Mode read_mode(const Call& call) {
  const Text mode = call.node.text("mode", "constant");
  if (mode == "constant") return Mode::constant;
  if (mode == "reflect") return Mode::reflect;
  if (mode == "edge") return Mode::edge;
  return mode == "wrap" ? Mode::wrap : Mode::unknown;
}

// One axis: `extent` elements from `first` on are kept, `before` and `after` are added.
struct Border {
  i64 before = 0, after = 0;
  i64 first = 0, extent = 0;

  // The element that output index i repeats, or -1: the constant. Mirrored content is mirrored
  // again where the pad is wider than it, as in NumPy.
  i64 source(i64 i, Mode mode) const {
    i -= before;
    if (i >= 0 && i < extent) return first + i;
    if (mode == Mode::constant) return -1;
    if (mode == Mode::edge || (mode == Mode::reflect && extent == 1))
      return first + clamp<i64>(i, 0, extent - 1);
    const i64 period = mode == Mode::wrap ? extent : 2 * (extent - 1);
    const i64 phase = (i % period + period) % period;
    return first + (phase < extent ? phase : period - phase);
  }
};

pl_status read_borders(const Call& call, Border* borders) {
  const Shape& x = call.in(0)->shape;
  const bool as_inputs = call.node.opset >= 11;
  Integers pads, axes;
  PL_TRY(read_integers(call, "pads", as_inputs ? 1 : -1, &pads));
  PL_TRY(read_integers(call, "axes", call.node.opset >= 18 ? 3 : -1, &axes));
  bool padded[kMaxRank];
  PL_TRY(mark_axes(call, axes, x.rank, padded));
  const i64 count = axes.present ? axes.size : x.rank;
  if (pads.size != 2 * count)
    return call.invalid("'pads' has ", pads.size, " entries instead of ", 2 * count);
  for (i32 a = 0; a < x.rank; ++a) borders[a].extent = x[a];
  for (i64 i = 0; i < count; ++i) {
    i64 axis = axes.present ? axes.values[i] : i;
    if (axis < 0) axis += x.rank;
    const i64 begin = pads.values[i], end = pads.values[count + i];
    if (max(begin, end) > kMaxTensorBytes || min(begin, end) < -kMaxTensorBytes)
      return call.invalid("'pads' has the entries ", begin, " and ", end);
    Border& border = borders[axis];
    border = {max<i64>(begin, 0), max<i64>(end, 0), max<i64>(-begin, 0), x[axis]};
    border.extent += min<i64>(begin, 0) + min<i64>(end, 0);
    if (border.extent < 0) return call.invalid("'pads' cut more off axis ", axis, " than it has");
    const bool grows = border.before || border.after;
    if (grows && border.extent == 0 && read_mode(call) != Mode::constant)
      return call.invalid("axis ", axis, " has nothing to repeat");
  }
  return PL_OK;
}

pl_status check(const Call& call) {
  if (read_mode(call) == Mode::unknown)
    return call.unsupported("mode '", call.node.text("mode", ""), "' is not supported");
  return PL_OK;
}

pl_status infer(Call& call) {
  const Tensor& x = *call.in(0);
  if (const Tensor* value = call.in(2)) {
    if (value->type != x.type || value->count() != 1)
      return call.invalid("the constant has type ", type_name(value->type), " and shape ",
                          value->shape);
  }
  Border borders[kMaxRank];
  PL_TRY(read_borders(call, borders));
  Shape shape = x.shape;
  for (i32 a = 0; a < shape.rank; ++a)
    shape[a] = borders[a].before + borders[a].extent + borders[a].after;
  return set_output(call, 0, x.type, shape);
}

template <class T>
struct Padder {
  const Tensor& x;
  const Tensor& y;
  Mode mode;
  T value;
  Border borders[kMaxRank] = {};

  // Fills the part of `y` from offset `to` that spans the axes from `axis` on; `from` is the
  // offset in `x` of what it repeats, `inside` false where that is the constant.
  void fill(i32 axis, i64 from, i64 to, bool inside) const {
    if (axis == y.shape.rank) {
      y.as<T>()[to] = inside ? x.as<T>()[from] : value;
      return;
    }
    for (i64 i = 0; i < y.shape[axis]; ++i, to += y.strides[axis]) {
      const i64 source = borders[axis].source(i, mode);
      fill(axis + 1, from + max<i64>(source, 0) * x.strides[axis], to, inside && source >= 0);
    }
  }
};

template <class T>
void pad(const Call& call) {
  const Tensor& x = *call.in(0);
  T value{};
  if (const Tensor* constant = call.in(2)) {
    value = *constant->as<T>();
  } else if (x.type == DType::f32) {
    const f32 number = call.node.real("value", 0);
    copy(&value, &number, sizeof value);
  }
  Padder<T> padder{x, call.outputs[0], read_mode(call), value};
  if (read_borders(call, padder.borders) == PL_OK && padder.y.count()) padder.fill(0, 0, 0, true);
}

// Elements are only moved, so their width is all that matters.
void run(const Call& call) {
  switch (element_bytes(call.in(0)->type)) {
    case 1:
      return pad<u8>(call);
    case 4:
      return pad<u32>(call);
    default:
      return pad<u64>(call);
  }
}

}  // namespace

const Operator op_Pad = {"Pad", "",    "mode pads value", 1,   4, 1,
                         check, infer, beside_plans(run), true};

}  // namespace pl
