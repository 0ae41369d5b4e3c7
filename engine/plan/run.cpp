#include "plan/run.h"

namespace pl {

void look_through_views(pl_session* session) {
  for (Slot& slot : session->slots) {
    if (slot.base < 0) continue;
    const Tensor& base = session->slots[slot.base].tensor;
    slot.tensor.data = base.as<u8>() + slot.offset * element_bytes(slot.tensor.type);
    for (i32 a = 0; slot.reorders && a < slot.tensor.shape.rank; ++a) {
      if (slot.order[a] >= 0) slot.tensor.strides[a] = base.strides[slot.order[a]];
    }
    slot.picture = session->slots[slot.base].picture;
  }
}

void run_steps(pl_session* session) {
  look_through_views(session);
  const pl_host* host = session->model->host;
  for (Step* step : session->steps) {
    const i64 start = session->profile ? host->clock(host->context) : 0;
    step->run(*step, session->machine);
    if (session->profile) step->nanoseconds = host->clock(host->context) - start;
  }
  session->machine.continues = true;
}

namespace {

pl_status check_tensor(const pl_tensor& given, const Port& port, const Tensor& want, Text name,
                       Error& error) {
  const i32 type = static_cast<i32>(port.type == DType::f16 ? DType::f16 : want.type);
  if (given.type != type) {
    return error.fail(PL_INVALID_ARGUMENT, "'", name, "' is given as ",
                      type_name(static_cast<DType>(given.type)), " instead of ",
                      type_name(static_cast<DType>(type)));
  }
  Shape shape{clamp(given.shape.rank, 0, kMaxRank), {}};
  for (i32 a = 0; a < shape.rank; ++a) shape[a] = given.shape.dims[a];
  if (shape.rank != given.shape.rank || shape != want.shape) {
    return error.fail(PL_INVALID_ARGUMENT, "'", name, "' is given with shape ", shape,
                      "; the session was made for ", want.shape);
  }
  if (!given.data && want.count())
    return error.fail(PL_INVALID_ARGUMENT, "'", name, "' has no data");
  return PL_OK;
}

}  // namespace

pl_status check_ports(const pl_session* session, const Array<Port>& ports, const pl_tensor* given,
                      i64 first, i64 count, Error& error) {
  for (i64 i = 0; i < count; ++i) {
    const Port& port = ports[first + i];
    const Value& value = session->values[port.value];
    PL_TRY(check_tensor(given[i], port, value.tensor, value.name, error));
  }
  return PL_OK;
}

void bind_input(pl_session* session, i64 index, const pl_tensor& given) {
  Slot& slot = session->slots[session->input_slots[index]];
  slot.picture = nullptr;
  if (slot.port >= 0) {
    slot.tensor = dense(slot.tensor.type, slot.tensor.shape, given.data);
    return;
  }
  // An input that no step reads has no memory.
  if (!slot.tensor.data) return;
  for (i64 i = 0; i < slot.tensor.count(); ++i)
    slot.tensor.as<f32>()[i] = half_to_float(static_cast<const u16*>(given.data)[i]);
}

Slot* bound_slot(pl_session* session, i64 index) {
  Slot& slot = session->slots[session->output_slots[index]];
  Slot& base = slot.base >= 0 ? session->slots[slot.base] : slot;
  return base.port >= 0 && base.output ? &base : nullptr;
}

void bind_output(pl_session* session, i64 index, const Tensor& wanted) {
  Slot* bound = bound_slot(session, index);
  if (!bound) return;
  const Slot& slot = session->slots[session->output_slots[index]];
  bound->picture = nullptr;
  bound->tensor.data = wanted.data;
  for (i32 a = 0; a < wanted.shape.rank; ++a) {
    const i32 axis = slot.base >= 0 ? slot.order[a] : a;
    if (axis >= 0) bound->tensor.strides[axis] = wanted.strides[a];
  }
}

namespace {

void take_halves(const pl_session* session, i64 index, const pl_tensor& given) {
  const Tensor& t = session->slots[session->output_slots[index]].tensor;
  for (i64 i = 0; i < t.count(); ++i)
    static_cast<u16*>(given.data)[i] = float_to_half(t.as<f32>()[i]);
}

}  // namespace
}  // namespace pl

using namespace pl;

pl_status pl_session_reset(pl_session* session, pl_error* out) {
  Error error(out);
  if (!session) return error.fail(PL_INVALID_ARGUMENT, "a null pointer was given");
  Claim claim(session);
  if (!claim.got()) return error.fail(PL_BUSY, "the session is running in another thread");
  session->machine.continues = false;
  return PL_OK;
}

pl_status pl_session_run(pl_session* session, const pl_tensor* inputs, int32_t input_count,
                         const pl_tensor* outputs, int32_t output_count, pl_error* out) {
  Error error(out);
  if (!session || (input_count && !inputs) || (output_count && !outputs))
    return error.fail(PL_INVALID_ARGUMENT, "a null pointer was given");
  PL_TRY(check_runs(session, error));
  const Graph& graph = session->model->graph;
  if (input_count != graph.inputs.size() || output_count != graph.outputs.size()) {
    return error.fail(PL_INVALID_ARGUMENT, "the model has ", graph.inputs.size(), " inputs and ",
                      graph.outputs.size(), " outputs, ", input_count, " and ", output_count,
                      " were given");
  }
  Claim claim(session);
  if (!claim.got()) return error.fail(PL_BUSY, "the session is running in another thread");
  PL_TRY(check_ports(session, graph.inputs, inputs, 0, input_count, error));
  PL_TRY(check_ports(session, graph.outputs, outputs, 0, output_count, error));
  for (i64 i = 0; i < input_count; ++i) bind_input(session, i, inputs[i]);
  for (i64 i = 0; i < output_count; ++i) {
    const Tensor& t = session->values[graph.outputs[i].value].tensor;
    bind_output(session, i, dense(t.type, t.shape, outputs[i].data));
  }
  run_steps(session);
  for (i64 i = 0; i < output_count; ++i) {
    if (!bound_slot(session, i)) take_halves(session, i, outputs[i]);
  }
  return PL_OK;
}
