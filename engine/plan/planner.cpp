#include "plan/planner.h"

namespace pl {
namespace {

// In the order in which they are tried.
const Rewrite kRewrites[] = {
    {"unary", fold_unary},
    {"parameters", fold_parameters},
    {"residual", fold_residual},
    {"matrix", fold_matrix},
    {"norm", fold_norm},
    {"padding", fold_padding},
    {"upsampling", fold_upsampling},
    {"blocks", fold_blocks},
    {"view", fold_view},
    {"cast", fold_cast},
    {"conv", lower_conv},
    {"conv-transposed", lower_conv_transpose},
    {"pool", lower_pool},
    {"phases", nullptr},
    {"differences", nullptr},
    {"winograd", nullptr},
    {"tall", nullptr},
    {"depthwise", nullptr},
};

// Is the view all of the base with its axes in another order?
void find_order(const Tensor& base, Slot* view) {
  const Tensor& t = view->tensor;
  view->reorders = view->offset == 0 && t.count() == base.count();
  for (i32 a = 0; a < t.shape.rank; ++a) {
    view->order[a] = -1;
    for (i32 b = 0; b < base.shape.rank; ++b) {
      if (t.shape[a] > 1 && t.shape[a] == base.shape[b] && t.strides[a] == base.strides[b])
        view->order[a] = b;
    }
    view->reorders = view->reorders && (t.shape[a] == 1 || view->order[a] >= 0);
  }
}

}  // namespace

const char* rewrite_name(i64 index) {
  constexpr i64 count = sizeof kRewrites / sizeof *kRewrites;
  return index >= 0 && index < count ? kRewrites[index].name : nullptr;
}

pl_status Planner::plan() {
  if (!forms_.resize(session_.values.size())) return error_.out_of_memory();
  PL_TRY(count_uses());
  PL_TRY(find_late());
  PL_TRY(make_ports());
  // Parameters of a run come before the images that they are applied to, wherever the file has
  // them: any store can then look at them.
  PL_TRY(plan_nodes(false));
  PL_TRY(plan_nodes(true));
  return bind_outputs();
}

pl_status Planner::plan_nodes(bool late) {
  for (const Node& node : session_.model->graph.nodes) {
    if (is_late(node) == late) PL_TRY(plan_node(node));
  }
  return PL_OK;
}

bool Planner::is_late(const Node& node) const {
  for (i32 in : node.inputs) {
    if (in >= 0 && late_[in]) return true;
  }
  return false;
}

pl_status Planner::find_late() {
  const Graph& graph = session_.model->graph;
  if (!late_.resize(session_.values.size())) return error_.out_of_memory();
  for (const Port& port : graph.inputs) late_[port.value] = is_image(port.value);
  for (const Node& node : graph.nodes) {
    const bool late = is_late(node);
    for (i32 out : node.outputs) {
      if (out >= 0) late_[out] = late;
    }
  }
  return PL_OK;
}

// Readers of a value that are not folded away, from the outputs backwards.
pl_status Planner::count_uses() {
  const Graph& graph = session_.model->graph;
  if (!uses_.resize(session_.values.size())) return error_.out_of_memory();
  for (const Port& port : graph.outputs) ++uses_[port.value];
  for (i64 i = graph.nodes.size() - 1; i >= 0; --i) {
    const Node& node = graph.nodes[i];
    bool needed = false;
    for (i32 out : node.outputs) {
      needed = needed || (out >= 0 && uses_[out] > 0 && !tensor(out).data);
    }
    for (i32 in : node.inputs) {
      if (needed && in >= 0) ++uses_[in];
    }
  }
  return PL_OK;
}

pl_status Planner::make_ports() {
  const Graph& graph = session_.model->graph;
  i32* slots = arena().make<i32>(graph.inputs.size());
  if (!slots) return error_.out_of_memory();
  session_.input_slots = {slots, graph.inputs.size()};
  for (i64 i = 0; i < graph.inputs.size(); ++i) {
    const i32 value = graph.inputs[i].value;
    PL_TRY(new_slot(tensor(value), &slots[i]));
    // float16 comes in through memory of our own, as float32.
    if (graph.inputs[i].type != DType::f16) slot(slots[i]).port = static_cast<i32>(i);
    forms_[value].slot = slots[i];
  }
  return PL_OK;
}

pl_status Planner::plan_node(const Node& node) {
  bool needed = false;
  for (i32 out : node.outputs) {
    needed = needed || (out >= 0 && uses_[out] > 0 && !tensor(out).data);
  }
  if (!needed) return PL_OK;
  // The processor computes parameters for a GPU, which has images alone.
  const bool beside_gpu = kGpu && session_.gpu && !is_late(node);
  for (const Rewrite& rewrite : kRewrites) {
    if (beside_gpu && rewrite.apply != fold_view) continue;
    // Reference loops remember nothing from run to run.
    const bool must = rewrite.apply == fold_norm && session_.machine.smoothing > 0;
    if (!rewrite.apply || !(must || (fuse_ && may(rewrite.name)))) continue;
    bool done = false;
    PL_TRY(rewrite.apply(*this, node, &done));
    if (done) return PL_OK;
  }
  return reference(node);
}

const f32* Planner::constant(i32 value) const {
  if (value < 0) return nullptr;
  const Tensor& t = tensor(value);
  return t.type == DType::f32 ? t.as<f32>() : nullptr;
}

bool Planner::is_image(i32 value) const {
  if (value < 0) return false;
  const Tensor& t = tensor(value);
  return t.shape.rank == 4 && !t.data && t.count() > 0 &&
         (t.type == DType::f32 || t.type == DType::u8);
}

// ---- slots and steps --------------------------------------------------------------------------

pl_status Planner::new_slot(const Tensor& tensor, i32* index) {
  *index = static_cast<i32>(session_.slots.size());
  Slot slot;
  slot.tensor = tensor;
  return session_.slots.push(slot) && makers_.push({}) ? PL_OK : error_.out_of_memory();
}

pl_status Planner::new_view(i32 base, const Tensor& tensor, i64 offset, i32* index) {
  PL_TRY(new_slot(tensor, index));
  // A view of a view looks straight into what is stored.
  const Slot& under = slot(base);
  slot(*index).base = under.base >= 0 ? under.base : base;
  slot(*index).offset = under.offset + offset;
  find_order(slot(slot(*index).base).tensor, &slot(*index));
  return PL_OK;
}

pl_status Planner::emit(Step* step, Sink* sink, Span<const i32> reads, Span<const i32> writes) {
  i32* slots = arena().make<i32>(reads.size + writes.size);
  if (!slots) return error_.out_of_memory();
  step->reads = {slots, reads.size};
  step->writes = {slots + reads.size, writes.size};
  for (i64 i = 0; i < reads.size; ++i) step->reads[i] = reads[i];
  for (i64 i = 0; i < writes.size; ++i) step->writes[i] = writes[i];
  if (!session_.steps.push(step)) return error_.out_of_memory();
  for (i32 written : writes) {
    if (written >= 0) makers_[written] = {session_.steps.size() - 1, sink, false};
  }
  return PL_OK;
}

pl_status Planner::extend(Span<i32>* slots, i32 slot) {
  i32* longer = arena().make<i32>(slots->size + 1);
  if (!longer) return error_.out_of_memory();
  for (i64 i = 0; i < slots->size; ++i) longer[i] = (*slots)[i];
  longer[slots->size] = slot;
  *slots = {longer, slots->size + 1};
  return PL_OK;
}

// ---- forms ------------------------------------------------------------------------------------

pl_status Planner::copy_form(const Form& form, Form* copy) {
  *copy = form;
  copy->stages = Array<Stage>(&arena());
  for (const Stage& stage : form.stages) {
    if (!copy->stages.push(stage)) return error_.out_of_memory();
  }
  return PL_OK;
}

pl_status Planner::set_form(i32 to, const Form& form) {
  forms_[to] = form;
  if (uses_[to] <= 1 || form.bytes_alone()) return PL_OK;
  i32 slot;
  PL_TRY(stored_slot(to, &slot));
  makers_[slot].shared = true;
  return PL_OK;
}

void Planner::make_source(const Form& form, Source* source) {
  const Tensor& t = slot(form.slot).tensor;
  source->slot = form.slot;
  source->stages = {form.stages.begin(), form.stages.size()};
  source->up_y = form.up_y;
  source->up_x = form.up_x;
  source->border = form.border;
  source->batch = t.shape[0];
  source->channels = t.shape[1];
  source->height = t.shape[2];
  source->width = t.shape[3];
}

Sink* Planner::open_sink(i32 value) {
  const Form& form = forms_[value];
  if (!form.stored() || uses_[value] != 1) return nullptr;
  const Slot& s = slot(form.slot);
  if (s.base >= 0 || s.port >= 0 || s.tensor.type != DType::f32) return nullptr;
  const Maker& maker = makers_[form.slot];
  return maker.sink && maker.sink->stats < 0 && !maker.shared ? maker.sink : nullptr;
}

i64 Planner::made_at(i32 index) const {
  const i32 base = session_.slots[index].base;
  return makers_[base >= 0 ? base : index].step;
}

Sink* Planner::open_sink(i32 value, i32 index) {
  Sink* sink = open_sink(value);
  return sink && (index < 0 || made_at(index) < made_at(forms_[value].slot)) ? sink : nullptr;
}

Step* Planner::sole_maker(i32 value) {
  const Sink* sink = open_sink(value);
  const i64 last = session_.steps.size() - 1;
  return sink && sink->whole && makers_[forms_[value].slot].step == last ? session_.steps[last]
                                                                         : nullptr;
}

pl_status Planner::add_stage(i32 from, const Stage& stage, i32 to) {
  const bool combine = stage.kind == Stage::Kind::combine;
  const i32 looks_at = combine ? stage.other : stage.parameters;
  Sink* sink = open_sink(from, looks_at);
  if (sink && sink->stages.size < kMaxStages) {
    Array<Stage> stages(&arena());
    for (const Stage& before : sink->stages) {
      if (!stages.push(before)) return error_.out_of_memory();
    }
    if (!stages.push(stage)) return error_.out_of_memory();
    sink->stages = {stages.begin(), stages.size()};
    if (looks_at >= 0) PL_TRY(also_reads(makers_[forms_[from].slot].step, looks_at));
    return set_form(to, forms_[from]);
  }
  Form form;
  PL_TRY(copy_form(forms_[from], &form));
  // Only what looks at one element and not at its place can be done before the window.
  const bool constants = !form.border.none() && form.border.mode == Border::Mode::constant;
  if (constants || (combine && form.has_window()) || form.stages.size() == kMaxStages) {
    i32 slot;
    PL_TRY(stored_slot(from, &slot));
    form = Form();
    form.stages = Array<Stage>(&arena());
    form.slot = slot;
  }
  if (!form.stages.push(stage)) return error_.out_of_memory();
  return set_form(to, form);
}

pl_status Planner::stored_slot(i32 value, i32* out) {
  Form& form = forms_[value];
  if (tensor(value).data) return constant_slot(value, out);
  if (form.stored()) {
    *out = form.slot;
    return PL_OK;
  }
  MapStep* step;
  PL_TRY(new_step<MapStep>(nullptr, "map", &step));
  step->name = session_.values[value].name;
  PL_TRY(emit_map(step, form, DType::f32, tensor(value).shape));
  form = Form();
  form.slot = *out = step->sink.slot;
  makers_[*out].shared = uses_[value] > 1;
  return PL_OK;
}

pl_status Planner::emit_map(MapStep* step, const Form& form, DType type, const Shape& shape) {
  make_source(form, &step->source);
  PL_TRY(new_slot(channels_last(type, shape), &step->sink.slot));
  step->sink.channels = shape[1];
  step->sink.width = shape[3];
  finish_map(step);
  return emit_image_step(step, step->source, &step->sink);
}

pl_status Planner::emit_image_step(Step* step, const Source& source, Sink* sink) {
  Array<i32> reads(&arena());
  if (!reads.push(source.slot)) return error_.out_of_memory();
  for (const Stage& stage : source.stages) {
    if (stage.other >= 0 && !reads.push(stage.other)) return error_.out_of_memory();
    if (stage.parameters >= 0 && !reads.push(stage.parameters)) return error_.out_of_memory();
  }
  return emit(step, sink, {reads.begin(), reads.size()}, {&sink->slot, 1});
}

pl_status Planner::constant_slot(i32 value, i32* out) {
  Form& form = forms_[value];
  if (form.slot < 0) {
    PL_TRY(new_slot(tensor(value), &form.slot));
    slot(form.slot).constant = true;
  }
  *out = form.slot;
  return PL_OK;
}

// ---- what no rewrite took ---------------------------------------------------------------------

pl_status Planner::dense_slot(i32 value, i32* out) {
  i32 from;
  PL_TRY(stored_slot(value, &from));
  *out = from;
  if (is_dense(slot(from).tensor)) return PL_OK;
  const Tensor t = slot(from).tensor;
  CopyStep* step;
  PL_TRY(new_step<CopyStep>(nullptr, "copy", &step));
  step->name = session_.values[value].name;
  PL_TRY(new_slot(dense(t.type, t.shape), out));
  finish_copy(step);
  const i32 to = *out;
  return emit(step, nullptr, {&from, 1}, {&to, 1});
}

pl_status Planner::reference(const Node& node) {
  if (!node.op->run) {
    const Call call{node, {}, {}, error_};
    return call.unsupported("its loop is not in this build");
  }
  ReferenceStep* step;
  PL_TRY(new_step<ReferenceStep>(&node, node.op->name, &step));
  step->node = &node;
  i32* slots = arena().make<i32>(node.inputs.size + node.outputs.size);
  if (!slots) return error_.out_of_memory();
  step->inputs = {slots, node.inputs.size};
  step->outputs = {slots + node.inputs.size, node.outputs.size};
  bool last = false;  // channels last, as the first image input is
  for (i64 i = 0; i < node.inputs.size; ++i) {
    const i32 in = node.inputs[i];
    step->inputs[i] = -1;
    if (in < 0) continue;
    PL_TRY(node.op->strided ? stored_slot(in, &step->inputs[i]) : dense_slot(in, &step->inputs[i]));
    const Tensor& t = slot(step->inputs[i]).tensor;
    last = last || (node.op->strided && t.shape.rank == 4 && t.strides[1] == 1 && !is_dense(t));
  }
  for (i64 i = 0; i < node.outputs.size; ++i) {
    const i32 out = node.outputs[i];
    step->outputs[i] = -1;
    if (out < 0) continue;
    const Tensor& t = tensor(out);
    const bool image = last && t.type == DType::f32;
    PL_TRY(new_slot(image ? channels_last(t.type, t.shape) : dense(t.type, t.shape),
                    &step->outputs[i]));
    forms_[out].slot = step->outputs[i];
  }
  step->macs = count_macs(node, {session_.values.begin(), session_.values.size()});
  finish_reference(step);
  return emit(step, nullptr, {step->inputs.data, step->inputs.size},
              {step->outputs.data, step->outputs.size});
}

pl_status make_plan(pl_session* session, bool fuse, const char* without, Error& error) {
  return Planner(session, fuse, without, error).plan();
}

}  // namespace pl
