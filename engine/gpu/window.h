// How a convolution, a pooling or a copy is dealt out over workgroups.
#pragma once

#include "core/tensor.h"
#include "gpu/commands.h"
#include "steps/conv.h"

namespace pl::gpu {

struct Pair {
  i64 x = 1, y = 1;
};

// The taps of a phase: `taps` places, from `at` on, that lie Tiling::step apart.
struct Grid {
  Pair at{0, 0}, taps;
  i64 first = 0;  // of its weights
};

struct Tiling {
  Array<Grid> grids;  // one for each phase
  Pair step;
  i64 taps = 0;      // of all phases
  Pair tile{16, 8};  // outputs of a phase
  Pair tiles;        // how many
  i64 pixels = 4, blocks = 1, slices = 1;
  Pair window;     // pixels of the input that a tile reads
  i64 chunk = 1;   // channels, by fours, that are loaded at once
  i64 shared = 1;  // vectors of four that the invocations of a workgroup share

  explicit Tiling(Arena* arena) : grids(arena) {}
  i64 lanes() const { return tile.x * tile.y / pixels; }
};

// False where the taps are no grid, or too far apart for what a workgroup may share.
pl_status make_tiling(const ConvStep& step, i64 threads, Tiling* tiling, bool* fits, Error& error);

// Weights as the shaders read them; zeros for channels that are not there.
// Dense: [group][tap][channel in][channel out by fours]; channelwise: [tap][channel].
pl_status pack_weights(const ConvStep& step, const Tiling& tiling, Array<f32>* to, Error& error);

}  // namespace pl::gpu
