// What the doors of the modules for browsers have in common.
#pragma once

#include "host/wasm.h"

#define PL_EXPORT(name) extern "C" __attribute__((export_name(name)))

constexpr int32_t kMostInputs = 8;

extern pl_error error;  // of the last call that failed

// Makes tensors of what lies at the addresses of a model's inputs behind the first; how many.
int32_t extra_inputs(const pl_model* model, void* const* addresses, pl_tensor* tensors);
