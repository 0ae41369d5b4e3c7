// ONNX bytes -> Graph.
#pragma once

#include "model/graph.h"
#include "model/protobuf.h"

namespace pl {

// What a file may hold at most: docs/trust.md lists them.
constexpr i64 kMaxFileBytes = i64{2} << 30;  // as protobuf has it
constexpr i64 kMaxNodes = 1 << 14;
constexpr i64 kMaxValues = 1 << 16;
constexpr i64 kMaxPorts = 256;  // inputs and outputs of the model
constexpr i64 kMaxNameBytes = 4 << 10;
constexpr i64 kMaxMetadata = 1 << 10;
constexpr i64 kMaxTextBytes = 1 << 20;  // of metadata and attributes

// Reads a ModelProto, resolves names, orders the nodes, and refuses operators and attributes that
// the engine does not have. Everything kept is copied into the arena.
pl_status read_model(Bytes bytes, Arena& arena, Error& error, Graph* graph);

// Reads a TensorProto. float16 data is widened to float32.
pl_status read_tensor(Bytes bytes, Arena& arena, Error& error, Text* name, Tensor* tensor);

// Puts nodes into an order in which each follows the makers of its inputs.
pl_status sort_nodes(Arena& arena, Error& error, Graph* graph);

}  // namespace pl
