// Convolution with kernels of five rows and more, down the rows by Toom and Cook's F(4, 5): eight
// products of a row give the four output rows that take twenty directly (kernels/points.h).
//
// Kernel rows are cut into groups of four, the last one of up to five. Group g of the output rows
// 4 t to 4 t + 3 reads eight padded input rows from 4 (t + g) on: tile t + g of the input, whose
// transform all groups share. A product is a convolution of transformed rows with one row of
// transformed weights for each group; the groups are added up before the products are turned into
// output rows.
#include "steps/conv.h"
#include "steps/points.h"

namespace pl {
namespace {

constexpr i64 kGroupRows = kTallProducts - kTallTile;  // of the kernel; one more in the last
// Multiplications that take as long as the transforms of one channel in a tile's column, measured.
constexpr i64 kTransformCost = 64;
// Columns computed at a time: their transformed rows and products stay in the cache. A multiple of
// what the kernels of all instruction sets take at once.
constexpr i64 kBlock = 192;

struct Extents {
  i64 height = 0, width = 0;  // of the kernel

  i64 groups() const { return max<i64>(1, ceil_div(height - 1, kGroupRows)); }
  i64 group(i64 row) const { return min(row / kGroupRows, groups() - 1); }
  // Groups of a product: at infinity only a fifth row counts.
  i64 groups(i64 product) const {
    if (product < kTallProducts - 1) return groups();
    return height > groups() * kGroupRows ? 1 : 0;
  }
};

Extents kernel_extents(Span<const Tap> taps) {
  Extents kernel;
  for (const Tap& tap : taps) {
    kernel.height = max<i64>(kernel.height, tap.dy + 1);
    kernel.width = max<i64>(kernel.width, tap.dx + 1);
  }
  return kernel;
}

// Zeros for a row, and for the bias as kernels read it.
i64 zero_floats(const ConvStep& step, i64 row_floats) {
  const i64 lanes = step.kernels->lanes;
  return max(row_floats, round_up(step.out_channels, lanes) + 4 * lanes);
}

bool is_planar(const ConvStep& step) {
  return step.method == ConvStep::Method::planar;
}

// A worker's memory.
struct Workspace {
  f32* ring;         // [8] padded input rows
  f32* unpadded;     // one input row before upsampling
  f32* interleaved;  // planar: one padded row before it is turned
  f32* zeros;        // a row below the padded image; also the bias that products do not have
  f32* tiles;        // [group][8] transformed rows; of one block where no other tile needs them
  f32* products;     // [8] of one block
  f32* out;          // [4] output rows, one of them where they are planar
  f32* planes;       // planar: [4] output rows by channel
  Run* runs;
  const f32** taps;
  u8* store;  // what store_row() needs
  i64 groups;
  i64 plane;                   // planar: floats of one channel of an input row
  i64 pitch;                   // floats from one input row to the next
  i64 tile_plane, tile_pitch;  // the same of transformed rows
  i64 out_plane;               // planar: floats of one channel of an output row
  i64 out_pitch;               // floats from one output row to the next
  i64 bytes;
};

Workspace lay_out(const ConvStep& step, u8* base) {
  const i64 lanes = step.kernels->lanes, channels = step.out_channels;
  const bool planar = is_planar(step);
  const Source& source = step.source;
  Scratch scratch(base);
  Workspace w;
  w.groups = kernel_extents(step.phases[0].taps).groups();
  // Planar rows are read in whole vectors, up to one tile past their end.
  w.plane = round_up(source.padded_width(), lanes) + 4 * lanes;
  w.pitch = round_up(planar ? w.plane * source.channels : source.row_floats(), 16);
  const i64 width = source.padded_width(), reach = width - step.out_width;
  const i64 columns = w.groups > 1 ? width : min(width, round_up(kBlock + reach, 16));
  w.tile_plane = round_up(columns, lanes) + 4 * lanes;
  w.tile_pitch = round_up(planar ? w.tile_plane * source.channels : columns * source.channels, 16);
  w.out_plane = round_up(step.out_width, kBlock);
  w.out_pitch = planar ? w.out_plane * channels : round_up(step.out_width * channels, 16);
  w.ring = scratch.take<f32>(w.pitch * kTallProducts);
  w.unpadded = scratch.take<f32>(source.width * source.channels);
  w.interleaved = scratch.take<f32>(planar ? source.row_floats() : 0);
  w.zeros = scratch.take<f32>(zero_floats(step, w.pitch));
  w.tiles = scratch.take<f32>(w.tile_pitch * kTallProducts * w.groups);
  w.products = scratch.take<f32>(kBlock * channels * kTallProducts);
  w.out = scratch.take<f32>(planar ? step.out_width * channels : w.out_pitch * kTallTile);
  w.planes = scratch.take<f32>(planar ? w.out_pitch * kTallTile : 0);
  const i64 most_taps = step.products[0].taps.size;
  w.runs = scratch.take<Run>(most_taps);
  w.taps = scratch.take<const f32*>(most_taps);
  w.store = scratch.take<u8>(store_bytes(step.sink));
  w.bytes = scratch.used();
  return w;
}

f32* tile(const Workspace& w, i64 t) {
  return w.tiles + t % w.groups * kTallProducts * w.tile_pitch;
}

// The padded input row y.
const f32* load(const ConvStep& step, const Machine& machine, const Workspace& w, i64 n, i64 y) {
  if (y >= step.source.padded_height()) return w.zeros;
  f32* place = w.ring + y % kTallProducts * w.pitch;
  if (!is_planar(step)) return load_row(machine, step.source, n, y, place, w.unpadded);
  const f32* row = load_row(machine, step.source, n, y, w.interleaved, w.unpadded);
  machine.kernels->to_planes(place, row, step.source.padded_width(), step.source.channels, w.plane);
  return place;
}

// A tile of the input on its way: its rows, and the columns that are transformed.
struct Input {
  const f32* rows[kTallProducts];
  i64 tile;
  i64 first;    // column that is kept
  i64 columns;  // transformed up to here
};

// Loads the rows of the next tile; half of them are there from the last.
void open_tile(const ConvStep& step, const Machine& machine, const Workspace& w, i64 n, i64 t,
               Input* in) {
  const bool follows = in->tile == t - 1;
  const i64 known = follows ? kTallProducts - kTallTile : 0;
  for (i64 i = 0; i < known; ++i) in->rows[i] = in->rows[kTallTile + i];
  for (i64 i = known; i < kTallProducts; ++i) {
    in->rows[i] = load(step, machine, w, n, kTallTile * t + i);
  }
  in->tile = t;
  in->first = in->columns = 0;
}

// Transforms the tile up to this column.
void transform_to(const ConvStep& step, const Machine& machine, const Workspace& w, i64 end,
                  Input* in) {
  const i64 width = step.source.padded_width(), channels = step.source.channels;
  const i64 from = in->columns, to = min(round_up(end, 16), width);
  in->columns = to;
  const bool planar = is_planar(step);
  const i64 pixel = planar ? 1 : channels;
  TallInput part{
      {}, tile(w, in->tile) + (from - in->first) * pixel, w.tile_pitch, (to - from) * pixel};
  if (planar) part.count = round_up(part.count, machine.kernels->lanes);
  for (i64 i = 0; i < kTallProducts; ++i) part.rows[i] = in->rows[i] + from * pixel;
  for (i64 plane = 0; plane < (planar ? channels : 1); ++plane) {
    machine.kernels->tall_input(part);
    for (const f32*& row : part.rows) row += w.plane;
    part.out += w.tile_plane;
  }
}

// Product p of tile t of the output, for a block of pixels from x on, of those that are kept.
void multiply(const ConvStep& step, const Workspace& w, i64 p, i64 t, i64 x, i64 pixels) {
  const Phase& phase = step.products[p];
  const i64 in = step.in_channels, out = step.out_channels;
  // All four outputs take the product at the point 1 once: the bias comes to them that way.
  const f32* bias = p == 1 ? step.bias : w.zeros;
  f32* to = w.products + p * kBlock * out;
  const auto row = [&](i64 group) { return tile(w, t + group) + p * w.tile_pitch; };
  if (is_planar(step)) {
    for (i64 i = 0; i < phase.taps.size; ++i) {
      w.taps[i] = row(phase.taps[i].dy) + phase.taps[i].dx + x;
    }
    step.kernels->planar({{w.taps, phase.taps.size},
                          w.tile_plane,
                          in,
                          phase.weights,
                          bias,
                          to,
                          kBlock,
                          pixels,
                          out});
    return;
  }
  for (i64 i = 0; i < phase.runs.size; ++i) {
    w.runs[i] = {row(phase.runs[i].dy) + (phase.runs[i].dx + x) * in, phase.runs[i].length};
  }
  step.kernels->conv({{w.runs, phase.runs.size}, in, phase.weights, bias, to, out, pixels, out});
}

// Four output rows, from their products.
void add_up(const ConvStep& step, const Machine& machine, const Workspace& w, f32* const* rows,
            i64 x, i64 pixels) {
  const bool planar = is_planar(step);
  const i64 channels = step.out_channels, pixel = planar ? 1 : channels;
  TallOutput part{w.products, kBlock * channels, {}, pixels * pixel};
  if (planar) part.count = round_up(part.count, machine.kernels->lanes);
  for (i64 i = 0; i < kTallTile; ++i) part.rows[i] = rows[i] + x * pixel;
  for (i64 plane = 0; plane < (planar ? channels : 1); ++plane) {
    machine.kernels->tall_output(part);
    for (f32*& row : part.rows) row += w.out_plane;
    part.products += kBlock;
  }
}

// The output rows of a tile that belong to the band; `in` is the tile of its last group.
void tile_row(const ConvStep& step, const Machine& machine, const Workspace& w, i64 n, i64 t,
              i64 first, i64 end, Input* in) {
  const auto wanted = [&](i64 y) { return y >= first && y < end; };
  const bool planar = is_planar(step);
  f32* rows[kTallTile];
  for (i64 i = 0; i < kTallTile; ++i) {
    const i64 y = kTallTile * t + i;
    rows[i] = (planar ? w.planes : w.out) + i * w.out_pitch;
    if (!planar && wanted(y)) rows[i] = sink_row(machine, step.sink, n, y, rows[i]);
  }
  const i64 reach = step.source.padded_width() - step.out_width;
  for (i64 x = 0; x < step.out_width; x += kBlock) {
    const i64 pixels = min(kBlock, step.out_width - x);
    if (w.groups == 1) in->first = in->columns = x;
    transform_to(step, machine, w, x + pixels + reach, in);
    for (i64 p = 0; p < kTallProducts; ++p) multiply(step, w, p, t, x - in->first, pixels);
    add_up(step, machine, w, rows, x, pixels);
  }
  for (i64 i = 0; i < kTallTile; ++i) {
    const i64 y = kTallTile * t + i;
    if (!wanted(y)) continue;
    f32* out = rows[i];
    if (planar) {
      out = sink_row(machine, step.sink, n, y, w.out);
      machine.kernels->from_planes(out, rows[i], step.out_width, step.out_channels, w.out_plane);
    }
    store_row(machine, step.sink, n, y, out, w.store);
  }
}

void run_tall(const Step& base, const Machine& machine) {
  const ConvStep& step = static_cast<const ConvStep&>(base);
  Bands bands = make_bands(machine, step.sink, step.out_height);
  bands.rows = round_up(bands.rows, kTallTile);
  machine.parallel(step.out_batch * bands.count(), [&](i64 task, u8* scratch) {
    const Workspace w = lay_out(step, scratch);
    clear(w.zeros, static_cast<size_t>(zero_floats(step, w.pitch)) * sizeof(f32));
    const i64 n = task / bands.count(), band = task % bands.count();
    const i64 first = bands.first(band), end = bands.end(band);
    const i64 top = first / kTallTile;
    Input in;
    in.tile = -2;
    for (i64 t = top; t < top + w.groups - 1; ++t) {
      open_tile(step, machine, w, n, t, &in);
      transform_to(step, machine, w, step.source.padded_width(), &in);
    }
    for (i64 t = top; t * kTallTile < end; ++t) {
      open_tile(step, machine, w, n, t + w.groups - 1, &in);
      tile_row(step, machine, w, n, t, first, end, &in);
    }
  });
}

// Rows come by tiles.
i64 first_row(const Step& step, i64 y) {
  return conv_first_row(step, y / kTallTile * kTallTile);
}

// ---- weights ----------------------------------------------------------------------------------

// Taps of a product: groups and columns.
pl_status make_taps(const Extents& kernel, i64 product, Phase* phase, Arena& arena, Error& error) {
  const i64 count = kernel.groups(product) * kernel.width;
  const i64 first = kernel.groups() * kernel.width - count;
  Tap* taps = arena.make<Tap>(count);
  if (!taps) return error.out_of_memory();
  for (i64 i = 0; i < count; ++i) {
    const i64 at = first + i;
    taps[i] = {static_cast<i32>(at / kernel.width), static_cast<i32>(at % kernel.width),
               static_cast<i32>(at)};
  }
  phase->taps = {taps, count};
  return PL_OK;
}

// The kernel of one product between a pair of channels: [group][column].
void transform_kernel(const Extents& kernel, Span<const Tap> taps, const f32* weights, i64 product,
                      f32* to) {
  for (i64 group = 0; group < kernel.groups(); ++group) {
    for (i64 x = 0; x < kernel.width; ++x) {
      f64 sum = 0;
      for (const Tap& tap : taps) {
        if (tap.dx != x || kernel.group(tap.dy) != group) continue;
        sum += point_weight(product, tap.dy - group * kGroupRows, kGroupRows + 1) *
               static_cast<f64>(weights[tap.kernel]);
      }
      *to++ = static_cast<f32>(sum);
    }
  }
}

}  // namespace

bool tall_fits(const ConvStep& step) {
  const bool method =
      step.method == ConvStep::Method::dense || step.method == ConvStep::Method::planar;
  if (!method || step.phases.size != 1 || step.groups * step.stride_y * step.stride_x != 1)
    return false;
  const Span<const Tap> taps = step.phases[0].taps;
  const Extents kernel = kernel_extents(taps);
  if (kernel.height < 5 || kernel.height * kernel.width != taps.size) return false;
  // A column of tiles, directly and by its products.
  const i64 tiles = ceil_div(step.out_height, kTallTile);
  i64 rows = step.out_height * kernel.height;
  for (i64 p = 0; p < kTallProducts; ++p) rows -= tiles * kernel.groups(p);
  const i64 saved = rows * kernel.width * step.in_channels * step.out_channels;
  return saved >= kTransformCost * tiles * (step.in_channels + step.out_channels);
}

pl_status pack_tall(ConvStep* step, const Weights& weights, const Kernels& kernels, Arena& arena,
                    Error& error) {
  const Span<const Tap> taps = step->phases[0].taps;
  const Extents kernel = kernel_extents(taps);
  const i64 positions = kernel.groups() * kernel.width;
  const i64 in = step->in_channels, out = step->out_channels;
  Phase* products = arena.make<Phase>(kTallProducts);
  f32* transformed = arena.make<f32>(out * in * positions);
  if (!products || !transformed) return error.out_of_memory();
  i64 depth = 0;
  for (i64 p = 0; p < kTallProducts; ++p) {
    for (i64 pair = 0; pair < out * in; ++pair) {
      const f32* from =
          weights.data + pair / in * weights.out_stride + pair % in * weights.in_stride;
      transform_kernel(kernel, taps, from, p, transformed + pair * positions);
    }
    PL_TRY(make_taps(kernel, p, &products[p], arena, error));
    PL_TRY(pack_phase(*step, &products[p], {transformed, 0, in * positions, positions}, kernels,
                      arena, error));
    depth += products[p].taps.size * in;
  }
  step->products = {products, kTallProducts};
  step->macs =
      step->out_batch * ceil_div(step->out_height, kTallTile) * step->out_width * depth * out;
  step->scratch_bytes = lay_out(*step, nullptr).bytes;
  step->run = run_tall;
  step->first_row = first_row;
  return PL_OK;
}

}  // namespace pl
