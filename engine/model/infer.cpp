#include "model/infer.h"

namespace pl {
namespace {

bool all_constant(const Node& node, Span<Value> values) {
  for (i32 in : node.inputs) {
    if (in >= 0 && !values[in].tensor.data) return false;
  }
  return true;
}

// How many inputs an output of the node is made from, at most.
[[maybe_unused]] f64 inputs_of_one(const Call& call) {
  const Text& type = call.node.type;
  const Tensor &x = *call.in(0), &y = call.outputs[0];
  if (type == "MatMul") return x.shape.rank ? static_cast<f64>(x.shape[x.shape.rank - 1]) : 1;
  if (type == "Gemm")
    return static_cast<f64>(x.count()) / static_cast<f64>(max<i64>(1, y.shape[0]));
  // Cubic interpolation looks at 4 along each axis.
  if (has_word("Resize Upsample", type)) return 256;
  if (type == "ConvTranspose") return static_cast<f64>(call.in(1)->count());
  if (type == "Conv")
    return static_cast<f64>(call.in(1)->count()) /
           static_cast<f64>(max<i64>(1, call.in(1)->shape[0]));
  if (!has_word("AveragePool MaxPool", type)) return 1;
  f64 taps = 1;
  for (i64 extent : call.node.integers("kernel_shape")) taps *= static_cast<f64>(extent);
  return min(taps, static_cast<f64>(x.count()));
}

// No less than what the node's loop does.
f64 folding_work(const Call& call) {
  f64 read = 0, written = 0;
  for (const Tensor* x : call.inputs) read += x && x->data ? static_cast<f64>(x->count()) : 0;
  for (const Tensor& y : call.outputs) written += static_cast<f64>(y.count());
  if constexpr (kPainting) {  // less code, and more than enough
    const bool meets = has_word("AveragePool Conv ConvTranspose MatMul Resize", call.node.type);
    return read + written * (meets ? read : 1);
  }
  const bool made_of_nothing = call.inputs.empty() || !call.in(0);
  return read + written * (made_of_nothing ? 1 : inputs_of_one(call));
}

}  // namespace

pl_status infer_node(const Node& node, Span<Value> values, Arena& arena, i64* work, Error& error) {
  const Tensor* inputs[kMaxInputs];
  Tensor outputs[kMaxOutputs];
  for (i64 i = 0; i < node.inputs.size; ++i) {
    inputs[i] = node.inputs[i] < 0 ? nullptr : &values[node.inputs[i]].tensor;
  }
  Call call{node, {inputs, node.inputs.size}, {outputs, node.outputs.size}, error};
  PL_TRY(node.op->infer(call));
  // A shape is known once its input's shape is, whether or not the input's elements are.
  const bool shape_only = node.type == "Shape";
  const bool fold = node.op->run && (shape_only || all_constant(node, values));
  if (fold) {
    const f64 needed = folding_work(call);
    if (needed > static_cast<f64>(*work)) {
      return call.fail(PL_LIMIT,
                       "it is constant, and to compute it takes more work than a file of "
                       "this size may ask for");
    }
    *work -= static_cast<i64>(needed);
  }
  for (i64 i = 0; i < node.outputs.size; ++i) {
    if (node.outputs[i] < 0) continue;
    outputs[i] = dense(outputs[i].type, outputs[i].shape);
    if (!fold) continue;
    const i64 bytes = outputs[i].count() * element_bytes(outputs[i].type);
    outputs[i].data = arena.allocate(static_cast<size_t>(bytes));
    if (!outputs[i].data)
      return error.fail(PL_OUT_OF_MEMORY, "no memory for the constant '",
                        values[node.outputs[i]].name, "' of ", bytes, " bytes");
  }
  if (fold) node.op->run(call);
  for (i64 i = 0; i < node.outputs.size; ++i) {
    if (node.outputs[i] < 0) continue;
    Value& value = values[node.outputs[i]];
    value.tensor = outputs[i];
    value.known = true;
  }
  return PL_OK;
}

pl_status fold_constants(Graph* graph, Arena& arena, i64 work, Error& error) {
  for (const Node& node : graph->nodes) {
    if (all_constant(node, graph->values.span()))
      PL_TRY(infer_node(node, graph->values.span(), arena, &work, error));
  }
  return PL_OK;
}

}  // namespace pl
