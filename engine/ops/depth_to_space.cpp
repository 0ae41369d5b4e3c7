// DepthToSpace: spreads groups of channels over blocks of pixels (pixel shuffle).
#include "ops/depth_space.h"
#include "ops/table.h"

namespace pl {
namespace {

pl_status infer(Call& call) {
  PL_TRY(need_rank(call, 0, 4, 4));
  const i64 block = call.node.integer("blocksize", 1);
  Shape shape = call.in(0)->shape;
  if (shape[1] % (block * block))
    return call.invalid(shape[1], " channels do not make blocks of ", block, " x ", block);
  if (shape[2] > kMaxTensorBytes / block || shape[3] > kMaxTensorBytes / block)
    return call.invalid("an input of shape ", shape, " with blocksize ", block);
  shape[1] /= block * block;
  shape[2] *= block;
  shape[3] *= block;
  return set_output(call, 0, call.in(0)->type, shape);
}

void run(const Call& call) {
  const BlockViews views = block_views(call, call.outputs[0], *call.in(0));
  copy_elements(views.wide, views.deep);
}

}  // namespace

const Operator op_DepthToSpace = {
    "DepthToSpace", "", "blocksize mode", 1, 1, 1, check_blocks, infer, run, true};

}  // namespace pl
