// The C API of sessions on a GPU.
#include "gpu/commands.h"
#include "plan/run.h"

using namespace pl;

namespace {

bool in_range(const pl_session* session, i64 index, i64 count) {
  return session && session->gpu && index >= 0 && index < count;
}

void copy_numbers(const Tensor& from, u8* to) {
  copy_elements(dense(from.type, from.shape, to), from);
}

}  // namespace

int32_t pl_gpu_buffer_count(const pl_session* session) {
  return session && session->gpu ? static_cast<i32>(session->gpu->buffers.size()) : 0;
}

int32_t pl_gpu_dispatch_count(const pl_session* session) {
  return session && session->gpu ? static_cast<i32>(session->gpu->dispatches.size()) : 0;
}

const char* pl_gpu_shader(const pl_session* session, int32_t index) {
  if (!in_range(session, index, session && session->gpu ? session->gpu->shaders.size() : 0))
    return nullptr;
  return session->gpu->shaders[index].data;
}

pl_status pl_gpu_get_buffer(const pl_session* session, int32_t index, pl_gpu_buffer* info) {
  if (!info || !in_range(session, index, pl_gpu_buffer_count(session))) return PL_INVALID_ARGUMENT;
  const gpu::Buffer& b = session->gpu->buffers[index];
  *info = {b.kind, b.port, static_cast<i32>(b.width), static_cast<i32>(b.height), b.bytes, b.data};
  return PL_OK;
}

pl_status pl_gpu_get_dispatch(const pl_session* session, int32_t index, pl_gpu_dispatch* info) {
  if (!info || !in_range(session, index, pl_gpu_dispatch_count(session)))
    return PL_INVALID_ARGUMENT;
  const gpu::Dispatch& d = session->gpu->dispatches[index];
  *info = {d.step->name.data, d.step->kind.data, d.macs, d.bytes, d.shader, {}, d.count, {}};
  for (i32 i = 0; i < 3; ++i) info->groups[i] = static_cast<i32>(d.groups[i]);
  for (i32 i = 0; i < d.count; ++i) info->bindings[i] = d.bindings[i];
  return PL_OK;
}

pl_status pl_gpu_parameters(pl_session* session, const pl_tensor* inputs, int32_t count,
                            pl_error* out) {
  Error error(out);
  if (!session || !session->gpu || (count && !inputs))
    return error.fail(PL_INVALID_ARGUMENT, "a null pointer was given, or a session of no GPU");
  const Graph& graph = session->model->graph;
  if (count != graph.inputs.size())
    return error.fail(PL_INVALID_ARGUMENT, "the model has ", graph.inputs.size(), " inputs, ",
                      count, " were given");
  Claim claim(session);
  if (!claim.got()) return error.fail(PL_BUSY, "the session is running in another thread");
  gpu::Commands& commands = *session->gpu;
  for (i64 i = 0; i < count; ++i) {
    // Images go to the GPU.
    const Tensor& t = session->values[graph.inputs[i].value].tensor;
    if (t.shape.rank == 4) continue;
    PL_TRY(check_ports(session, graph.inputs, inputs + i, i, 1, error));
    bind_input(session, i, inputs[i]);
  }
  look_through_views(session);
  for (Step* step : commands.host_steps) step->run(*step, session->machine);
  for (const gpu::Parameter& parameter : commands.parameters) {
    u8* to = commands.parameter_data + parameter.offset;
    if (parameter.slot >= 0) {
      copy_numbers(session->slots[parameter.slot].tensor, to);
    } else {
      const Machine& machine = session->machine;
      *reinterpret_cast<f32*>(to) = machine.continues ? static_cast<f32>(machine.smoothing) : 0;
    }
  }
  session->machine.continues = true;
  return PL_OK;
}
