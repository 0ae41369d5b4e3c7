// Range: start, start + delta, start + 2 delta ... up to, and without, limit.
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

template <class T>
T number(const Call& call, i64 i) {
  return *call.in(i)->as<T>();
}

// How many elements; -1: too many.
template <class T>
i64 count_of(T start, T limit, T delta) {
  const f64 count = (static_cast<f64>(limit) - static_cast<f64>(start)) / static_cast<f64>(delta);
  if (!(count > 0)) return 0;
  if (count > static_cast<f64>(kMaxTensorBytes)) return -1;
  const i64 whole = static_cast<i64>(count);
  return whole + (static_cast<f64>(whole) < count);
}

pl_status infer(Call& call) {
  PL_TRY(infer_number(call));
  const DType type = call.in(0)->type;
  for (i64 i = 0; i < 3; ++i) {
    const Tensor& x = *call.in(i);
    if (x.type != type || x.count() != 1)
      return call.invalid("input ", i, " is not one number of type ", type_name(type));
    if (!x.data)
      return call.unsupported("input ", i,
                              " depends on the input's elements; it must be known when the "
                              "session is made");
  }
  i64 count = 0;
  bool moves = false;
  with_number(type, [&](auto zero) {
    using T = decltype(zero);
    const T delta = number<T>(call, 2);
    moves = delta != 0;
    if (moves) count = count_of(number<T>(call, 0), number<T>(call, 1), delta);
  });
  if (!moves) return call.invalid("delta is 0");
  return set_output(call, 0, type, Shape::of(count));
}

void run(const Call& call) {
  const Tensor& y = call.outputs[0];
  for (i64 i = 0; i < y.shape[0]; ++i) {
    const i64 at = i * y.strides[0];
    if (y.type == DType::f32) {
      y.as<f32>()[at] = fma(static_cast<f32>(i), number<f32>(call, 2), number<f32>(call, 0));
      continue;
    }
    const i64 x = integer_at(*call.in(0), 0) + i * integer_at(*call.in(2), 0);
    if (y.type == DType::i64) {
      y.as<i64>()[at] = x;
    } else {
      y.as<i32>()[at] = static_cast<i32>(x);
    }
  }
}

}  // namespace

const Operator op_Range = {"Range", "", "", 3, 3, 1, nullptr, infer, run, true};

}  // namespace pl
