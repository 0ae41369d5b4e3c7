#include "ops/reduce.h"

#include "ops/elements.h"

namespace pl {

pl_status read_reduced(const Call& call, i64 since, bool* reduced) {
  const i32 rank = call.in(0)->shape.rank;
  Integers axes;
  PL_TRY(read_integers(call, "axes", call.node.opset >= since ? 1 : -1, &axes));
  PL_TRY(mark_axes(call, axes, rank, reduced));
  if (axes.size == 0 && call.node.integer("noop_with_empty_axes", 0) == 0) {
    for (i32 a = 0; a < rank; ++a) reduced[a] = true;
  }
  return PL_OK;
}

Shape reduced_shape(const Call& call, const bool* reduced) {
  const Shape& x = call.in(0)->shape;
  const bool keep = call.node.integer("keepdims", 1) != 0;
  Shape shape;
  for (i32 a = 0; a < x.rank; ++a) {
    if (!reduced[a] || keep) shape[shape.rank++] = reduced[a] ? 1 : x[a];
  }
  return shape;
}

pl_status infer_reduce(Call& call, i64 since) {
  PL_TRY(infer_number(call));
  bool reduced[kMaxRank];
  PL_TRY(read_reduced(call, since, reduced));
  return set_output(call, 0, call.in(0)->type, reduced_shape(call, reduced));
}

Parts::Parts(const Call& call, const bool* reduced)
    : x_(*call.in(0)), walk_(call.outputs[0].shape), part_{x_.type, {}, {}, x_.data} {
  const bool keep = call.node.integer("keepdims", 1) != 0;
  i64 starts[kMaxRank] = {};  // strides of the input along the axes of the output
  for (i32 a = 0, out = 0; a < x_.shape.rank; ++a) {
    if (reduced[a]) {
      part_.strides[part_.shape.rank] = x_.strides[a];
      part_.shape[part_.shape.rank++] = x_.shape[a];
      out += keep;
    } else {
      starts[out++] = x_.strides[a];
    }
  }
  walk_.operand(0, starts);
  walk_.operand(1, call.outputs[0].strides);
}

void Parts::next() {
  walk_.next();
  part_.data = x_.as<u8>() + walk_.offset(0) * element_bytes(x_.type);
}

namespace {

// What nothing is smaller or larger than.
template <class T>
T extreme(bool largest) {
  constexpr int bits = 8 * sizeof(T);
  const u64 most = (u64{1} << (bits - 1)) - 1;
  return static_cast<T>(largest ? most : ~most);
}
template <>
f32 extreme<f32>(bool largest) {
  return largest ? __builtin_inff() : -__builtin_inff();
}

}  // namespace

void run_extreme(const Call& call, bool largest) {
  bool reduced[kMaxRank];
  if (read_reduced(call, 18, reduced) != PL_OK) return;
  for (Parts parts(call, reduced); !parts.done(); parts.next()) {
    with_number(call.outputs[0].type, [&](auto zero) {
      using T = decltype(zero);
      T kept = extreme<T>(!largest);
      Walk<1> walk(parts.part().shape);
      walk.operand(0, parts.part().strides);
      for (; !walk.done(); walk.next()) {
        const T x = parts.part().as<T>()[walk.offset(0)];
        if (largest ? kept < x : x < kept) kept = x;
      }
      call.outputs[0].as<T>()[parts.to()] = kept;
    });
  }
}

}  // namespace pl
