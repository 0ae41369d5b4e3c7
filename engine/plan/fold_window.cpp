// Operators that move pixels: they become index rules of a load, crops of a store, or views.
#include "plan/planner.h"

namespace pl {
namespace {

bool is(const Node& node, const char* type) {
  return node.type == type;
}

// A form of `value` with no window yet.
pl_status without_window(Planner& p, i32 value, Form* form) {
  if (p.form(value).has_window()) {
    i32 slot;
    PL_TRY(p.stored_slot(value, &slot));
  }
  return p.copy_form(p.form(value), form);
}

bool read_mode(const Node& node, Border::Mode* mode) {
  const Text text = node.text("mode", "constant");
  *mode = text == "reflect" ? Border::Mode::reflect
          : text == "edge"  ? Border::Mode::edge
                            : Border::Mode::constant;
  return text != "wrap";
}

// Pads of height and width alone, none of them negative.
bool read_border(const Call& call, Border* border) {
  const Node& node = call.node;
  Integers pads, axes;
  const bool inputs = node.opset >= 11;
  if (!read_mode(node, &border->mode)) return false;
  if (read_integers(call, "pads", inputs ? 1 : -1, &pads) != PL_OK) return false;
  if (read_integers(call, "axes", node.opset >= 18 ? 3 : -1, &axes) != PL_OK) return false;
  if (border->mode == Border::Mode::constant) {
    const Tensor* value = call.in(2);
    if (value && value->type != DType::f32) return false;
    border->value = value ? *value->as<f32>() : inputs ? 0 : node.real("value", 0);
  }
  const i64 count = axes.present ? axes.size : 4;
  i64 begin[4] = {}, end[4] = {};
  for (i64 i = 0; i < count; ++i) {
    const i64 axis = axes.present ? (axes.values[i] + 4) % 4 : i;
    begin[axis] = pads.values[i];
    end[axis] = pads.values[count + i];
  }
  if (begin[0] || end[0] || begin[1] || end[1]) return false;
  border->top = begin[2];
  border->left = begin[3];
  border->bottom = end[2];
  border->right = end[3];
  return min(min(begin[2], begin[3]), min(end[2], end[3])) >= 0;
}

}  // namespace

pl_status fold_padding(Planner& p, const Node& node, bool* done) {
  const i32 in = node.inputs[0];
  if (!is(node, "Pad") || !p.is_image(in)) return PL_OK;
  if (p.tensor(in).type != DType::f32) return PL_OK;
  if (node.inputs.size > 2 && node.inputs[2] >= 0 && !p.tensor(node.inputs[2]).data) return PL_OK;
  Border border;
  if (!p.with_call(node, [&](const Call& call) { return read_border(call, &border); }))
    return PL_OK;
  const Shape& shape = p.tensor(in).shape;
  const bool mirrors = border.mode == Border::Mode::reflect;
  if (mirrors &&
      (max(border.top, border.bottom) >= shape[2] || max(border.left, border.right) >= shape[3])) {
    return PL_OK;
  }
  Form form;
  if (!p.form(in).border.none()) {
    i32 slot;
    PL_TRY(p.stored_slot(in, &slot));
  }
  PL_TRY(p.copy_form(p.form(in), &form));
  if (!border.none()) form.border = border;
  *done = true;
  return p.set_form(node.outputs[0], form);
}

namespace {

// Does out[i] read in[i / factor] for an integer factor?
bool repeats(const Node& node) {
  if (node.text("mode", "nearest") != "nearest") return false;
  if (is(node, "Upsample") || node.opset < 11) return true;
  const Text place = node.text("coordinate_transformation_mode", "half_pixel");
  const Text round = node.text("nearest_mode", "round_prefer_floor");
  if (place == "asymmetric") return round == "floor";
  return (place == "half_pixel" || place == "pytorch_half_pixel") && round != "floor" &&
         round != "ceil";
}

// Other scales may give the same extents, and not the same places.
bool whole_scales(const Planner& p, const Node& node) {
  Span<f32> scales = node.reals("scales");  // until opset 8
  const i64 at = is(node, "Resize") && node.opset >= 11 ? 2 : 1;
  if (node.inputs.size > at && node.inputs[at] >= 0) {
    const Tensor& given = p.tensor(node.inputs[at]);
    scales = {given.as<f32>(), given.data ? given.count() : 0};
  }
  for (f32 scale : scales) {
    if (scale != static_cast<f32>(static_cast<i64>(scale))) return false;
  }
  return node.text("keep_aspect_ratio_policy", "stretch") == "stretch";
}

}  // namespace

pl_status fold_upsampling(Planner& p, const Node& node, bool* done) {
  const i32 in = node.inputs[0], out = node.outputs[0];
  if ((!is(node, "Resize") && !is(node, "Upsample")) || !p.is_image(in) || !repeats(node) ||
      !whole_scales(p, node))
    return PL_OK;
  const Shape &from = p.tensor(in).shape, &to = p.tensor(out).shape;
  if (p.tensor(in).type != DType::f32 || to[0] != from[0] || to[1] != from[1]) return PL_OK;
  if (to[2] % from[2] || to[3] % from[3]) return PL_OK;
  Form form;
  PL_TRY(without_window(p, in, &form));
  form.up_y = to[2] / from[2];
  form.up_x = to[3] / from[3];
  *done = true;
  return p.set_form(out, form);
}

pl_status fold_blocks(Planner& p, const Node& node, bool* done) {
  const i32 in = node.inputs[0], out = node.outputs[0];
  const bool on_gpu = kGpu && p.session().gpu;  // has a shader for the node itself
  // A module for browsers, where every byte is fetched, does with the plain loop.
  if (kPainting || on_gpu || !is(node, "SpaceToDepth") || !p.is_image(in)) return PL_OK;
  if (node.text("mode", "DCR") != "DCR" || p.tensor(in).type != DType::f32) return PL_OK;
  MapStep* step;
  PL_TRY(p.new_step<MapStep>(&node, "map", &step));
  step->block = node.integer("blocksize", 1);
  PL_TRY(p.emit_map(step, p.form(in), DType::f32, p.tensor(out).shape));
  Form form;
  form.slot = step->sink.slot;
  *done = true;
  return p.set_form(out, form);
}

namespace {

// Cuts what the maker of the slot stores instead of looking at a part of it.
bool crop_sink(Planner& p, i32 value, const Tensor& part, i64 offset) {
  Sink* sink = p.open_sink(value);
  if (!sink) return false;
  Tensor& t = p.slot(sink->slot).tensor;
  for (i32 a = 0; a < 4; ++a) {
    if (part.strides[a] != t.strides[a]) return false;
  }
  if (part.shape[0] != t.shape[0] || part.shape[1] != t.shape[1]) return false;
  const i64 top = offset / t.strides[2], left = offset % t.strides[2] / t.strides[3];
  if (top * t.strides[2] + left * t.strides[3] != offset) return false;
  if (top + part.shape[2] > t.shape[2] || left + part.shape[3] > t.shape[3]) return false;
  for (const Stage& stage : sink->stages) {
    if (stage.kind == Stage::Kind::combine) return false;
  }
  sink->top += top;
  sink->left += left;
  sink->whole = false;
  t = channels_last(t.type, part.shape);
  return true;
}

}  // namespace

pl_status fold_view(Planner& p, const Node& node, bool* done) {
  const i32 in = node.inputs[0], out = node.outputs[0];
  if (!node.op->view || p.tensor(in).data) return PL_OK;
  const bool keeps_bytes = p.form(in).bytes_alone();
  i32 slot = p.form(in).slot;
  if (!keeps_bytes) PL_TRY(p.stored_slot(in, &slot));
  Tensor part = p.slot(slot).tensor;
  const i64 offset =
      p.with_call(node, [&](const Call& call) { return node.op->view(call, &part); });
  if (part.count() == 0) return PL_OK;
  for (i32 a = 0; a < part.shape.rank; ++a) {
    if (part.strides[a] < 0 || part.strides[a] > p.slot(slot).tensor.count()) return PL_OK;
  }
  *done = true;
  Form form;
  form.to_float = keeps_bytes;
  if (crop_sink(p, in, part, offset)) {
    form.slot = slot;
  } else {
    PL_TRY(p.new_view(slot, part, offset, &form.slot));
  }
  return p.set_form(out, form);
}

namespace {

// The sink that could store `value` as bytes: its maker's, also where a mere reordering of axes
// stands between them.
Sink* byte_sink(Planner& p, i32 value) {
  if (Sink* sink = p.open_sink(value)) return sink;
  const i32 maker = p.session().values[value].producer;
  const Form& form = p.form(value);
  if (maker < 0 || !form.stored() || !p.slot(form.slot).reorders) return nullptr;
  const Node& node = p.session().model->graph.nodes[maker];
  const i32 under = node.inputs[0];
  const bool only =
      p.uses(value) == 1 && node.op->view && p.form(under).slot == p.slot(form.slot).base;
  return only ? p.open_sink(under) : nullptr;
}

}  // namespace

pl_status fold_cast(Planner& p, const Node& node, bool* done) {
  const i32 in = node.inputs[0], out = node.outputs[0];
  if (is(node, "Identity") || is(node, "Dropout")) {
    const bool mask = node.outputs.size > 1 && node.outputs[1] >= 0;
    if (mask || p.tensor(in).data || p.uses(in) != 1) return PL_OK;
    *done = true;
    return p.set_form(out, p.form(in));
  }
  if (!is(node, "Cast") || !p.is_image(in)) return PL_OK;
  const DType from = p.tensor(in).type, to = p.tensor(out).type;
  Form form;
  if (from == DType::u8 && to == DType::f32 && p.form(in).stored() &&
      node.integer("to", 0) == PL_FLOAT32) {
    form = p.form(in);
    form.to_float = true;
  } else if (from == DType::f32 && to == DType::u8) {
    if (const Sink* sink = byte_sink(p, in)) {
      form = p.form(in);
      p.slot(form.slot).tensor.type = p.slot(sink->slot).tensor.type = DType::u8;
    } else {
      MapStep* step;
      PL_TRY(p.new_step<MapStep>(&node, "map", &step));
      PL_TRY(p.emit_map(step, p.form(in), DType::u8, p.tensor(out).shape));
      form.slot = step->sink.slot;
    }
  } else {
    return PL_OK;
  }
  *done = true;
  return p.set_form(out, form);
}

}  // namespace pl
