// What models and sessions tell about themselves.
#include "ops/operator.h"
#include "plan/session.h"

using namespace pl;

namespace {

void describe(const Port& port, Text name, pl_value_info* info) {
  *info = {};
  info->name = name.data;
  info->type = static_cast<i32>(port.type);
  info->rank = port.rank;
  for (i32 a = 0; a < port.rank; ++a) {
    info->dims[a] = port.dims[a];
    info->dim_names[a] = port.dim_names[a].data;
  }
}

pl_status describe_port(const pl_model* model, const Array<Port>& ports, i32 index,
                        pl_value_info* info) {
  if (!model || !info || index < 0 || index >= ports.size()) return PL_INVALID_ARGUMENT;
  describe(ports[index], model->graph.values[ports[index].value].name, info);
  return PL_OK;
}

bool in_range(i64 index, i64 size) {
  return index >= 0 && index < size;
}

}  // namespace

const char* pl_version(void) {
  return PL_VERSION;
}

int32_t pl_model_input_count(const pl_model* m) {
  return static_cast<i32>(m->graph.inputs.size());
}
int32_t pl_model_output_count(const pl_model* m) {
  return static_cast<i32>(m->graph.outputs.size());
}

pl_status pl_model_input(const pl_model* model, int32_t index, pl_value_info* info) {
  return describe_port(model, model->graph.inputs, index, info);
}
pl_status pl_model_output(const pl_model* model, int32_t index, pl_value_info* info) {
  return describe_port(model, model->graph.outputs, index, info);
}

int32_t pl_model_metadata_count(const pl_model* m) {
  return static_cast<i32>(m->graph.metadata.size());
}
const char* pl_model_metadata_key(const pl_model* m, int32_t i) {
  return in_range(i, m->graph.metadata.size()) ? m->graph.metadata[i].key.data : nullptr;
}
const char* pl_model_metadata_value(const pl_model* m, int32_t i) {
  return in_range(i, m->graph.metadata.size()) ? m->graph.metadata[i].value.data : nullptr;
}

int32_t pl_model_node_count(const pl_model* m) {
  return static_cast<i32>(m->graph.nodes.size());
}
const char* pl_model_node_operator(const pl_model* m, int32_t i) {
  return in_range(i, m->graph.nodes.size()) ? m->graph.nodes[i].type.data : nullptr;
}
int64_t pl_model_opset(const pl_model* m) {
  return m->graph.opset;
}
int64_t pl_model_parameter_count(const pl_model* m) {
  return m->graph.parameters;
}

const char* pl_operator_name(int32_t index) {
  const Operator* op = operator_at(index);
  return op ? op->name : nullptr;
}

const char* pl_rewrite_name(int32_t index) {
  return rewrite_name(index);
}

const char* pl_isa_name(int32_t index) {
  const Kernels* kernels = kernels_at(index);
  return kernels ? kernels->isa : nullptr;
}

int64_t pl_peak(const char* isa, int64_t rounds) {
  const Kernels* kernels = find_kernels(isa);
  return kernels && rounds > 0 ? kernels->peak(rounds) : 0;
}

pl_status pl_session_output(const pl_session* session, int32_t index, pl_value_info* info) {
  const Array<Port>& ports = session->model->graph.outputs;
  if (!info || !in_range(index, ports.size())) return PL_INVALID_ARGUMENT;
  const Value& value = session->values[ports[index].value];
  describe(ports[index], value.name, info);
  const Tensor& t = value.tensor;
  info->type = static_cast<i32>(ports[index].type == DType::f16 ? DType::f16 : t.type);
  info->rank = t.shape.rank;
  for (i32 a = 0; a < t.shape.rank; ++a) {
    info->dims[a] = t.shape[a];
    info->dim_names[a] = "";
  }
  return PL_OK;
}

void pl_session_get_stats(const pl_session* session, pl_session_stats* stats) {
  stats->macs = session->macs;
  stats->arena_bytes = static_cast<size_t>(session->arena_bytes);
  stats->weight_bytes = static_cast<size_t>(session->weight_bytes);
  stats->steps = static_cast<i32>(session->steps.size());
}

pl_status pl_session_step(const pl_session* session, int32_t index, pl_step_info* info) {
  if (!info || !in_range(index, session->steps.size())) return PL_INVALID_ARGUMENT;
  const Step& step = *session->steps[index];
  *info = {step.name.data, step.kind.data, step.description.data, step.macs, 0, step.nanoseconds};
  const auto add = [&](Span<i32> slots) {
    for (i32 slot : slots) {
      if (slot < 0) continue;
      const Tensor& t = session->slots[slot].tensor;
      info->bytes += t.count() * element_bytes(t.type);
    }
  };
  add(step.reads);
  add(step.writes);
  return PL_OK;
}
