// What DepthToSpace and SpaceToDepth share: two views of one shape, [image, channel, row in block,
// column in block, block row, block column], between which elements are copied.
#pragma once

#include "ops/operator.h"

namespace pl {

// `wide` has the large extents and `deep` the many channels.
struct BlockViews {
  Tensor wide;
  Tensor deep;
};

inline BlockViews block_views(const Call& call, const Tensor& wide, const Tensor& deep) {
  const i64 block = call.node.integer("blocksize", 1);
  const bool channel_first = call.node.text("mode", "DCR") == "CRD";
  BlockViews views{wide, deep};
  const i64* s = wide.strides;
  const i64* d = deep.strides;
  const Shape shape{6, {wide.shape[0], wide.shape[1], block, block, deep.shape[2], deep.shape[3]}};
  views.wide.shape = views.deep.shape = shape;
  const i64 wide_strides[6] = {s[0], s[1], s[2], s[3], s[2] * block, s[3] * block};
  // In depth, the place within the block is the fast index (CRD) or the slow one (DCR).
  const i64 channel = channel_first ? block * block : 1;
  const i64 place = channel_first ? 1 : wide.shape[1];
  const i64 deep_strides[6] = {d[0],         d[1] * channel, d[1] * place * block,
                               d[1] * place, d[2],           d[3]};
  for (i32 a = 0; a < 6; ++a) {
    views.wide.strides[a] = wide_strides[a];
    views.deep.strides[a] = deep_strides[a];
  }
  return views;
}

inline pl_status check_blocks(const Call& call) {
  const i64 block = call.node.integer("blocksize", 0);
  if (block < 1 || block > (1 << 12)) return call.invalid("'blocksize' is ", block);
  const Text mode = call.node.text("mode", "DCR");
  if (mode != "DCR" && mode != "CRD") return call.invalid("mode '", mode, "' is unknown");
  return PL_OK;
}

}  // namespace pl
