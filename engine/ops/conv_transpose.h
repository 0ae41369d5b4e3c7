// The extents of a transposed convolution, for its loop and for the planner.
#pragma once

#include "ops/operator.h"

namespace pl {

struct TransposedExtents {
  i32 rank;  // spatial axes
  i64 groups;
  i64 in_channels;   // of one group
  i64 out_channels;  // of one group
  i64 stride[3], dilation[3];
  i64 pad_begin[3];  // outputs cut off before the first
  i64 out[3];
};
pl_status read_transposed(const Call& call, TransposedExtents* extents);

}  // namespace pl
