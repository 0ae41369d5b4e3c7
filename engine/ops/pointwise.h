// The shape rule and the loop that all operators of one number share, and those of two.
#pragma once

#include "ops/operator.h"

namespace pl {

inline pl_status infer_unary(Call& call) {
  PL_TRY(need_float(call, 0));
  return set_output(call, 0, DType::f32, call.in(0)->shape);
}

// Applies `f` to every element of the first input.
template <class Function>
void each_element(const Call& call, Function f) {
  const Tensor& x = *call.in(0);
  const Tensor& y = call.outputs[0];
  Walk<2> walk(y.shape);
  walk.operand(0, x.strides);
  walk.operand(1, y.strides);
  for (; !walk.done(); walk.next()) y.as<f32>()[walk.offset(1)] = f(x.as<f32>()[walk.offset(0)]);
}

// Applies what the operator's `unary` says.
void run_unary(const Call& call);

using ReadUnary = bool (*)(const Call&, UnaryUse*);

constexpr Operator unary_operator(const char* name, const char* attributes, ReadUnary use) {
  return {name, "",      attributes, 1, 1, 1, nullptr, infer_unary, beside_plans(run_unary),
          true, nullptr, use};
}

// An operator of one number without parameters.
template <Unary kind>
constexpr Operator unary_operator(const char* name) {
  return unary_operator(name, "", [](const Call&, UnaryUse* use) {
    *use = {kind, 0, 0};
    return true;
  });
}

// Two inputs of one type, float32 or an integer that shapes are computed with, broadcast.
pl_status infer_binary(Call& call);

template <class T, class Function>
void each_pair(const Call& call, Function f) {
  const Tensor &a = *call.in(0), &b = *call.in(1);
  const Tensor& y = call.outputs[0];
  Walk<3> walk(y.shape);
  walk.broadcast(0, a);
  walk.broadcast(1, b);
  walk.operand(2, y.strides);
  for (; !walk.done(); walk.next()) {
    y.as<T>()[walk.offset(2)] = f(a.as<T>()[walk.offset(0)], b.as<T>()[walk.offset(1)]);
  }
}

// Calls `f` on pairs of whatever type the inputs have. Integer overflow wraps, as in NumPy.
template <class Function>
void run_binary(const Call& call, Function f) {
  switch (call.outputs[0].type) {
    case DType::i64:
      return each_pair<i64>(call, [f](i64 a, i64 b) {
        return static_cast<i64>(f(static_cast<u64>(a), static_cast<u64>(b)));
      });
    case DType::i32:
      if (!kPainting) {
        return each_pair<i32>(call, [f](i32 a, i32 b) {
          return static_cast<i32>(f(static_cast<u32>(a), static_cast<u32>(b)));
        });
      }
      [[fallthrough]];
    default:
      return each_pair<f32>(call, f);
  }
}

}  // namespace pl
