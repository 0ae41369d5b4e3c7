// The steps between convolutions.
#pragma once

#include "ops/moments.h"
#include "ops/operator.h"
#include "steps/rows.h"

namespace pl {

// Source to sink, row by row: what could not be folded into a convolution, and conversions at the
// model's borders.
struct MapStep : Step {
  Source source;
  Sink sink;
  i64 block = 1;  // so many rows and columns become one pixel of block * block times the channels
};
void finish_map(MapStep* step);

// Row statistics to the scale and shift of an instance normalisation.
struct NormStep : Step {
  i32 stats = -1;       // slot [n][row][mean, m2][channel]
  i32 parameters = -1;  // slot [n][scale, shift][pattern]
  i64 batch = 0, rows = 0, width = 0, channels = 0;
  i32 scale = -1, bias = -1;  // slots [channel]
  f32 epsilon = 0;
  Moments* before = nullptr;  // [n][channel] of the run before, where runs are smoothed
};
void finish_norm(NormStep* step);

// An operator's reference loop.
struct ReferenceStep : Step {
  const Node* node = nullptr;
  Span<i32> inputs, outputs;  // slots, -1 where left out
};
void finish_reference(ReferenceStep* step);

// Elements from one slot to another of the same shape, whatever their layouts.
struct CopyStep : Step {};
void finish_copy(CopyStep* step);

}  // namespace pl
