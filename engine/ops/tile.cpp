// Tile: a tensor of any type repeated along each axis.
#include "ops/elements.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status read_repeats(const Call& call, Shape* repeats) {
  const Shape& x = call.in(0)->shape;
  Integers listed;
  PL_TRY(read_integers(call, "repeats", 1, &listed));
  if (listed.size != x.rank)
    return call.invalid("'repeats' has ", listed.size, " entries for an input of shape ", x);
  repeats->rank = x.rank;
  for (i32 a = 0; a < x.rank; ++a) (*repeats)[a] = listed.values[a];
  return PL_OK;
}

pl_status infer(Call& call) {
  Shape repeats;
  PL_TRY(read_repeats(call, &repeats));
  Shape shape = call.in(0)->shape;
  for (i32 a = 0; a < shape.rank; ++a) {
    if (repeats[a] < 0 || repeats[a] > kMaxTensorBytes)
      return call.invalid("'repeats' has the entry ", repeats[a]);
    shape[a] *= repeats[a];
  }
  return set_output(call, 0, call.in(0)->type, shape);
}

void run(const Call& call) {
  const Tensor &x = *call.in(0), &y = call.outputs[0];
  Shape repeats;
  if (y.count() == 0 || read_repeats(call, &repeats) != PL_OK) return;
  i64 steps[kMaxRank];
  for (i32 a = 0; a < repeats.rank; ++a) steps[a] = y.strides[a] * x.shape[a];
  Tensor part = y;
  part.shape = x.shape;
  Walk<1> walk(repeats);
  walk.operand(0, steps);
  for (; !walk.done(); walk.next()) {
    part.data = y.as<u8>() + walk.offset(0) * element_bytes(y.type);
    copy_elements(part, x);
  }
}

}  // namespace

const Operator op_Tile = {"Tile", "", "", 2, 2, 1, nullptr, infer, run, true};

}  // namespace pl
