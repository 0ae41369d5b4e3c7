// A network as its file says it: values, and nodes that make values from values.
#pragma once

#include "core/tensor.h"

namespace pl {

struct Operator;

// The most of one node.
constexpr i64 kMaxInputs = 1024;
constexpr i64 kMaxOutputs = 64;
constexpr i64 kMaxAttributes = 64;

struct Attribute {
  enum class Kind : i32 {
    none = 0,
    real = 1,
    integer = 2,
    text = 3,
    tensor = 4,
    reals = 6,
    integers = 7,
    texts = 8,
    other
  };

  Text name;
  Kind kind = Kind::none;
  f32 real = 0;
  i64 integer = 0;
  Text text;
  Tensor tensor;
  Span<f32> reals;
  Span<i64> integers;
};

struct Node {
  const Operator* op = nullptr;
  Text name;  // never empty: a node without one is called by its first output
  Text type;
  Text domain;
  i64 opset = 0;     // of the node's domain
  Span<i32> inputs;  // value indices, -1 where an optional one is left out
  Span<i32> outputs;
  Span<Attribute> attributes;

  const Attribute* find(const char* name) const;
  bool has(const char* name) const { return find(name) != nullptr; }
  i64 integer(const char* name, i64 otherwise) const;
  f32 real(const char* name, f32 otherwise) const;
  Text text(const char* name, const char* otherwise) const;
  Span<i64> integers(const char* name) const;  // empty where it is absent
  Span<f32> reals(const char* name) const;
};

struct Value {
  Text name;
  Tensor tensor;       // type and shape where known; data only of a constant
  bool known = false;  // type and shape are known
  i32 producer = -1;   // index of the node that makes it, -1: an input or an initializer
};

// What the file declares of an input or output; a dimension is -1 where it is dynamic.
struct Port {
  i32 value = -1;
  DType type = DType::none;
  i32 rank = -1;
  i64 dims[kMaxRank] = {};
  Text dim_names[kMaxRank];
};

struct Metadata {
  Text key;
  Text value;
};

struct Graph {
  Array<Value> values;
  Array<Node> nodes;  // in an order in which every node follows the makers of its inputs
  Array<Port> inputs;
  Array<Port> outputs;
  Array<Metadata> metadata;
  i64 opset = 0;
  i64 parameters = 0;  // elements of float and int8 initializers

  explicit Graph(Arena* arena)
      : values(arena), nodes(arena), inputs(arena), outputs(arena), metadata(arena) {}
};

}  // namespace pl
