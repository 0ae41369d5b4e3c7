// SpaceToDepth: gathers blocks of pixels into channels (pixel unshuffle).
#include "ops/depth_space.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  PL_TRY(need_rank(call, 0, 4, 4));
  const i64 block = call.node.integer("blocksize", 1);
  Shape shape = call.in(0)->shape;
  if (shape[2] % block || shape[3] % block)
    return call.invalid("an input of shape ", shape, " is not made of blocks of ", block, " x ",
                        block);
  if (shape[1] > kMaxTensorBytes / (block * block))
    return call.invalid("an input of shape ", shape, " with blocksize ", block);
  shape[1] *= block * block;
  shape[2] /= block;
  shape[3] /= block;
  return set_output(call, 0, call.in(0)->type, shape);
}

void run(const Call& call) {
  const BlockViews views = block_views(call, *call.in(0), call.outputs[0]);
  copy_elements(views.deep, views.wide);
}

}  // namespace

const Operator op_SpaceToDepth = {
    "SpaceToDepth", "", "blocksize mode", 1, 1, 1, check_blocks, infer, run, true};

}  // namespace pl
