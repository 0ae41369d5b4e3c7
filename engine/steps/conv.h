// Convolution and transposed convolution: rows are loaded (padded, upsampled, normalised, ...) into
// a ring, a kernel computes a row of outputs from the ring, and the row is stored.
#pragma once

#include "steps/rows.h"

namespace pl {

// One position of the kernel: where it reads, in rows and pixels of the padded input, from the
// place that belongs to the output.
struct Tap {
  i32 dy = 0, dx = 0;
  i32 kernel = 0;  // row-major index into the kernel's positions
};

// Taps that lie next to each other in a row.
struct TapRun {
  i32 dy = 0, dx = 0;
  i32 length = 0;  // floats
};

// Outputs whose positions are equal modulo the number of phases share taps. A convolution has one
// phase; a transposed one with stride s has s along each axis.
struct Phase {
  Span<const Tap> taps;
  Span<const TapRun> runs;
  const f32* weights = nullptr;  // packed for the method, one group after the other
};

// Reads element (group, out channel, in channel, kernel position) of weights as they stand
// in the model.
struct Weights {
  const f32* data;
  i64 group_stride, out_stride, in_stride;
};

struct ConvStep : Step {
  enum class Method : u8 {
    dense,
    depthwise,
    maximum,
    planar,
    winograd,
    differences
  } method = Method::dense;
  bool tall = false;  // down the rows by fewer products, see steps/tall.cpp
  const Kernels* kernels =
      nullptr;  // for the convolution itself; rows come and go by the machine's
  Source source;
  Sink sink;
  // A pointwise convolution may take its rows from a depthwise one that stores them nowhere; the
  // source then only tells their extents.
  const ConvStep* inner = nullptr;
  i64 groups = 1;
  i64 in_channels = 0, out_channels = 0;  // of one group
  i64 stride_y = 1, stride_x = 1;         // padded input rows and pixels from output to output
  i64 phases_y = 1, phases_x = 1;
  Span<Phase> phases;         // [phase y][phase x]
  Span<Phase> products;       // tall: of the one phase; rows of taps are groups of kernel rows
  const f32* bias = nullptr;  // [groups * out_channels], zeros behind them for whole vectors
  Weights weights = {};       // for a GPU, with the bias as it stands, too; unless null
  i64 out_batch = 0, out_height = 0, out_width = 0;
  i64 ring_rows = 1;  // input rows that one output row reads, from first to last

  i64 channels_out() const { return groups * out_channels; }
};

// Is every channel of the output made of one channel of the input?
inline bool is_channelwise(const ConvStep& step) {
  return step.method == ConvStep::Method::depthwise || step.method == ConvStep::Method::maximum;
}

// Method::winograd: does the step's shape allow it, and does it save work?
bool winograd_fits(const ConvStep& step);
// Packs the weights and sets macs, scratch and run().
pl_status pack_winograd(ConvStep* step, const Weights& weights, const Kernels& kernels,
                        Arena& arena, Error& error);
void run_winograd(const Step& step, const Machine& machine);

// Method::differences: a 3x3 convolution, padded by one, of the source upsampled by two. The step
// has the taps of that, and the source upsamples nothing.
bool differences_fit(const ConvStep& step);
pl_status pack_differences(ConvStep* step, const Weights& weights, Arena& arena, Error& error);

// Dense or planar: does the shape allow `tall`, and does it save work?
bool tall_fits(const ConvStep& step);
pl_status pack_tall(ConvStep* step, const Weights& weights, const Kernels& kernels, Arena& arena,
                    Error& error);

// A step's memory and its loop for the other methods.
i64 conv_scratch(const ConvStep& step);
void run_conv(const Step& step, const Machine& machine);
i64 conv_first_row(const Step& step, i64 y);

// Finds the runs of a phase and packs its weights.
pl_status pack_phase(const ConvStep& step, Phase* phase, const Weights& weights,
                     const Kernels& kernels, Arena& arena, Error& error);

// Fills in runs, packed weights, ring, scratch and run(), once everything else is set.
pl_status finish_conv(ConvStep* step, const Weights& weights, const f32* bias,
                      const Kernels& kernels, Arena& arena, Error& error);

}  // namespace pl
