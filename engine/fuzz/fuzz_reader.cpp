// Any bytes are a model or an error: the reader of ONNX files, and the folding of constants.
#include "model.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  Memory memory(16 << 20);
  pl_model* model = nullptr;
  pl_error error = {};
  const pl_status status = pl_model_load(bytes, size, memory.host(), &model, &error);
  need_clean(status, error);
  need((status == PL_OK) == (model != nullptr), "a model comes with success alone");
  if (model) look_at(model);
  pl_model_free(model);
  return 0;
}
