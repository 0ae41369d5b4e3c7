// What a GPU is to do for a session: buffers, and one dispatch after the other. The core only says
// so; hosts (src/pleinair/engine/gpu.py, web/gpu.js) have it done through WebGPU.
#pragma once

#include "plan/session.h"

namespace pl::gpu {

// WebGPU binds parts of buffers from multiples of this on.
constexpr i64 kBindingAlignment = 256;
// Storage buffers that a dispatch may have on every GPU.
constexpr i64 kMostBuffers = 8;
constexpr i64 kMostBindings = PL_GPU_BINDINGS;

struct Buffer {
  pl_gpu_kind kind = PL_GPU_SCRATCH;
  i32 port = -1;
  i64 bytes = 0;
  const void* data = nullptr;
  i64 width = 0, height = 0;  // of pictures
};

struct Dispatch {
  const Step* step = nullptr;
  i32 shader = -1;
  pl_gpu_binding bindings[kMostBindings] = {};
  i32 count = 0;
  i64 groups[3] = {1, 1, 1};
  i64 macs = 0, bytes = 0;
};

// A slot that the host's processor fills before each run, and where in the parameters it goes.
struct Parameter {
  i32 slot;
  i64 offset;  // bytes
};

struct Commands {
  explicit Commands(Arena* arena)
      : buffers(arena),
        shaders(arena),
        dispatches(arena),
        host_steps(arena),
        parameters(arena),
        constants(arena) {}

  Array<Buffer> buffers;
  Array<Text> shaders;
  Array<Dispatch> dispatches;
  Array<Step*> host_steps;  // those that look at no image
  Array<Parameter> parameters;
  Array<u8> constants;  // weights and the like, one dispatch's behind the other's
  u8* parameter_data = nullptr;
  i64 parameter_bytes = 0;
  f32* frame = nullptr;  // in there: how much of the run before stays in this one
};

// Turns the session's steps into commands. `half`: images and weights are kept as float16.
// `threads`: invocations of a workgroup at most.
pl_status lower(pl_session* session, bool half, i64 threads, Error& error);

}  // namespace pl::gpu
