// Dropout: at inference a copy. The mask that says what was kept is all ones.
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  const Tensor &x = *call.in(0), *training = call.in(2);
  PL_TRY(need_float(call, 0));
  if (training) {
    if (training->type != DType::boolean || training->count() != 1)
      return call.invalid("training_mode must be one bool");
    if (!training->data || *training->as<u8>())
      return call.unsupported("training_mode must be known and false");
  }
  PL_TRY(set_output(call, 0, x.type, x.shape));
  if (!call.wants(1)) return PL_OK;
  return set_output(call, 1, call.node.opset < 10 ? x.type : DType::boolean, x.shape);
}

void run(const Call& call) {
  copy_elements(call.outputs[0], *call.in(0));
  if (!call.wants(1)) return;
  const Tensor& mask = call.outputs[1];
  with_type(mask.type, [&](auto one) {
    one = 1;
    const Tensor ones{mask.type, mask.shape, {}, &one};  // its strides are all zero
    copy_elements(mask, ones);
  });
}

}  // namespace

const Operator op_Dropout = {"Dropout", "", "ratio seed", 1, 3, 2, nullptr, infer, run, true};

}  // namespace pl
