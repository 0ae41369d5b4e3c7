// The door by which pictures are painted on the processor.
#include "host/web.h"

static_assert(sizeof(pl_image) == 12 * 4, "engine.js fills it word by word");

// `extra` holds the addresses of the model's other inputs. Returns a pl_status.
PL_EXPORT("paint")
int32_t paint(pl_session* session, const pl_model* model, const pl_image* in, const pl_image* out,
              void* const* extra) {
  pl_tensor tensors[kMostInputs] = {};
  const int32_t count = extra_inputs(model, extra, tensors);
  return pl_session_paint(session, in, out, tensors, count, &error);
}
