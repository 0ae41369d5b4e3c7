// ReduceMean: the mean over some axes, all of them where none is named.
#include "ops/elements.h"
#include "ops/mean.h"
#include "ops/table.h"

namespace pl {
namespace {

// Which axes are averaged over.
pl_status read_axes(const Call& call, bool* reduced) {
  const i32 rank = call.in(0)->shape.rank;
  Integers axes;
  PL_TRY(read_integers(call, "axes", call.node.opset >= 18 ? 1 : -1, &axes));
  PL_TRY(mark_axes(call, axes, rank, reduced));
  if (axes.size == 0 && call.node.integer("noop_with_empty_axes", 0) == 0) {
    for (i32 a = 0; a < rank; ++a) reduced[a] = true;
  }
  return PL_OK;
}

pl_status infer(Call& call) {
  PL_TRY(need_float(call, 0));
  bool reduced[kMaxRank];
  PL_TRY(read_axes(call, reduced));
  const Shape& x = call.in(0)->shape;
  const bool keep = call.node.integer("keepdims", 1) != 0;
  Shape shape;
  for (i32 a = 0; a < x.rank; ++a) {
    if (!reduced[a] || keep) shape[shape.rank++] = reduced[a] ? 1 : x[a];
  }
  return set_output(call, 0, DType::f32, shape);
}

void run(const Call& call) {
  const Tensor &x = *call.in(0), &y = call.outputs[0];
  bool reduced[kMaxRank];
  if (read_axes(call, reduced) != PL_OK) return;
  const bool keep = call.node.integer("keepdims", 1) != 0;
  Tensor part{x.type, {}, {}, nullptr};  // what one output element is the mean of
  i64 starts[kMaxRank] = {};             // strides of `x` along the axes of `y`
  for (i32 a = 0, out = 0; a < x.shape.rank; ++a) {
    if (reduced[a]) {
      part.strides[part.shape.rank] = x.strides[a];
      part.shape[part.shape.rank++] = x.shape[a];
      out += keep;
    } else {
      starts[out++] = x.strides[a];
    }
  }
  Walk<2> walk(y.shape);
  walk.operand(0, starts);
  walk.operand(1, y.strides);
  for (; !walk.done(); walk.next()) {
    part.data = x.as<f32>() + walk.offset(0);
    y.as<f32>()[walk.offset(1)] = mean_of(part);
  }
}

}  // namespace

const Operator op_ReduceMean = {
    "ReduceMean", "", "axes keepdims noop_with_empty_axes", 1, 2, 1, nullptr, infer, run, true};

}  // namespace pl
