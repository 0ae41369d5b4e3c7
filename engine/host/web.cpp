// The doors that all modules have for web/engine.js, which knows numbers and addresses and no
// structures but pl_image, pl_gpu_buffer and pl_gpu_dispatch: their words in order.
#include "host/web.h"

namespace {

pl_value_info input(const pl_model* model, int32_t index) {
  pl_value_info info = {};
  pl_model_input(model, index, &info);
  return info;
}

// What has no size of its own in the model is one element long.
pl_shape shape_of(const pl_value_info& info) {
  pl_shape shape = {info.rank < 0 ? 0 : info.rank, {}};
  for (int32_t a = 0; a < shape.rank; ++a) shape.dims[a] = info.dims[a] < 0 ? 1 : info.dims[a];
  return shape;
}

}  // namespace

pl_error error;

int32_t extra_inputs(const pl_model* model, void* const* addresses, pl_tensor* tensors) {
  const int32_t count = pl_model_input_count(model) - 1;
  for (int32_t i = 0; i < count && i < kMostInputs; ++i) {
    const pl_value_info info = input(model, i + 1);
    tensors[i] = {info.type, shape_of(info), addresses[i]};
  }
  return count;
}

PL_EXPORT("error_code") int32_t error_code() {
  return error.code;
}

PL_EXPORT("error_message") const char* error_message() {
  return error.message;
}

PL_EXPORT("allocate") void* allocate(size_t bytes) {
  const pl_host* host = wasm_host();
  return host->allocate(host->context, bytes, 64);
}

PL_EXPORT("release") void release(void* memory, size_t bytes) {
  const pl_host* host = wasm_host();
  host->release(host->context, memory, bytes);
}

// Null where it fails, as of a session below.
PL_EXPORT("model_load") pl_model* model_load(const void* bytes, size_t size) {
  pl_model* model = nullptr;
  pl_model_load(bytes, size, wasm_host(), &model, &error);
  return model;
}

PL_EXPORT("input_name") const char* input_name(const pl_model* model, int32_t index) {
  return input(model, index).name;
}

PL_EXPORT("input_type") int32_t input_type(const pl_model* model, int32_t index) {
  return input(model, index).type;
}

PL_EXPORT("input_elements") int32_t input_elements(const pl_model* model, int32_t index) {
  const pl_shape shape = shape_of(input(model, index));
  int64_t count = 1;
  for (int32_t a = 0; a < shape.rank; ++a) count *= shape.dims[a];
  return static_cast<int32_t>(count);
}

PL_EXPORT("session_create")
pl_session* session_create(const pl_model* model, int32_t width, int32_t height, int32_t threads,
                           float smoothing) {
  pl_shape shapes[kMostInputs] = {{4, {1, height, width, 3}}};
  const int32_t count = pl_model_input_count(model);
  for (int32_t i = 1; i < count && i < kMostInputs; ++i) shapes[i] = shape_of(input(model, i));
  const pl_options options = {threads, 0, nullptr, 0, nullptr, smoothing};
  pl_session* session = nullptr;
  pl_session_create(model, &options, shapes, count, &session, &error);
  return session;
}

PL_EXPORT("output_size") int32_t output_size(const pl_session* session, int32_t axis) {
  pl_value_info info = {};
  pl_session_output(session, 0, &info);
  return static_cast<int32_t>(info.dims[axis]);
}
