// The doors by which a GPU is told what to do. web/gpu-plan.js reads the structures word by word.
#include "host/web.h"

static_assert(sizeof(pl_gpu_buffer) == 8 * 4 && offsetof(pl_gpu_buffer, data) == 6 * 4);
static_assert(sizeof(pl_gpu_binding) == 6 * 4 && sizeof(pl_gpu_dispatch) == 84 * 4);
static_assert(offsetof(pl_gpu_dispatch, shader) == 6 * 4);
static_assert(offsetof(pl_gpu_dispatch, bindings) == 8 * 4 &&
              offsetof(pl_gpu_dispatch, binding_count) == 80 * 4);

// The parameters of the next picture; `extra` as for paint(). Returns a pl_status.
PL_EXPORT("parameters")
int32_t parameters(pl_session* session, const pl_model* model, void* const* extra) {
  pl_tensor tensors[kMostInputs + 1] = {};  // the first is not looked at
  const int32_t count = extra_inputs(model, extra, tensors + 1);
  return pl_gpu_parameters(session, tensors, count + 1, &error);
}
