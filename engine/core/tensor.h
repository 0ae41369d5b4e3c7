// Element types, shapes, and views of n-dimensional arrays in memory.
#pragma once

#include "core/memory.h"

namespace pl {

constexpr int kMaxRank = PL_MAX_RANK;
constexpr i64 kMaxTensorBytes = i64{1} << 30;

enum class DType : i32 {
  none = 0,
  f32 = PL_FLOAT32,
  u8 = PL_UINT8,
  i8 = PL_INT8,
  i32 = PL_INT32,
  i64 = PL_INT64,
  boolean = PL_BOOL,
  f16 = PL_FLOAT16,
};

// Bytes of one element in memory, 0 for `none`. float16 exists only at the model's borders and in
// its file: inside, every float16 tensor is held as float32.
i64 element_bytes(DType type);
const char* type_name(DType type);

struct Shape {
  i32 rank = 0;
  i64 dims[kMaxRank] = {};

  i64& operator[](i64 axis) { return dims[axis]; }
  i64 operator[](i64 axis) const { return dims[axis]; }
  i64 count() const {
    i64 n = 1;
    for (i32 a = 0; a < rank; ++a) n *= dims[a];
    return n;
  }
  static Shape of(i64 a) { return {1, {a}}; }
  static Shape of(i64 a, i64 b) { return {2, {a, b}}; }
  static Shape of(i64 a, i64 b, i64 c, i64 d) { return {4, {a, b, c, d}}; }
};

inline bool operator==(const Shape& a, const Shape& b) {
  if (a.rank != b.rank) return false;
  for (i32 i = 0; i < a.rank; ++i) {
    if (a.dims[i] != b.dims[i]) return false;
  }
  return true;
}
inline bool operator!=(const Shape& a, const Shape& b) {
  return !(a == b);
}
Writer& operator<<(Writer& writer, const Shape& shape);

// Elements of a shape of non-negative dims, or -1 where the tensor would pass kMaxTensorBytes.
i64 checked_count(const Shape& shape, i64 element_size);

// An array in memory. Strides count elements and may be any: a channels-last image, a crop of a
// larger one, BGR read as RGB. Most operators read and write through them and so take any layout.
struct Tensor {
  DType type = DType::none;
  Shape shape;
  i64 strides[kMaxRank] = {};
  void* data = nullptr;

  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
  i64 count() const { return shape.count(); }
};

// The row-major tensor of this type and shape.
Tensor dense(DType type, const Shape& shape, void* data = nullptr);
bool is_dense(const Tensor& tensor);

// The same elements with NHWC in memory, for rank 4; for other ranks like dense().
Tensor channels_last(DType type, const Shape& shape, void* data = nullptr);

// Walks every index of a shape in row-major order, keeping one element offset per operand.
template <int N>
class Walk {
 public:
  explicit Walk(const Shape& shape) : shape_(shape), done_(shape.count() == 0) {}

  void operand(int n, const i64* strides) {
    for (i32 a = 0; a < shape_.rank; ++a) strides_[n][a] = strides[a];
  }
  // Reads a smaller operand as if it were repeated along its missing and its size-1 axes.
  void broadcast(int n, const Tensor& tensor) {
    const i32 lead = shape_.rank - tensor.shape.rank;
    for (i32 a = 0; a < shape_.rank; ++a) {
      strides_[n][a] = a < lead || tensor.shape[a - lead] == 1 ? 0 : tensor.strides[a - lead];
    }
  }
  bool done() const { return done_; }
  i64 offset(int n) const { return offsets_[n]; }
  i64 index(int axis) const { return index_[axis]; }
  void next() {
    for (i32 a = shape_.rank - 1; a >= 0; --a) {
      for (int n = 0; n < N; ++n) offsets_[n] += strides_[n][a];
      if (++index_[a] < shape_[a]) return;
      for (int n = 0; n < N; ++n) offsets_[n] -= strides_[n][a] * shape_[a];
      index_[a] = 0;
    }
    done_ = true;
  }

 private:
  Shape shape_;
  bool done_;
  i64 strides_[N][kMaxRank] = {};
  i64 offsets_[N] = {};
  i64 index_[kMaxRank] = {};
};

// Copies elements between views of one type and one shape, whatever their strides.
void copy_elements(const Tensor& to, const Tensor& from);

f32 half_to_float(u16 bits);
u16 float_to_half(f32 value);  // rounds to nearest, ties to even

}  // namespace pl
