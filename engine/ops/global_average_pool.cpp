// GlobalAveragePool: the mean of each channel of each image.
#include "ops/mean.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  PL_TRY(need_float(call, 0));
  PL_TRY(need_rank(call, 0, 3, kMaxRank));
  Shape shape = call.in(0)->shape;
  for (i32 a = 2; a < shape.rank; ++a) shape[a] = 1;
  return set_output(call, 0, DType::f32, shape);
}

void run(const Call& call) {
  const Tensor &x = *call.in(0), &y = call.outputs[0];
  Tensor image{x.type, {x.shape.rank - 2, {}}, {}, nullptr};
  for (i32 a = 2; a < x.shape.rank; ++a) {
    image.shape[a - 2] = x.shape[a];
    image.strides[a - 2] = x.strides[a];
  }
  for (i64 n = 0; n < x.shape[0]; ++n) {
    for (i64 c = 0; c < x.shape[1]; ++c) {
      image.data = x.as<f32>() + n * x.strides[0] + c * x.strides[1];
      y.as<f32>()[n * y.strides[0] + c * y.strides[1]] = mean_of(image);
    }
  }
}

}  // namespace

const Operator op_GlobalAveragePool = {
    "GlobalAveragePool", "", "", 1, 1, 1, nullptr, infer, run, true};

}  // namespace pl
