#include "model/infer.h"

namespace pl {
namespace {

bool all_constant(const Node& node, Span<Value> values) {
  for (i32 in : node.inputs) {
    if (in >= 0 && !values[in].tensor.data) return false;
  }
  return true;
}

}  // namespace

pl_status infer_node(const Node& node, Span<Value> values, Arena& arena, Error& error) {
  const Tensor* inputs[kMaxInputs];
  Tensor outputs[kMaxOutputs];
  if (node.inputs.size > kMaxInputs || node.outputs.size > kMaxOutputs) {
    return error.fail(PL_LIMIT, "node '", node.name, "' has more than ", kMaxInputs, " inputs or ",
                      kMaxOutputs, " outputs");
  }
  for (i64 i = 0; i < node.inputs.size; ++i) {
    inputs[i] = node.inputs[i] < 0 ? nullptr : &values[node.inputs[i]].tensor;
  }
  Call call{node, {inputs, node.inputs.size}, {outputs, node.outputs.size}, error};
  PL_TRY(node.op->infer(call));
  // A shape is known once its input's shape is, whether or not the input's elements are.
  const bool shape_only = node.type == "Shape";
  const bool fold = node.op->run && (shape_only || all_constant(node, values));
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

pl_status fold_constants(Graph* graph, Arena& arena, Error& error) {
  for (const Node& node : graph->nodes) {
    if (all_constant(node, graph->values.span()))
      PL_TRY(infer_node(node, graph->values.span(), arena, error));
  }
  return PL_OK;
}

}  // namespace pl
