// One node's shape rule, and the constant it becomes when all that it reads is constant.
#pragma once

#include "core/memory.h"
#include "ops/operator.h"

namespace pl {

// Sets type and shape of the node's outputs. Where every input is constant the node runs at once
// and its outputs become constants in `arena`. All inputs must be known.
pl_status infer_node(const Node& node, Span<Value> values, Arena& arena, Error& error);

// Folds every node whose inputs are all constant, as far as can be told without input sizes.
pl_status fold_constants(Graph* graph, Arena& arena, Error& error);

}  // namespace pl
