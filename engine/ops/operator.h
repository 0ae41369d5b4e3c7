// What an operator is: the attributes it takes, its shape rule and its plain reference loop.
//
// Every operator has one file here that defines `op_<Name>` and one row in table.h. The loops are
// the definition of what the engine computes: they are written to be read, in the order of
// additions that the bit contract fixes, and the fast kernels must agree with them.
#pragma once

#include "core/unary.h"
#include "model/graph.h"

namespace pl {

// One use of an operator: its node with the tensors that go in and come out.
struct Call {
  const Node& node;
  Span<const Tensor*> inputs;  // null where left out; in a shape rule, data only of constants
  Span<Tensor> outputs;        // a shape rule sets type and shape; a loop writes the elements
  Error& error;

  // An input, or null where the node leaves it out.
  const Tensor* in(i64 i) const { return i < inputs.size ? inputs[i] : nullptr; }
  // Does the node name this output?
  bool wants(i64 i) const { return i < outputs.size && node.outputs[i] >= 0; }

  template <class... Parts>
  [[nodiscard]] pl_status fail(pl_status code, const Parts&... parts) const {
    if constexpr (kPainting) return fail_with(code, {});
    const Part list[] = {parts...};
    return fail_with(code, {list, sizeof...(parts)});
  }
  template <class... Parts>
  [[nodiscard]] pl_status invalid(const Parts&... parts) const {
    return fail(PL_INVALID_MODEL, parts...);
  }
  template <class... Parts>
  [[nodiscard]] pl_status unsupported(const Parts&... parts) const {
    return fail(PL_UNSUPPORTED, parts...);
  }
  [[nodiscard]] pl_status fail_with(pl_status code, Span<const Part> parts) const;
};

// An operator of one number, with its parameters.
struct UnaryUse {
  Unary kind;
  f32 a, b;
};

using Loop = void (*)(const Call&);

// The loop of an operator that plans of style networks always do in their own ways: a module for
// browsers goes without.
constexpr Loop beside_plans(Loop loop) {
  return kPainting ? nullptr : loop;
}

struct Operator {
  const char* name;
  const char* domain;          // "" for ONNX's own
  const char* attributes;      // names it takes, separated by spaces; any other is refused at load
  i32 min_inputs, max_inputs;  // max -1: any number
  i32 max_outputs;
  // At load: refuses attribute values that the engine does not have. May be null. No tensors.
  pl_status (*check)(const Call&);
  // The shape rule. Everything that could go wrong in `run` is refused here.
  pl_status (*infer)(Call&);
  // The reference loop; null where this build goes without.
  Loop run;
  // True: the loop reads and writes through strides, so any layout will do. False: it needs and
  // writes dense row-major tensors.
  bool strided;
  // Where the output is elements of the input in another order: turns a view of the whole input
  // into that of the output and returns the offset of its first element. The planner then copies
  // nothing.
  i64 (*view)(const Call&, Tensor* view) = nullptr;
  // Where every output element is one function of the same input element: says which. False: not
  // with these inputs. The planner then does it while it loads or stores a row.
  bool (*unary)(const Call&, UnaryUse*) = nullptr;
};

// The row of this name, or null.
const Operator* find_operator(Text domain, Text name);
// All rows by name; null past the last.
const Operator* operator_at(i64 index);

// ---- helpers that shape rules share ---------------------------------------------------------

// Turns an axis in [-rank, rank) into [0, rank), or fails.
pl_status normalize_axis(const Call& call, i64 axis, i64 rank, i64* out);

// The i-th integer of an int64 or int32 tensor.
i64 integer_at(const Tensor& tensor, i64 i);

// The integers of attribute `name`, or of constant input `index`: newer opsets moved many lists
// from the one to the other. At most kMaxRank * 2 of them. Absent both: *present = false. An
// input whose elements are not known when the session is made is refused.
struct Integers {
  bool present = false;
  i64 size = 0;
  i64 values[2 * kMaxRank] = {};
};
pl_status read_integers(const Call& call, const char* name, i64 index, Integers* out);

// The loop of an operator with a `view`: copies the elements.
void run_view(const Call& call);

// Do operators compute with elements of this type? Shapes of style networks are int64.
inline bool has_arithmetic(DType type) {
  return type == DType::f32 || type == DType::i64 || (type == DType::i32 && !kPainting);
}

// Fails unless input `index` is there and of type float32.
pl_status need_float(const Call& call, i64 index);
pl_status need_rank(const Call& call, i64 index, i64 least, i64 most);

// ONNX (NumPy) broadcasting of two shapes, or failure.
pl_status broadcast_shapes(const Call& call, const Shape& a, const Shape& b, Shape* out);

// Sets output i. Fails where the shape is negative or passes kMaxTensorBytes.
pl_status set_output(Call& call, i64 i, DType type, const Shape& shape);

// Kernel, stride, dilation and padding of the sliding-window operators, for up to 3 spatial
// axes, with auto_pad resolved for these input extents.
struct Window {
  i32 rank = 0;  // spatial axes
  i64 kernel[3] = {1, 1, 1};
  i64 stride[3] = {1, 1, 1};
  i64 dilation[3] = {1, 1, 1};
  i64 pad_begin[3] = {};
  i64 pad_end[3] = {};
  i64 out[3] = {1, 1, 1};
};
// `kernel`: kernel extents when they come from the weights, else null (attribute kernel_shape).
pl_status read_window(const Call& call, const Shape& input, const i64* kernel, Window* window);

}  // namespace pl
