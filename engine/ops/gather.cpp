// Gather: picks slices along one axis by index; negative indices count from the end. An index that
// is out of range is refused where it is constant and held to the range where it is not.
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status check_indices(const Call& call, i64 extent) {
  const Tensor& indices = *call.in(1);
  if (indices.type != DType::i64 && indices.type != DType::i32)
    return call.invalid("indices of type ", type_name(indices.type));
  const i64 count = indices.count();
  if (count && !extent) return call.invalid("there is nothing to gather from");
  for (i64 i = 0; indices.data && i < count; ++i) {
    const i64 index = integer_at(indices, i);
    if (index < -extent || index >= extent)
      return call.invalid("index ", index, " into an axis of ", extent);
  }
  return PL_OK;
}

pl_status infer(Call& call) {
  const Shape &data = call.in(0)->shape, &indices = call.in(1)->shape;
  i64 axis;
  PL_TRY(normalize_axis(call, call.node.integer("axis", 0), data.rank, &axis));
  PL_TRY(check_indices(call, data[axis]));
  if (data.rank - 1 + indices.rank > kMaxRank)
    return call.unsupported("a result of rank ", data.rank - 1 + indices.rank);
  Shape shape;
  for (i32 a = 0; a < axis; ++a) shape[shape.rank++] = data[a];
  for (i32 a = 0; a < indices.rank; ++a) shape[shape.rank++] = indices[a];
  for (i64 a = axis + 1; a < data.rank; ++a) shape[shape.rank++] = data[a];
  return set_output(call, 0, call.in(0)->type, shape);
}

void run(const Call& call) {
  const Tensor &data = *call.in(0), &indices = *call.in(1);
  const Tensor& y = call.outputs[0];
  const bool wide = indices.type == DType::i64;
  const i64 element = element_bytes(y.type);
  i64 axis = call.node.integer("axis", 0);
  if (axis < 0) axis += data.shape.rank;
  const i64 added = indices.shape.rank, extent = data.shape[axis];
  i64 data_strides[kMaxRank] = {}, index_strides[kMaxRank] = {};
  for (i64 a = 0; a < y.shape.rank; ++a) {
    if (a < axis) {
      data_strides[a] = data.strides[a];
    } else if (a < axis + added) {
      index_strides[a] = indices.strides[a - axis];
    } else {
      data_strides[a] = data.strides[a - added + 1];
    }
  }
  Walk<3> walk(y.shape);
  walk.operand(0, data_strides);
  walk.operand(1, index_strides);
  walk.operand(2, y.strides);
  for (; !walk.done(); walk.next()) {
    const i64 at = walk.offset(1);
    i64 index = wide ? indices.as<i64>()[at] : indices.as<i32>()[at];
    index = clamp<i64>(index < 0 ? index + extent : index, 0, extent - 1);
    const i64 from = walk.offset(0) + index * data.strides[axis];
    copy(y.as<u8>() + walk.offset(2) * element, data.as<u8>() + from * element,
         static_cast<size_t>(element));
  }
}

}  // namespace

const Operator op_Gather = {"Gather", "", "axis", 2, 2, 1, nullptr, infer, run, true};

}  // namespace pl
