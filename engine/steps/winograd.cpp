// Winograd's convolution as a step.
#include "steps/conv.h"

namespace pl {
namespace {

constexpr i64 kRows = kWinogradTile + 2;  // input rows of one row of tiles
constexpr i64 kCacheBytes = 48 << 10;     // for the matrices of the tiles under way

i64 tiles_down(const ConvStep& step) {
  return ceil_div(step.out_height, kWinogradTile);
}
i64 tiles_across(const ConvStep& step) {
  return ceil_div(step.out_width, kWinogradTile);
}

// Tiles that are transformed and multiplied together: a multiple of what the kernels of all
// instruction sets take at once.
i64 tiles_together(const ConvStep& step) {
  constexpr i64 kUnit = 12;
  const i64 bytes =
      kWinogradProducts * (step.in_channels + step.out_channels) * static_cast<i64>(sizeof(f32));
  const i64 across = round_up(tiles_across(step), kUnit);
  return clamp<i64>(kCacheBytes / bytes / kUnit * kUnit, kUnit, across);
}

struct Workspace {
  f32* ring;  // [6] padded input rows, zeros behind them up to whole tiles
  f32* unpadded;
  f32* zeros;  // a row below the padded image
  f32* columns;
  f32* inputs;     // [36][tile][channel]
  f32* products;   // the same of the output
  f32* out;        // output rows of one row of tiles
  i64 row_floats;  // of a ring row
  i64 bytes;
};

Workspace lay_out(const ConvStep& step, u8* base) {
  const i64 tiles = tiles_together(step);
  const i64 width = tiles_across(step) * kWinogradTile + 2;
  Scratch scratch(base);
  Workspace w;
  w.row_floats = round_up(width * step.in_channels, 16);
  w.ring = scratch.take<f32>(w.row_floats * kRows);
  w.unpadded = scratch.take<f32>(step.source.width * step.source.channels);
  w.zeros = scratch.take<f32>(w.row_floats);
  w.columns = scratch.take<f32>((kWinogradTile * tiles + 2) * step.in_channels * kRows);
  w.inputs = scratch.take<f32>(kWinogradProducts * tiles * step.in_channels);
  w.products = scratch.take<f32>(kWinogradProducts * tiles * step.out_channels);
  w.out = scratch.take<f32>(kWinogradTile * step.out_width * step.out_channels);
  w.bytes = scratch.used();
  return w;
}

// The padded row y in its place in the ring.
const f32* load(const ConvStep& step, const Machine& machine, const Workspace& w, i64 n, i64 y) {
  if (y >= step.source.padded_height()) return w.zeros;
  f32* place = w.ring + y % kRows * w.row_floats;
  const f32* row = load_row(machine, step.source, n, y, place, w.unpadded);
  const size_t bytes = static_cast<size_t>(step.source.row_floats()) * sizeof(f32);
  if (row != place) copy(place, row, bytes);
  return place;
}

// The 36 products of matrices for the tiles whose inputs are transformed.
void multiply(const ConvStep& step, const Machine& machine, const Workspace& w, i64 tiles) {
  const i64 lanes = step.kernels->lanes;
  const i64 channels = step.out_channels;
  const i64 weight_floats = round_up(channels, lanes) * step.in_channels;
  const f32* no_bias = step.phases[0].weights + kWinogradProducts * weight_floats;
  for (i64 i = 0; i < kWinogradProducts; ++i) {
    const Run run{w.inputs + i * tiles * step.in_channels, static_cast<i32>(step.in_channels)};
    step.kernels->conv({{&run, 1},
                        step.in_channels,
                        step.phases[0].weights + i * weight_floats,
                        no_bias,
                        w.products + i * tiles * channels,
                        channels,
                        tiles,
                        channels});
  }
}

// What the products say, for tiles from pixel x on.
void write_tiles(const ConvStep& step, const Workspace& w, i64 tiles, i64 x, i64 height,
                 f32* const* out) {
  WinogradOutput result{w.products,        tiles,     step.out_channels,
                        step.out_channels, step.bias, {},
                        step.out_channels, height,    step.out_width - x};
  for (i64 i = 0; i < height; ++i) result.out[i] = out[i] + x * step.out_channels;
  step.kernels->winograd_output(result);
}

// One row of tiles: the output rows from y on.
void tile_row(const ConvStep& step, const Machine& machine, const Workspace& w, i64 n, i64 y,
              const f32* const* rows) {
  const i64 height = min(kWinogradTile, step.out_height - y);
  f32* out[kWinogradTile] = {};
  for (i64 i = 0; i < height; ++i) {
    out[i] = sink_row(machine, step.sink, n, y + i, w.out + i * step.out_width * step.out_channels);
  }
  const i64 across = tiles_across(step), together = tiles_together(step);
  for (i64 first = 0; first < across; first += together) {
    const i64 tiles = min(together, across - first), x = first * kWinogradTile;
    WinogradInput in{{}, tiles, step.in_channels, w.columns, w.inputs};
    for (i64 i = 0; i < kRows; ++i) in.rows[i] = rows[i] + x * step.in_channels;
    step.kernels->winograd_input(in);
    multiply(step, machine, w, tiles);
    write_tiles(step, w, tiles, x, height, out);
  }
  for (i64 i = 0; i < height; ++i) store_row(machine, step.sink, n, y + i, out[i]);
}

// G g G^T with the 6x3 matrix that belongs to the transforms of kernels/winograd.h.
void transform_weights(const f32* kernel, f64 (&out)[6][6]) {
  static const f64 g[6][3] = {{1.0 / 4, 0, 0},
                              {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                              {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                              {1.0 / 24, 1.0 / 12, 1.0 / 6},
                              {1.0 / 24, -1.0 / 12, 1.0 / 6},
                              {0, 0, 1}};
  f64 half[6][3];
  for (int i = 0; i < 6; ++i) {
    for (int x = 0; x < 3; ++x) {
      half[i][x] = g[i][0] * kernel[x] + g[i][1] * kernel[3 + x] + g[i][2] * kernel[6 + x];
    }
  }
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 6; ++j) {
      out[i][j] = half[i][0] * g[j][0] + half[i][1] * g[j][1] + half[i][2] * g[j][2];
    }
  }
}

// The 3x3 kernel as the taps have it: that of a transposed convolution is turned around.
void gather_kernel(const Phase& phase, const f32* weights, f32 (&kernel)[9]) {
  for (const Tap& tap : phase.taps) kernel[3 * tap.dy + tap.dx] = weights[tap.kernel];
}

}  // namespace

bool winograd_fits(const ConvStep& step) {
  if (step.groups != 1 || step.stride_y != 1 || step.stride_x != 1) return false;
  // With fewer channels the transforms cost what they save.
  if (step.phases.size != 1 || step.in_channels < 16 || step.out_channels < 16) return false;
  const Span<const Tap>& taps = step.phases[0].taps;
  for (const Tap& tap : taps) {
    if (tap.dy < 0 || tap.dy > 2 || tap.dx < 0 || tap.dx > 2) return false;
  }
  return taps.size == 9;
}

pl_status pack_winograd(ConvStep* step, const Weights& weights, const Kernels& kernels,
                        Arena& arena, Error& error) {
  const i64 channels = step->out_channels, padded = round_up(channels, kernels.lanes);
  const i64 matrix = padded * step->in_channels;
  // Behind the matrices, a row of zeros for the bias that the products do not have.
  f32* packed = arena.make<f32>(kWinogradProducts * matrix + padded + 4 * kernels.lanes);
  if (!packed) return error.out_of_memory();
  step->phases[0].weights = packed;
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
        f64 u[6][6];
        transform_weights(kernel, u);
        for (i64 i = 0; i < kWinogradProducts; ++i) {
          packed[i * matrix + offset] = static_cast<f32>(u[i / 6][i % 6]);
        }
      }
    }
    first += wide / kernels.lanes;
  }
  step->macs = step->out_batch * tiles_down(*step) * tiles_across(*step) * kWinogradProducts *
               step->in_channels * channels;
  step->scratch_bytes = lay_out(*step, nullptr).bytes;
  step->run = run_winograd;
  return PL_OK;
}

void run_winograd(const Step& base, const Machine& machine) {
  const ConvStep& step = static_cast<const ConvStep&>(base);
  const i64 tile_rows = tiles_down(step);
  const i64 band =
      machine.threads == 1 ? tile_rows : max<i64>(1, ceil_div(tile_rows, 4 * machine.threads));
  const i64 bands = ceil_div(tile_rows, band);
  machine.parallel(step.out_batch * bands, [&](i64 task, u8* scratch) {
    const Workspace w = lay_out(step, scratch);
    clear(w.ring, static_cast<size_t>(w.row_floats * kRows) * sizeof(f32));
    clear(w.zeros, static_cast<size_t>(w.row_floats) * sizeof(f32));
    const i64 n = task / bands, first = task % bands * band;
    const f32* rows[kRows] = {};
    for (i64 t = first; t < min(first + band, tile_rows); ++t) {
      const i64 y = t * kWinogradTile;  // of the padded input
      // The last two rows of the tiles above are the first two of these.
      const i64 known = t == first ? 0 : 2;
      for (i64 i = 0; i < known; ++i) rows[i] = rows[kWinogradTile + i];
      for (i64 i = known; i < kRows; ++i) rows[i] = load(step, machine, w, n, y + i);
      tile_row(step, machine, w, n, y, rows);
    }
  });
}

}  // namespace pl
