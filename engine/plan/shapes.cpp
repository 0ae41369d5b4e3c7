#include "model/infer.h"
#include "plan/session.h"

namespace pl {
namespace {

pl_status set_input(pl_session* session, const Port& port, const pl_shape& given, Error& error) {
  Value& value = session->values[port.value];
  if (given.rank < 0 || given.rank > kMaxRank) {
    return error.fail(PL_INVALID_ARGUMENT, "input '", value.name, "' is given rank ", given.rank);
  }
  Shape shape{given.rank, {}};
  bool fits = port.rank < 0 || port.rank == given.rank;
  for (i32 a = 0; a < given.rank; ++a) {
    shape[a] = given.dims[a];
    fits = fits && (port.rank < 0 || port.dims[a] < 0 || port.dims[a] == shape[a]);
  }
  const DType type = port.type == DType::f16 ? DType::f32 : port.type;
  if (type == DType::none) {
    return error.fail(PL_INVALID_MODEL, "input '", value.name, "' has no element type");
  }
  if (!fits) {
    Shape declared{port.rank, {}};
    for (i32 a = 0; a < port.rank; ++a) declared[a] = port.dims[a];
    return error.fail(PL_INVALID_ARGUMENT, "input '", value.name, "' has shape ", shape,
                      ", the model declares ", declared, " (-1: any)");
  }
  if (checked_count(shape, element_bytes(type)) < 0) {
    return error.fail(PL_LIMIT, "input '", value.name, "' of shape ", shape,
                      " is negative or passes ", kMaxTensorBytes, " bytes");
  }
  value.tensor = dense(type, shape);
  value.known = true;
  return PL_OK;
}

}  // namespace

pl_status infer_shapes(pl_session* session, Span<const pl_shape> inputs, Error& error) {
  const Graph& graph = session->model->graph;
  if (inputs.size != graph.inputs.size()) {
    return error.fail(PL_INVALID_ARGUMENT, "the model has ", graph.inputs.size(), " inputs, ",
                      inputs.size, " shapes were given");
  }
  if (!session->values.reserve(graph.values.size())) return error.out_of_memory();
  for (const Value& value : graph.values) {
    if (!session->values.push(value)) return error.out_of_memory();
  }
  for (i64 i = 0; i < inputs.size; ++i) {
    PL_TRY(set_input(session, graph.inputs[i], inputs[i], error));
  }
  const Span<Value> values = session->values.span();
  i64 work = session->model->folding;
  for (const Node& node : graph.nodes) {
    bool folded = true;
    for (i32 out : node.outputs) folded = folded && (out < 0 || values[out].tensor.data);
    if (!folded) PL_TRY(infer_node(node, values, session->arena, &work, error));
    session->macs += count_macs(node, {values.data, values.size});
  }
  return PL_OK;
}

i64 count_macs(const Node& node, Span<const Value> values) {
  if (kPainting) return 0;  // pages do not ask
  const Text& type = node.type;
  const bool transposed = type == "ConvTranspose";
  const bool convolution = type == "Conv" || transposed;
  if (!convolution && type != "Gemm" && type != "MatMul") return 0;
  const Tensor& x = values[node.inputs[0]].tensor;
  const Tensor& w = values[node.inputs[1]].tensor;
  const Tensor& y = values[node.outputs[0]].tensor;
  if (convolution) {
    // Each input (transposed) or output pixel meets the whole kernel of its channel once.
    const i64 channels = w.shape[0];
    return channels ? (transposed ? x : y).count() * (w.count() / channels) : 0;
  }
  const bool turned = type == "Gemm" && node.integer("transA", 0);
  const i64 depth = x.shape.rank == 0 ? 1 : x.shape[turned ? 0 : x.shape.rank - 1];
  return y.count() * depth;
}

}  // namespace pl
