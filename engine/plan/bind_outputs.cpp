// Outputs: where they can, the last steps write straight into the caller's arrays.
#include "plan/planner.h"

namespace pl {

pl_status Planner::bind_outputs() {
  const Graph& graph = session_.model->graph;
  i32* slots = arena().make<i32>(graph.outputs.size());
  if (!slots) return error_.out_of_memory();
  session_.output_slots = {slots, graph.outputs.size()};
  for (i64 i = 0; i < graph.outputs.size(); ++i) PL_TRY(bind_output(i));
  return PL_OK;
}

// May the caller's array be the slot's memory? Only when no step reads it, and the slot is all of
// what is stored. The strides are set for each run.
bool Planner::can_bind(i32 value, i32 index) {
  const Slot& s = slot(index);
  const i32 stored = s.base >= 0 ? s.base : index;
  const Slot& under = slot(stored);
  if (uses_[value] != 1 || under.port >= 0 || under.constant) return false;
  if (makers_[stored].step < 0 || (s.base >= 0 && !s.reorders)) return false;
  for (const Step* step : session_.steps) {
    for (i32 read : step->reads) {
      if (read >= 0 && (read == stored || slot(read).base == stored)) return false;
    }
  }
  return true;
}

pl_status Planner::bind_output(i64 index) {
  const Port& port = session_.model->graph.outputs[index];
  i32 from;
  PL_TRY(stored_slot(port.value, &from));
  i32& out = session_.output_slots[index];
  const Tensor t = slot(from).tensor;
  if (port.type == DType::f16 || !can_bind(port.value, from)) {
    CopyStep* step;
    PL_TRY(new_step<CopyStep>(nullptr, "copy", &step));
    step->name = session_.values[port.value].name;
    PL_TRY(new_slot(dense(t.type, t.shape), &out));
    finish_copy(step);
    const i32 to = out;
    PL_TRY(emit(step, nullptr, {&from, 1}, {&to, 1}));
  } else {
    out = from;
  }
  if (port.type == DType::f16) return PL_OK;
  const i32 base = slot(out).base;
  Slot& bound = slot(base >= 0 ? base : out);
  bound.port = static_cast<i32>(index);
  bound.output = true;
  return PL_OK;
}

}  // namespace pl
