// Looking at models and running small ones.
#pragma once

#include "host.h"

// Asks a model everything that the C API tells of it.
void look_at(const pl_model* model);

// Shapes for its inputs that fit what the file declares, what is dynamic between 1 and `most`.
std::vector<pl_shape> choose_shapes(const pl_model* model, Noise& noise, int64_t most);

// May a frame of this session be run in a trial: is it little work?
bool is_small(const pl_session* session);

// The bytes of all outputs of one run on `inputs` made of noise.
std::vector<std::vector<uint8_t>> run_once(const pl_model* model, pl_session* session,
                                           const std::vector<pl_shape>& shapes, Noise noise);

size_t element_bytes(int32_t type);
int64_t count(const pl_shape& shape);
