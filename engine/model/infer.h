// One node's shape rule, and the constant it becomes when all that it reads is constant.
#pragma once

#include "core/memory.h"
#include "ops/operator.h"

namespace pl {

// How much work constants may take: elements read and written, products counted as such. A small
// file can ask for very much of it.
constexpr i64 kMaxFolding = i64{1} << 26;  // of any file,
constexpr i64 kMaxFoldingOfByte = 1 << 6;  // and more for each of its bytes

// Sets type and shape of the node's outputs. Where every input is constant the node runs at once
// and its outputs become constants in `arena`; that is taken from `work`, what may still be done.
// All inputs must be known.
pl_status infer_node(const Node& node, Span<Value> values, Arena& arena, i64* work, Error& error);

// Folds every node whose inputs are all constant, as far as can be told without input sizes.
pl_status fold_constants(Graph* graph, Arena& arena, i64 work, Error& error);

}  // namespace pl
