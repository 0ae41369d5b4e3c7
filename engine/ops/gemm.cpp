// Gemm: alpha op(A) op(B) + beta C, where op transposes or not and C is broadcast.
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

Tensor turned(const Tensor& x, bool transpose) {
  if (!transpose) return x;
  Tensor t = x;
  for (i32 i = 0; i < 2; ++i) {
    t.shape[i] = x.shape[1 - i];
    t.strides[i] = x.strides[1 - i];
  }
  return t;
}

pl_status infer(Call& call) {
  for (i64 i = 0; i < 2; ++i) {
    PL_TRY(need_float(call, i));
    PL_TRY(need_rank(call, i, 2, 2));
  }
  const Tensor a = turned(*call.in(0), call.node.integer("transA", 0) != 0);
  const Tensor b = turned(*call.in(1), call.node.integer("transB", 0) != 0);
  if (a.shape[1] != b.shape[0])
    return call.invalid("matrices ", a.shape, " and ", b.shape, " do not multiply");
  const Shape shape = Shape::of(a.shape[0], b.shape[1]);
  if (const Tensor* c = call.in(2)) {
    PL_TRY(need_float(call, 2));
    Shape together;
    PL_TRY(broadcast_shapes(call, shape, c->shape, &together));
    if (together != shape)
      return call.invalid("C of shape ", c->shape, " does not fit a result of shape ", shape);
  }
  return set_output(call, 0, DType::f32, shape);
}

// Order of the sum: k ascending, from zero; then alpha and beta C.
void run(const Call& call) {
  const Tensor& y = call.outputs[0];
  const Tensor a = turned(*call.in(0), call.node.integer("transA", 0) != 0);
  const Tensor b = turned(*call.in(1), call.node.integer("transB", 0) != 0);
  const f32 alpha = call.node.real("alpha", 1), beta = call.node.real("beta", 1);
  const bool has_c = call.in(2) != nullptr;
  const Tensor c = has_c ? broadcast_view(*call.in(2), y.shape) : Tensor();
  for (i64 m = 0; m < y.shape[0]; ++m) {
    for (i64 n = 0; n < y.shape[1]; ++n) {
      f32 sum = 0;
      for (i64 k = 0; k < a.shape[1]; ++k)
        sum = fma(a.as<f32>()[m * a.strides[0] + k * a.strides[1]],
                  b.as<f32>()[k * b.strides[0] + n * b.strides[1]], sum);
      const f32 added = has_c ? beta * c.as<f32>()[m * c.strides[0] + n * c.strides[1]] : 0;
      y.as<f32>()[m * y.strides[0] + n * y.strides[1]] = fma(alpha, sum, added);
    }
  }
}

}  // namespace

const Operator op_Gemm = {"Gemm", "",  "alpha beta transA transB", 2, 3, 1, nullptr, infer,
                          run,    true};

}  // namespace pl
