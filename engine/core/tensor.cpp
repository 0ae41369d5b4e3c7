#include "core/tensor.h"

namespace pl {

i64 element_bytes(DType type) {
  switch (type) {
    case DType::f32:
    case DType::f16:
    case DType::i32:
      return 4;
    case DType::i64:
      return 8;
    case DType::u8:
    case DType::i8:
    case DType::boolean:
      return 1;
    case DType::none:
      break;
  }
  return 0;
}

const char* type_name(DType type) {
  switch (type) {
    case DType::f32:
      return "float32";
    case DType::u8:
      return "uint8";
    case DType::i8:
      return "int8";
    case DType::i32:
      return "int32";
    case DType::i64:
      return "int64";
    case DType::boolean:
      return "bool";
    case DType::f16:
      return "float16";
    case DType::none:
      break;
  }
  return "an unsupported type";
}

Writer& operator<<(Writer& writer, const Shape& shape) {
  writer << "[";
  for (i32 a = 0; a < shape.rank; ++a) writer << (a ? ", " : "") << shape[a];
  return writer << "]";
}

i64 checked_count(const Shape& shape, i64 element_size) {
  i64 count = 1;
  bool empty = false;
  for (i32 a = 0; a < shape.rank; ++a) {
    if (shape[a] < 0) return -1;
    if (shape[a] == 0) {
      empty = true;
      continue;
    }
    if (shape[a] > kMaxTensorBytes / count) return -1;
    count *= shape[a];
  }
  return empty ? 0 : (count * element_size > kMaxTensorBytes ? -1 : count);
}

Tensor dense(DType type, const Shape& shape, void* data) {
  Tensor t{type, shape, {}, data};
  i64 stride = 1;
  for (i32 a = shape.rank - 1; a >= 0; --a) {
    t.strides[a] = stride;
    stride *= shape[a];
  }
  return t;
}

bool is_dense(const Tensor& tensor) {
  i64 stride = 1;
  for (i32 a = tensor.shape.rank - 1; a >= 0; --a) {
    if (tensor.shape[a] != 1 && tensor.strides[a] != stride) return false;
    stride *= tensor.shape[a];
  }
  return true;
}

Tensor channels_last(DType type, const Shape& shape, void* data) {
  Tensor t = dense(type, shape, data);
  if (shape.rank == 4) {
    t.strides[1] = 1;
    t.strides[3] = shape[1];
    t.strides[2] = shape[1] * shape[3];
    t.strides[0] = shape[1] * shape[3] * shape[2];
  }
  return t;
}

namespace {

template <class T>
void copy_as(const Tensor& to, const Tensor& from) {
  Walk<2> walk(to.shape);
  walk.operand(0, to.strides);
  walk.operand(1, from.strides);
  for (; !walk.done(); walk.next()) to.as<T>()[walk.offset(0)] = from.as<T>()[walk.offset(1)];
}

}  // namespace

void copy_elements(const Tensor& to, const Tensor& from) {
  const i64 size = element_bytes(to.type);
  if (to.data == from.data && is_dense(to) && is_dense(from)) return;
  if (is_dense(to) && is_dense(from)) {
    copy(to.data, from.data, static_cast<size_t>(to.count() * size));
  } else if (size == 1) {
    copy_as<u8>(to, from);
  } else if (size == 4) {
    copy_as<u32>(to, from);
  } else {
    copy_as<u64>(to, from);
  }
}

f32 half_to_float(u16 bits) {
  const u32 sign = static_cast<u32>(bits & 0x8000) << 16;
  u32 exponent = (bits >> 10) & 31;
  u32 mantissa = bits & 1023;
  if (exponent == 0) {
    // A subnormal half is a small integer of 2^-24.
    const f32 magnitude = static_cast<f32>(mantissa) * 0x1p-24f;
    return __builtin_bit_cast(f32, sign | __builtin_bit_cast(u32, magnitude));
  }
  exponent = exponent == 31 ? 255 : exponent + 112;
  return __builtin_bit_cast(f32, sign | exponent << 23 | mantissa << 13);
}

u16 float_to_half(f32 value) {
  const u32 bits = __builtin_bit_cast(u32, value);
  const u32 sign = bits >> 16 & 0x8000;
  const u32 magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return static_cast<u16>(sign | 0x7e00);
  if (magnitude >= 0x47800000) return static_cast<u16>(sign | 0x7c00);
  if (magnitude < 0x38800000) {
    // Adding 0.5 lines the subnormal's last place up with that of float32 and rounds there.
    const f32 shifted = __builtin_bit_cast(f32, magnitude) + 0.5f;
    return static_cast<u16>(sign | (__builtin_bit_cast(u32, shifted) - 0x3f000000));
  }
  const u32 rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
  return static_cast<u16>(sign | ((rounded - 0x38000000) >> 13));
}

}  // namespace pl
