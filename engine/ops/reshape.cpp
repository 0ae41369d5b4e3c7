// Reshape: the same elements in row-major order under another shape, in which one -1 stands for
// what is left and, unless allowzero is set, 0 for the input's extent.
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  const Tensor& x = *call.in(0);
  Integers wanted;
  PL_TRY(read_integers(call, "shape", 1, &wanted));
  if (wanted.size > kMaxRank) return call.unsupported("a shape of rank ", wanted.size);
  const bool allow_zero = call.node.integer("allowzero", 0) != 0;
  Shape shape{static_cast<i32>(wanted.size), {}};
  i64 rest = -1;
  for (i32 a = 0; a < shape.rank; ++a) {
    shape[a] = wanted.values[a];
    if (shape[a] == 0 && !allow_zero) {
      if (a >= x.shape.rank) return call.invalid("the 0 at ", a, " copies no axis of ", x.shape);
      shape[a] = x.shape[a];
    }
    if (shape[a] != -1) continue;
    if (rest >= 0) return call.invalid("the shape has more than one -1");
    rest = a;
    shape[a] = 1;
  }
  const i64 known = checked_count(shape, 1);
  const bool fits = rest < 0 ? known == x.count() : known > 0 && x.count() % known == 0;
  if (!fits) return call.invalid("a shape of ", shape, " does not hold ", x.shape);
  if (rest >= 0) shape[rest] = x.count() / known;
  return set_output(call, 0, x.type, shape);
}

}  // namespace

const Operator op_Reshape = {"Reshape", "",      "allowzero", 2,           2,
                             1,         nullptr, infer,       run_reshape, true};

}  // namespace pl
