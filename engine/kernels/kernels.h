// The fast loops behind one table of functions per instruction set. All of them work on rows: one
// line of an image, pixels next to each other, the channels of a pixel next to each other.
#pragma once

#include "core/unary.h"

namespace pl {

enum class Combine : u8 { add, subtract, multiply };

constexpr i64 kMatrixChannels = 4;  // the most channels of a pixel that a matrix is applied to

// A stretch of operands that lie next to each other both in the input row and in the weights.
struct Run {
  const f32* from;  // of output pixel 0
  i32 length;
};

// One row of output pixels of a convolution. Weights are packed as [block][k][width of block];
// k runs over all runs in order, and that is the order of the sum, which starts at the bias.
struct ConvRow {
  Span<const Run> runs;
  i64 pitch;  // floats from the operands of one output pixel to those of the next
  const f32* weights;
  const f32* bias;  // one per channel, filled up with zeros to whole vectors
  f32* out;
  i64 out_pitch;  // floats from one output pixel to the next
  i64 pixels;
  i64 channels;
};

// The same with one input channel for each output channel; weights are [tap][channel].
struct DepthwiseRow {
  Span<const f32* const> taps;  // operands of output pixel 0
  i64 pitch;
  const f32* weights;
  const f32* bias;
  f32* out;
  i64 out_pitch;
  i64 pixels;
  i64 channels;
};

// Few output channels, stride 1: vectors run over pixels, so input and output rows are planar.
// Weights are [channel out][tap][channel in].
constexpr i64 kPlanarChannels = 4;  // the most output channels, but for
constexpr i64 kPlanarPairs = 6;     // six, or two pixels of three channels with a start

struct PlanarRow {
  Span<const f32* const> taps;  // channel 0 of output pixel 0
  i64 plane;                    // floats from one input channel to the next
  i64 in_channels;
  const f32* weights;
  const f32* bias;
  f32* out;
  i64 out_plane;  // with room for four vectors, which a shorter row is written past its end
  i64 pixels;
  i64 channels;
  // kPlanarPairs: unless null, what sums start from in place of the bias. Three planes, which both
  // pixels share, and unless null, one for each channel, added to them.
  const f32 *start = nullptr, *more = nullptr;
};

// Outputs around the centres of steps/differences.h: at each centre two operands, and for each of
// them a pair of output pixels, whose channels are counted together. Weights are packed as
// [vector][channel in][operand of the centre][lane], vectors of zeros behind them up to two; start
// and more can be read two vectors beyond their ends.
struct DoubledRow {
  const f32* from;  // [centre][operand][channel in]
  i64 in_channels;
  const f32* weights;
  const f32* start;  // what sums start from, [centre][period]: the channels of one pixel of a pair,
  i64 period;        // or of both where one does not fill whole vectors
  const f32* more;   // unless null, added to that, [centre][operand][channel]
  f32* out;          // [centre][operand][channel]
  i64 centres;
  i64 channels;  // of a pair
};

// Winograd's convolution of 6x6 outputs at a time: see kernels/winograd.h.
constexpr i64 kWinogradTile = 6;
constexpr i64 kWinogradProducts = 64;
constexpr i64 kWinogradChannels = 8;  // with fewer the transforms cost what they save

// Rows and matrices can be read and written a vector beyond their ends.
struct WinogradInput {
  const f32* rows[8];  // from the first pixel of the first tile on, 6 tiles + 2 pixels long
  i64 tiles;
  i64 channels;
  f32* out;    // [64][tile][channel], of the first tile
  i64 matrix;  // floats from one of the 64 to the next
};

struct WinogradOutput {
  const f32* products;  // [64][tile][channel], of the first tile
  i64 matrix;
  i64 tiles;
  i64 channels;
  const f32* bias;
  f32* out[6];  // rows, from the first pixel of the first tile on
  i64 rows;     // how many of them are there
  i64 pixels;   // and how many pixels of each
};

// Convolution with tall kernels, four output rows at a time: see steps/tall.cpp.
constexpr i64 kTallTile = 4;
constexpr i64 kTallProducts = 8;

struct TallInput {
  const f32* rows[8];
  f32* out;
  i64 pitch;  // floats from one transformed row to the next
  i64 count;  // floats of each row
};

struct TallOutput {
  const f32* products;
  i64 pitch;  // floats from one product to the next
  f32* rows[4];
  i64 count;
};

// Red, green and blue as bytes next to each other, or the other way round.
struct PixelOrder {
  i64 size = 3;  // bytes; a fourth is alpha, written as 255
  bool blue_first = false;
  bool mirrored = false;  // the last pixel of the picture is the first of the row
};

// Where a row of a picture with chroma for every second pixel lies.
struct YuvRow {
  u8 *luma, *cb, *cr;
  i64 step;  // bytes from one chroma sample to the next
};

// red = luma * y + black + red_cr * (cr - 128), each product added by one fma in the order
// y, cb, cr, and held to 0..255.
struct YuvToRgb {
  f32 luma, black, red_cr, green_cb, green_cr, blue_cb;
};

// Weights of red, green and blue, and what is added first (with the half that rounds): blue, green,
// red are added to it in this order. Those of chroma are for sums of four pixels.
struct RgbToYuv {
  f32 luma[4], cb[4], cr[4];
};

struct Kernels {
  const char* isa;
  i32 lanes;
  bool (*available)();

  // Stages. dst may be src. `period`: length of a per-channel pattern, see lane_period().
  void (*unary)(Unary kind, f32* dst, const f32* src, i64 n, f32 a, f32 b);
  void (*affine)(f32* dst, const f32* src, i64 n, const f32* scale, const f32* shift, i64 period);
  void (*slope)(f32* dst, const f32* src, i64 n, const f32* slope, i64 period);
  void (*combine)(Combine kind, f32* dst, const f32* src, const f32* other, i64 n);
  // Each pixel times a matrix [channel out][channel in]; sums from zero, in the order of channels.
  void (*matrix)(f32* dst, const f32* src, i64 pixels, i64 channels, const f32* weights);

  // Borders between types and layouts.
  void (*from_bytes)(f32* dst, const u8* src, i64 n);
  void (*to_bytes)(u8* dst, const f32* src, i64 n);  // cuts the fraction, holds to 0..255
  void (*to_planes)(f32* dst, const f32* src, i64 pixels, i64 channels, i64 plane);
  void (*from_planes)(f32* dst, const f32* src, i64 pixels, i64 channels, i64 plane);

  // Pictures, see kernels/picture.h. Floats are as from_bytes() and to_bytes() have them.
  void (*from_pixels)(f32* rgb, const u8* from, i64 pixels, PixelOrder order);
  void (*to_pixels)(u8* to, const f32* rgb, i64 pixels, PixelOrder order);
  void (*from_yuv)(f32* rgb, const YuvRow& row, const YuvToRgb& by, i64 pixels, bool mirrored);
  // Two rows at once: chroma is that of the mean of two by two pixels, of two where the last column
  // is alone. A last row alone is given as both, and `lower_luma` as null.
  void (*to_yuv)(const YuvRow& to, u8* lower_luma, const u8* rgb, const u8* lower_rgb, i64 pixels,
                 const RgbToYuv& by);

  // For each channel, the mean over the row and the sum of squared differences from it.
  void (*row_stats)(const f32* row, i64 pixels, i64 channels, f32* mean, f32* m2);

  void (*conv)(const ConvRow& row);
  void (*depthwise)(const DepthwiseRow& row);
  void (*maximum)(const DepthwiseRow& row);  // of the taps; weights and bias play no part
  void (*planar)(const PlanarRow& row);
  void (*doubled)(const DoubledRow& row);
  void (*winograd_input)(const WinogradInput& in);
  void (*winograd_output)(const WinogradOutput& out);
  void (*tall_input)(const TallInput& in);
  void (*tall_output)(const TallOutput& out);
  // Does nothing but multiply and add, all registers busy: returns how many multiply-adds. For
  // measuring what the machine can do at most.
  i64 (*peak)(i64 rounds);
  // How many channels the block that starts at vector `first` of `vectors` is wide, in vectors.
  i32 (*block_vectors)(i64 first, i64 vectors);
};

// Per-channel parameters are laid out so often that whole vectors can be read from any pixel's
// first channel on: the pattern has this many entries.
inline i64 lane_period(i64 channels, i64 lanes) {
  return channels % lanes ? channels * lanes : channels;
}

// Compiled-in tables, slowest first; null past the last.
const Kernels* kernels_at(i64 index);
// The best available, or the one of this name; null where it is not there.
const Kernels* find_kernels(const char* isa);

}  // namespace pl
