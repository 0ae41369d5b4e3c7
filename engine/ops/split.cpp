// Split: cuts a tensor into parts along one axis, of given sizes or all of one size.
#include "ops/operator.h"
#include "ops/table.h"

namespace pl {
namespace {

// The sizes as the node gives them: an attribute (opset 2) or an input (opset 13).
struct Sizes {
  const Tensor* input;
  Span<i64> listed;

  bool present() const { return input || !listed.empty(); }
  i64 count() const { return input ? input->count() : listed.size; }
  i64 operator[](i64 i) const { return input ? integer_at(*input, i) : listed[i]; }
};

pl_status read_sizes(const Call& call, Sizes* sizes) {
  *sizes = {call.in(1), call.node.integers("split")};
  const Tensor* input = sizes->input;
  if (input && input->type != DType::i64 && input->type != DType::i32)
    return call.invalid("'split' must be integers");
  if (input && !input->data && input->count())
    return call.unsupported("'split' must be known when the session is made");
  if (kPainting && !sizes->present()) return call.unsupported("parts without sizes");
  if (sizes->present() && sizes->count() != call.outputs.size)
    return call.invalid(sizes->count(), " sizes for ", call.outputs.size, " outputs");
  return PL_OK;
}

// Opset 18 lets the last part be smaller; before, all parts are equal.
pl_status equal_part(const Call& call, i64 extent, i64* part) {
  const i64 parts = call.outputs.size;
  if (call.node.has("num_outputs") && call.node.integer("num_outputs", 0) != parts)
    return call.invalid("num_outputs is not the number of outputs, ", parts);
  *part = ceil_div(extent, parts);
  const i64 last = extent - (parts - 1) * *part;
  if (last < 0 || (last != *part && call.node.opset < 18))
    return call.invalid("an axis of ", extent, " does not split into ", parts, " parts");
  return PL_OK;
}

pl_status infer(Call& call) {
  Sizes sizes;
  i64 axis, part = 0, total = 0;
  PL_TRY(read_sizes(call, &sizes));
  Shape shape = call.in(0)->shape;
  PL_TRY(normalize_axis(call, call.node.integer("axis", 0), shape.rank, &axis));
  const i64 extent = shape[axis];
  if (!kPainting && !sizes.present()) PL_TRY(equal_part(call, extent, &part));
  for (i64 i = 0; i < call.outputs.size; ++i) {
    const i64 size = kPainting || sizes.present() ? sizes[i] : min(part, extent - total);
    if (size < 0 || size > extent - total)
      return call.invalid("part ", i, " of ", size, " does not fit an axis of ", extent);
    shape[axis] = size;
    total += size;
    PL_TRY(set_output(call, i, call.in(0)->type, shape));
  }
  if (total != extent) return call.invalid("the parts are ", total, " of an axis of ", extent);
  return PL_OK;
}

void run(const Call& call) {
  Tensor part = *call.in(0);
  i64 axis = call.node.integer("axis", 0);
  if (axis < 0) axis += part.shape.rank;
  const i64 step = part.strides[axis] * element_bytes(part.type);
  for (i64 i = 0; i < call.outputs.size; ++i) {
    const Tensor& y = call.outputs[i];
    part.shape[axis] = y.shape[axis];
    if (call.wants(i)) copy_elements(y, part);
    part.data = part.as<u8>() + step * y.shape[axis];
  }
}

}  // namespace

const Operator op_Split = {"Split", "",  "axis num_outputs split", 1, 2, INT32_MAX, nullptr, infer,
                           run,     true};

}  // namespace pl
