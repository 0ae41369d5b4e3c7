// MatMul: matrix products with NumPy's rules: leading axes are broadcast, a vector on the left is
// a row, a vector on the right a column.
#include "ops/operator.h"
#include "ops/table.h"

namespace pl {
namespace {

// A vector with the axis that makes it a matrix.
Tensor as_matrix(const Tensor& x, bool left) {
  if (x.shape.rank > 1) return x;
  Tensor matrix = x;
  matrix.shape = left ? Shape::of(1, x.shape[0]) : Shape::of(x.shape[0], 1);
  matrix.strides[left ? 1 : 0] = x.strides[0];
  matrix.strides[left ? 0 : 1] = 0;
  return matrix;
}

// The axes before the last two.
Tensor batch(Tensor matrices) {
  matrices.shape.rank -= 2;
  return matrices;
}

pl_status infer(Call& call) {
  for (i64 i = 0; i < 2; ++i) {
    PL_TRY(need_float(call, i));
    PL_TRY(need_rank(call, i, 1, kMaxRank));
  }
  const bool row = call.in(0)->shape.rank == 1, column = call.in(1)->shape.rank == 1;
  const Tensor a = as_matrix(*call.in(0), true), b = as_matrix(*call.in(1), false);
  const i32 p = a.shape.rank, q = b.shape.rank;
  if (a.shape[p - 1] != b.shape[q - 2])
    return call.invalid("shapes ", call.in(0)->shape, " and ", call.in(1)->shape,
                        " do not multiply");
  Shape shape;
  PL_TRY(broadcast_shapes(call, batch(a).shape, batch(b).shape, &shape));
  if (!row) shape[shape.rank++] = a.shape[p - 2];
  if (!column) shape[shape.rank++] = b.shape[q - 1];
  return set_output(call, 0, DType::f32, shape);
}

struct Matrix {
  const f32* data;
  i64 row, column;  // strides
};

Matrix matrix_at(const Tensor& t, i64 offset) {
  return {t.as<f32>() + offset, t.strides[t.shape.rank - 2], t.strides[t.shape.rank - 1]};
}

// Order of the sum: k ascending, from zero.
f32 dot(Matrix a, Matrix b, i64 m, i64 n, i64 count) {
  f32 sum = 0;
  for (i64 k = 0; k < count; ++k)
    sum = fma(a.data[m * a.row + k * a.column], b.data[k * b.row + n * b.column], sum);
  return sum;
}

void run(const Call& call) {
  const Tensor a = as_matrix(*call.in(0), true), b = as_matrix(*call.in(1), false);
  const Tensor& y = call.outputs[0];
  const i64 rows = a.shape[a.shape.rank - 2], columns = b.shape[b.shape.rank - 1];
  const i64 count = a.shape[a.shape.rank - 1];
  const bool row = call.in(0)->shape.rank == 1, column = call.in(1)->shape.rank == 1;
  const i32 lead = y.shape.rank - (row ? 0 : 1) - (column ? 0 : 1);
  const i64 down = row ? 0 : y.strides[lead], right = column ? 0 : y.strides[y.shape.rank - 1];
  Shape outer = y.shape;
  outer.rank = lead;
  Walk<3> walk(outer);
  walk.broadcast(0, batch(a));
  walk.broadcast(1, batch(b));
  walk.operand(2, y.strides);
  for (; !walk.done(); walk.next()) {
    const Matrix left = matrix_at(a, walk.offset(0)), right_hand = matrix_at(b, walk.offset(1));
    f32* out = y.as<f32>() + walk.offset(2);
    for (i64 m = 0; m < rows; ++m) {
      for (i64 n = 0; n < columns; ++n)
        out[m * down + n * right] = dot(left, right_hand, m, n, count);
    }
  }
}

}  // namespace

const Operator op_MatMul = {"MatMul", "", "", 2, 2, 1, nullptr, infer, run, true};

}  // namespace pl
