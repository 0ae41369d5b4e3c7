// Winograd's convolution as a step: tiles are transformed, multiplied and transformed back some at
// a time, row of tiles after row of tiles.
#include "steps/conv.h"
#include "steps/points.h"

namespace pl {
namespace {

constexpr i64 kRows = kWinogradTile + 2;  // input rows of one row of tiles
constexpr i64 kTilesBytes = 512 << 10;    // for the matrices of the tiles under way
constexpr i64 kSkew = 16;  // floats between two matrices: a power of two would share cache lines

i64 tiles_down(const ConvStep& step) {
  return ceil_div(step.out_height, kWinogradTile);
}
i64 tiles_across(const ConvStep& step) {
  return ceil_div(step.out_width, kWinogradTile);
}

// Tiles that are multiplied together, of one row of tiles or of several: a multiple of what the
// kernels take at once, which is up to nine where a block has three vectors, else a part of twelve.
i64 tiles_together(const ConvStep& step) {
  const i64 vectors = ceil_div(step.out_channels, step.kernels->lanes);
  const i64 unit = step.kernels->block_vectors(0, vectors) == 3 ? 18 : 12;
  const i64 bytes =
      kWinogradProducts * (step.in_channels + step.out_channels) * static_cast<i64>(sizeof(f32));
  return clamp<i64>(kTilesBytes / bytes / unit * unit, unit, 36);
}

struct Workspace {
  f32* ring;  // [8] padded input rows, zeros behind them up to whole tiles
  f32* unpadded;
  f32* zeros;      // a row below the padded image
  f32* inputs;     // [64][tile][channel]
  f32* products;   // the same of the output
  f32* out;        // output rows of one row of tiles
  i64 row_floats;  // of a ring row
  i64 together;
  i64 matrix_in, matrix_out;  // floats from one of the 64 matrices to the next
  i64 bytes;
};

Workspace lay_out(const ConvStep& step, u8* base) {
  const i64 width = tiles_across(step) * kWinogradTile + 2;
  Scratch scratch(base);
  Workspace w;
  w.together = tiles_together(step);
  w.matrix_in = round_up(w.together * step.in_channels, kSkew) + kSkew;
  w.matrix_out = round_up(w.together * step.out_channels, kSkew) + kSkew;
  w.row_floats = round_up(width * step.in_channels, 16);
  w.ring = scratch.take<f32>(w.row_floats * kRows);
  w.unpadded = scratch.take<f32>(step.source.width * step.source.channels);
  w.zeros = scratch.take<f32>(w.row_floats);
  w.inputs = scratch.take<f32>(kWinogradProducts * w.matrix_in);
  w.products = scratch.take<f32>(kWinogradProducts * w.matrix_out);
  w.out = scratch.take<f32>(kWinogradTile * step.out_width * step.out_channels);
  w.bytes = scratch.used();
  return w;
}

// A padded input row: where it lies, and where its last tile does, with zeros behind it.
struct InputRow {
  const f32 *all, *last;
};

// The tiles of some rows of tiles, from top to bottom and from left to right.
class Band {
 public:
  Band(const ConvStep& step, const Machine& machine, const Workspace& w, i64 n, i64 first)
      : step_(step), machine_(machine), w_(w), n_(n), row_(first) {}

  // A row of tiles that reads these rows of the padded input.
  void add(const InputRow* rows) {
    const i64 across = tiles_across(step_);
    for (i64 x = 0; x < across;) {
      const bool last = x == across - 1;
      const i64 tiles = last ? 1 : min(w_.together - filled_, across - 1 - x);
      WinogradInput in{
          {}, tiles, step_.in_channels, w_.inputs + filled_ * step_.in_channels, w_.matrix_in};
      for (i64 i = 0; i < kRows; ++i) {
        in.rows[i] = (last ? rows[i].last : rows[i].all) + x * kWinogradTile * step_.in_channels;
      }
      step_.kernels->winograd_input(in);
      filled_ += tiles;
      x += tiles;
      if (filled_ == w_.together) finish();
    }
  }

  // Brings all tiles added so far to the output.
  void finish() {
    multiply();
    const i64 across = tiles_across(step_);
    for (i64 done = 0; done < filled_;) {
      const i64 tiles = min(filled_ - done, across - column_);
      write_tiles(done, tiles);
      done += tiles;
      column_ += tiles;
      if (column_ == across) next_row();
    }
    filled_ = 0;
  }

 private:
  // The 64 products of matrices.
  void multiply() const {
    const i64 channels = step_.out_channels;
    const i64 weight_floats = round_up(channels, step_.kernels->lanes) * step_.in_channels;
    const f32* weights = step_.phases[0].weights;
    const f32* no_bias = weights + kWinogradProducts * weight_floats;
    for (i64 i = 0; i < kWinogradProducts && filled_; ++i) {
      const Run run{w_.inputs + i * w_.matrix_in, static_cast<i32>(step_.in_channels)};
      step_.kernels->conv({{&run, 1},
                           step_.in_channels,
                           weights + i * weight_floats,
                           no_bias,
                           w_.products + i * w_.matrix_out,
                           channels,
                           filled_,
                           channels});
    }
  }

  i64 height() const { return min(kWinogradTile, step_.out_height - row_ * kWinogradTile); }
  f32* out_row(i64 i) const {
    return sink_row(machine_, step_.sink, n_, row_ * kWinogradTile + i,
                    w_.out + i * step_.out_width * step_.out_channels);
  }

  // What the products say of `tiles` tiles from the one at `from` on, all of the row under way.
  void write_tiles(i64 from, i64 tiles) const {
    const i64 channels = step_.out_channels, x = column_ * kWinogradTile;
    WinogradOutput out{w_.products + from * channels,
                       w_.matrix_out,
                       tiles,
                       channels,
                       step_.bias,
                       {},
                       height(),
                       step_.out_width - x};
    for (i64 i = 0; i < out.rows; ++i) out.out[i] = out_row(i) + x * channels;
    step_.kernels->winograd_output(out);
  }

  void next_row() {
    for (i64 i = 0; i < height(); ++i) {
      store_row(machine_, step_.sink, n_, row_ * kWinogradTile + i, out_row(i));
    }
    ++row_;
    column_ = 0;
  }

  const ConvStep& step_;
  const Machine& machine_;
  const Workspace& w_;
  const i64 n_;
  i64 row_, column_ = 0;  // of the next tile that is not at the output yet
  i64 filled_ = 0;        // transformed tiles
};

// The padded row y: in its place in the ring, or of one that is there already the last tile alone.
InputRow load(const ConvStep& step, const Machine& machine, const Workspace& w, i64 n, i64 y) {
  if (y >= step.source.padded_height()) return {w.zeros, w.zeros};
  f32* place = w.ring + y % kRows * w.row_floats;
  const f32* row = load_row(machine, step.source, n, y, place, w.unpadded);
  const i64 first = (tiles_across(step) - 1) * kWinogradTile * step.in_channels;
  const size_t bytes = static_cast<size_t>(step.source.row_floats() - first) * sizeof(f32);
  if (row != place) copy(place + first, row + first, bytes);
  return {row, place};
}

// G g G^T.
void transform_weights(const f64 (&g)[8][3], const f32* kernel, f64 (&out)[8][8]) {
  for (int i = 0; i < 8; ++i) {
    f64 half[3];
    for (int x = 0; x < 3; ++x) {
      half[x] = g[i][0] * kernel[x] + g[i][1] * kernel[3 + x] + g[i][2] * kernel[6 + x];
    }
    for (int j = 0; j < 8; ++j) {
      out[i][j] = half[0] * g[j][0] + half[1] * g[j][1] + half[2] * g[j][2];
    }
  }
}

// The 3x3 kernel as the taps have it: that of a transposed convolution is turned around.
void gather_kernel(const Phase& phase, const f32* weights, f32 (&kernel)[9]) {
  for (const Tap& tap : phase.taps) kernel[3 * tap.dy + tap.dx] = weights[tap.kernel];
}

// When a row of tiles is stored, its eight input rows have been read, and the last two are read
// again.
i64 first_row(const Step& base, i64 y) {
  const ConvStep& step = static_cast<const ConvStep&>(base);
  const Source& source = step.source;
  const i64 next = (y / kWinogradTile + 1) * kWinogradTile;
  if (next >= source.padded_height()) return source.height;
  // Rows mirrored past the end lie above it.
  const i64 last = source.height * source.up_y - 1 - source.border.bottom;
  return max<i64>(0, min(next - source.border.top, last)) / source.up_y;
}

}  // namespace

bool winograd_fits(const ConvStep& step) {
  if (step.groups != 1 || step.stride_y != 1 || step.stride_x != 1) return false;
  if (step.phases.size != 1 || min(step.in_channels, step.out_channels) < kWinogradChannels)
    return false;
  const Span<const Tap>& taps = step.phases[0].taps;
  for (const Tap& tap : taps) {
    if (tap.dy < 0 || tap.dy > 2 || tap.dx < 0 || tap.dx > 2) return false;
  }
  if (taps.size != 9) return false;
  // Tiles that reach over the edge of a very small image save nothing.
  const i64 products = tiles_down(step) * tiles_across(step) * kWinogradProducts;
  return 2 * products < 9 * step.out_height * step.out_width;
}

pl_status pack_winograd(ConvStep* step, const Weights& weights, const Kernels& kernels,
                        Arena& arena, Error& error) {
  const i64 channels = step->out_channels, padded = round_up(channels, kernels.lanes);
  const i64 matrix = padded * step->in_channels;
  // Behind the matrices, a row of zeros for the bias that the products do not have.
  f32* packed = arena.make<f32>(kWinogradProducts * matrix + padded + 4 * kernels.lanes);
  if (!packed) return error.out_of_memory();
  step->phases[0].weights = packed;
  f64 g[8][3];
  for (i64 i = 0; i < 24; ++i) g[i / 3][i % 3] = point_weight(i / 3, i % 3, 3);
  const i64 vectors = padded / kernels.lanes;
  i64 offset = 0;
  for (i64 first = 0; first < vectors;) {
    const i64 wide = kernels.block_vectors(first, vectors) * kernels.lanes;
    for (i64 in = 0; in < step->in_channels; ++in) {
      for (i64 lane = 0; lane < wide; ++lane, ++offset) {
        const i64 channel = first * kernels.lanes + lane;
        if (channel >= channels) continue;
        const f32* from = weights.data + channel * weights.out_stride + in * weights.in_stride;
        f32 kernel[9];
        gather_kernel(step->phases[0], from, kernel);
        f64 u[8][8];
        transform_weights(g, kernel, u);
        for (i64 i = 0; i < kWinogradProducts; ++i) {
          packed[i * matrix + offset] = static_cast<f32>(u[i / 8][i % 8]);
        }
      }
    }
    first += wide / kernels.lanes;
  }
  step->macs = step->out_batch * tiles_down(*step) * tiles_across(*step) * kWinogradProducts *
               step->in_channels * channels;
  step->scratch_bytes = lay_out(*step, nullptr).bytes;
  step->run = run_winograd;
  step->first_row = first_row;
  return PL_OK;
}

void run_winograd(const Step& base, const Machine& machine) {
  const ConvStep& step = static_cast<const ConvStep&>(base);
  const i64 tile_rows = tiles_down(step);
  // Rows of tiles that a worker takes at a time; a band loads its first two input rows again.
  const i64 band =
      machine.threads == 1 ? tile_rows : max<i64>(1, tile_rows / (4 * machine.threads));
  const i64 bands = ceil_div(tile_rows, band);
  machine.parallel(step.out_batch * bands, [&](i64 task, u8* scratch) {
    const Workspace w = lay_out(step, scratch);
    clear(w.ring, static_cast<size_t>(w.row_floats * kRows) * sizeof(f32));
    clear(w.zeros, static_cast<size_t>(w.row_floats) * sizeof(f32));
    const i64 n = task / bands, first = task % bands * band;
    Band tiles(step, machine, w, n, first);
    InputRow rows[kRows] = {};
    for (i64 t = first; t < min(first + band, tile_rows); ++t) {
      const i64 y = t * kWinogradTile;  // of the padded input
      // The last two rows of the tiles above are the first two of these.
      const i64 known = t == first ? 0 : 2;
      for (i64 i = 0; i < known; ++i) rows[i] = rows[kWinogradTile + i];
      for (i64 i = known; i < kRows; ++i) rows[i] = load(step, machine, w, n, y + i);
      tiles.add(rows);
    }
    tiles.finish();
  });
}

}  // namespace pl
