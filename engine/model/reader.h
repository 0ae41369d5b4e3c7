// ONNX bytes -> Graph.
#pragma once

#include "model/graph.h"
#include "model/protobuf.h"

namespace pl {

constexpr i64 kMaxNodes = 1 << 16;
constexpr i64 kMaxValues = 1 << 18;

// Reads a ModelProto, resolves names, orders the nodes, and refuses operators and attributes that
// the engine does not have. Everything kept is copied into the arena.
pl_status read_model(Bytes bytes, Arena& arena, Error& error, Graph* graph);

// Reads a TensorProto. float16 data is widened to float32.
pl_status read_tensor(Bytes bytes, Arena& arena, Error& error, Text* name, Tensor* tensor);

// Puts nodes into an order in which each follows the makers of its inputs.
pl_status sort_nodes(Arena& arena, Error& error, Graph* graph);

}  // namespace pl
