// Loading and storing rows of images: everything small that stands between two convolutions is
// done here, on a row that is in the nearest cache, as part of the load or of the store.
#pragma once

#include "steps/step.h"

namespace pl {

// One thing that happens to every element of a row.
struct Stage {
  enum class Kind : u8 { unary, affine, slope, combine, matrix } kind = Kind::unary;
  Unary function = Unary::relu;        // unary, with parameters a and b
  Combine combination = Combine::add;  // combine: with the same row of another image
  f32 a = 0, b = 0;
  // combine: slot of the other image, of the same extents: float32, channels last. A store also
  // takes bytes and pictures, of three channels, and converts their rows as it comes to them.
  i32 other = -1;
  const f32* scale = nullptr;  // affine: x * scale + shift; slope: x < 0 ? x * scale : x
  const f32* shift = nullptr;  // both as lane_period() patterns
  // affine: instead a slot of [n][scale, shift][pattern]; matrix: a slot of [channel out][channel
  // in], at most kMatrixChannels of each, by which the channels of every pixel are multiplied.
  i32 parameters = -1;
};

struct Border {
  enum class Mode : u8 { constant, reflect, edge } mode = Mode::constant;
  f32 value = 0;  // of a constant border
  i64 top = 0, left = 0, bottom = 0, right = 0;

  bool none() const { return !(top | left | bottom | right); }
};

// An image as its reader sees it: stored rows, then stages, then nearest upsampling, then padding.
struct Source {
  i32 slot = -1;
  Span<const Stage> stages;
  i64 up_y = 1, up_x = 1;
  Border border;
  // Extents as stored (after any view), as the slot's tensor of shape [n, c, h, w] has them.
  i64 batch = 0, channels = 0, height = 0, width = 0;

  i64 padded_height() const { return height * up_y + border.top + border.bottom; }
  i64 padded_width() const { return width * up_x + border.left + border.right; }
  i64 row_floats() const { return padded_width() * channels; }
};

// True where every row of the source lies in memory just as the reader wants it.
bool is_direct(const Source& source, const Tensor& tensor);
// Row y of the padded image, in memory or in `row` (row_floats() long); `unpadded` is scratch of
// width * channels floats.
const f32* load_row(const Machine& machine, const Source& source, i64 n, i64 y, f32* row,
                    f32* unpadded);

// Per-row statistics for instance normalisation: a slot [n][row][mean, m2][channel].
struct Sink {
  i32 slot = -1;   // -1: nothing is stored but the statistics
  i32 stats = -1;  // -1: none are wanted
  Span<const Stage> stages;
  // The slot keeps the rows and pixels from here on, as many as its extents say.
  i64 top = 0, left = 0;
  i64 channels = 0, width = 0;  // of the rows that come
  bool whole = true;            // nothing is cut
};

// Where the producer should write row y: in place when it can be, else in `scratch`.
f32* sink_row(const Machine& machine, const Sink& sink, i64 n, i64 y, f32* scratch);
// Applies the stages to a row at sink_row() and stores it. Pictures take their rows from top to
// bottom, two by two; `scratch` keeps one meanwhile, and rows of pictures that come in: it is
// store_bytes() long.
void store_row(const Machine& machine, const Sink& sink, i64 n, i64 y, f32* row,
               u8* scratch = nullptr);
i64 store_bytes(const Sink& sink);

// Rows that the workers take at a time. How many may differ from machine to machine: the bits do
// not depend on it. The pairs of rows that a picture keeps are never split.
struct Bands {
  i64 height, rows, odd;

  i64 count() const { return max<i64>(1, ceil_div(height - odd, rows)); }
  i64 first(i64 band) const { return band ? band * rows + odd : 0; }
  i64 end(i64 band) const { return min(height, (band + 1) * rows + odd); }
};
Bands make_bands(const Machine& machine, const Sink& sink, i64 height);

}  // namespace pl
