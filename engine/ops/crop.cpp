// Crop: cuts an image's borders, or a part of a given size. An experimental operator of the first
// ONNX versions that old files use.
#include "ops/operator.h"
#include "ops/table.h"

namespace pl {
namespace {

struct Box {
  i64 left, top, right, bottom;  // right and bottom are past the last pixel
};

pl_status read_box(const Call& call, Box* box) {
  const Shape& x = call.in(0)->shape;
  const i64 height = x[2], width = x[3];
  const Span<i64> border = call.node.integers("border");
  if (border.size != 4) return call.invalid("'border' has ", border.size, " entries instead of 4");
  for (i64 b : border) {
    if (b < 0 || b > max(height, width)) return call.invalid("'border' has the entry ", b);
  }
  *box = {border[0], border[1], width - border[2], height - border[3]};
  if (call.node.has("scale")) {
    const Span<i64> size = call.node.integers("scale");
    if (size.size != 2) return call.invalid("'scale' has ", size.size, " entries instead of 2");
    if (size[0] < 1 || size[0] > height || size[1] < 1 || size[1] > width)
      return call.invalid("'scale' ", size[0], " x ", size[1], " does not fit in ", x);
    box->bottom = box->top + size[0];
    box->right = box->left + size[1];
  }
  if (box->right > width || box->bottom > height || box->right <= box->left ||
      box->bottom <= box->top)
    return call.invalid("nothing of ", x, " is left, or the part passes its edge");
  return PL_OK;
}

pl_status infer(Call& call) {
  PL_TRY(need_rank(call, 0, 4, 4));
  Box box;
  PL_TRY(read_box(call, &box));
  Shape shape = call.in(0)->shape;
  shape[2] = box.bottom - box.top;
  shape[3] = box.right - box.left;
  return set_output(call, 0, call.in(0)->type, shape);
}

i64 view(const Call& call, Tensor* out) {
  Box box;
  if (read_box(call, &box) != PL_OK) return 0;
  out->shape[2] = box.bottom - box.top;
  out->shape[3] = box.right - box.left;
  return box.top * out->strides[2] + box.left * out->strides[3];
}

}  // namespace

const Operator op_Crop = {"Crop",  "",    "border scale", 1,    1,   1,
                          nullptr, infer, run_view,       true, view};

}  // namespace pl
