// Helpers of the operators that take elements of several types or only move them.
#pragma once

#include "ops/operator.h"

namespace pl {

// Calls f(T{}) with the C++ type of the elements; a bool is a byte.
template <class Function>
void with_type(DType type, Function f) {
  switch (type) {
    case DType::i64:
      return f(i64{});
    case DType::i32:
      return f(i32{});
    case DType::i8:
      return f(i8{});
    case DType::u8:
    case DType::boolean:
      return f(u8{});
    default:
      return f(f32{});
  }
}

// The same for the types that have arithmetic, which infer_number() and infer_binary() let through.
template <class Function>
void with_number(DType type, Function f) {
  switch (type) {
    case DType::i64:
      return f(i64{});
    case DType::i32:
      if (!kPainting) return f(i32{});
      [[fallthrough]];
    default:
      return f(f32{});
  }
}

// The same with an integer as wide as the elements, for loops that only move them.
template <class Function>
void with_size(DType type, Function f) {
  switch (element_bytes(type)) {
    case 1:
      return f(u8{});
    case 4:
      return f(u32{});
    default:
      return f(u64{});
  }
}

// y = f(x), element by element, from the first input to the first output.
template <class From, class To, class Function>
void map_elements(const Call& call, Function f) {
  const Tensor& x = *call.in(0);
  const Tensor& y = call.outputs[0];
  Walk<2> walk(y.shape);
  walk.operand(0, x.strides);
  walk.operand(1, y.strides);
  for (; !walk.done(); walk.next()) y.as<To>()[walk.offset(1)] = f(x.as<From>()[walk.offset(0)]);
}

// Negation that wraps where an integer has no negative.
template <class T>
T negate(T x) {
  return static_cast<T>(0 - static_cast<u64>(x));
}
inline f32 negate(f32 x) {
  return -x;
}

// A number in another type: a float as an integer loses its fraction and is held to the type's
// range, NaN becomes 0; an integer that is too wide loses its high bits.
template <class To, class From>
To convert(From x) {
  if constexpr (static_cast<From>(0.5f) != 0 && static_cast<To>(0.5f) == 0) {
    constexpr int bits = 8 * sizeof(To);
    constexpr bool is_signed = static_cast<To>(-1) < 0;
    constexpr To most = static_cast<To>(is_signed ? (u64{1} << (bits - 1)) - 1 : UINT64_MAX);
    constexpr To least = static_cast<To>(-most - 1) < 0 ? static_cast<To>(-most - 1) : To{0};
    constexpr f32 end = is_signed ? 2.0f * (u64{1} << (bits - 2)) : 2.0f * (u64{1} << (bits - 1));
    if (x >= end) return most;
    if (x <= static_cast<f32>(least)) return least;
    return x == x ? static_cast<To>(x) : To{0};
  } else {
    return static_cast<To>(x);
  }
}

// An operator of one number, of a type that has arithmetic.
inline pl_status infer_number(Call& call) {
  const Tensor& x = *call.in(0);
  if (!has_arithmetic(x.type)) return call.unsupported("an input of type ", type_name(x.type));
  return set_output(call, 0, x.type, x.shape);
}

// `x` as it looks when it is broadcast to `shape`, which it fits.
inline Tensor broadcast_view(const Tensor& x, const Shape& shape) {
  Tensor view{x.type, shape, {}, x.data};
  const i32 lead = shape.rank - x.shape.rank;
  for (i32 a = lead; a < shape.rank; ++a)
    view.strides[a] = x.shape[a - lead] == 1 ? 0 : x.strides[a - lead];
  return view;
}

// Any number of inputs of one type, broadcast.
inline pl_status infer_fold(Call& call) {
  PL_TRY(infer_number(call));
  Shape shape = call.in(0)->shape;
  for (i64 i = 1; i < call.inputs.size; ++i) {
    const Tensor* x = call.in(i);
    if (!x || x->type != call.in(0)->type)
      return call.invalid("input ", i, " is missing or not of type ", type_name(call.in(0)->type));
    const Shape before = shape;
    PL_TRY(broadcast_shapes(call, before, x->shape, &shape));
  }
  return set_output(call, 0, call.in(0)->type, shape);
}

// y = f(f(x0, x1), x2) ...
template <class Function>
void fold_elements(const Call& call, Function f) {
  const Tensor& y = call.outputs[0];
  copy_elements(y, broadcast_view(*call.in(0), y.shape));
  for (i64 i = 1; i < call.inputs.size; ++i) {
    const Tensor& x = *call.in(i);
    with_number(y.type, [&](auto zero) {
      using T = decltype(zero);
      Walk<2> walk(y.shape);
      walk.broadcast(0, x);
      walk.operand(1, y.strides);
      for (; !walk.done(); walk.next()) {
        T& kept = y.as<T>()[walk.offset(1)];
        kept = f(kept, x.as<T>()[walk.offset(0)]);
      }
    });
  }
}

// Copies the elements of `from`, in row-major order, to a tensor of another shape and as many.
inline void reshape_elements(const Tensor& to, const Tensor& from) {
  const i64 size = element_bytes(to.type);
  Walk<1> source(from.shape), target(to.shape);
  source.operand(0, from.strides);
  target.operand(0, to.strides);
  for (; !target.done(); source.next(), target.next()) {
    copy(to.as<u8>() + target.offset(0) * size, from.as<u8>() + source.offset(0) * size,
         static_cast<size_t>(size));
  }
}
inline void run_reshape(const Call& call) {
  reshape_elements(call.outputs[0], *call.in(0));
}

// Marks the axes listed in `axes`, each once, of a tensor of this rank.
inline pl_status mark_axes(const Call& call, const Integers& axes, i64 rank, bool* marked) {
  for (i64 i = 0; i < rank; ++i) marked[i] = false;
  for (i64 i = 0; i < axes.size; ++i) {
    i64 axis;
    PL_TRY(normalize_axis(call, axes.values[i], rank, &axis));
    if (marked[axis]) return call.invalid("axis ", axis, " is named twice");
    marked[axis] = true;
  }
  return PL_OK;
}

}  // namespace pl
