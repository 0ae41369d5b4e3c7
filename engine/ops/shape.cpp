// Shape: the extents of the axes from start to end.
#include "ops/operator.h"
#include "ops/table.h"

namespace pl {
namespace {

// The axis that attribute `name` means, held to [0, rank].
i64 bound(const Call& call, const char* name, i64 otherwise) {
  const i64 rank = call.in(0)->shape.rank;
  const i64 axis = call.node.integer(name, otherwise);
  return clamp<i64>(axis < 0 ? axis + rank : axis, 0, rank);
}

pl_status infer(Call& call) {
  const i64 start = bound(call, "start", 0), end = bound(call, "end", kMaxRank);
  return set_output(call, 0, DType::i64, Shape::of(max<i64>(0, end - start)));
}

void run(const Call& call) {
  const Tensor& y = call.outputs[0];
  const i64 start = bound(call, "start", 0);
  for (i64 i = 0; i < y.shape[0]; ++i) y.as<i64>()[i * y.strides[0]] = call.in(0)->shape[start + i];
}

}  // namespace

const Operator op_Shape = {"Shape", "", "end start", 1, 1, 1, nullptr, infer, run, true};

}  // namespace pl
