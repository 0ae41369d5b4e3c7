// See steps/differences.h.
#include "steps/differences.h"

namespace pl::differences {
namespace {

constexpr i64 kRing = 3;  // small rows that four output rows read

// What a row of outputs is made from. Planar rows have even pixels before odd ones and even
// differences before odd ones, channel by channel; else a pixel's channels lie together.
struct Operand {
  const f32* pixels;
  const f32* differences;
};

struct Workspace {
  f32* ring;               // [kRing] padded small rows
  const f32* rows[kRing];  // where each of them lies
  i64 loaded[kRing];       // which row that is, -1: none
  f32* unpadded;
  f32* interleaved;  // planar: a row before it is turned
  f32* change;       // the difference of two rows
  f32* differences;  // along the row
  f32* centres;      // sums of the centres
  f32* middle;       // the sums that four output rows share
  f32* edge;         // a pair of outputs of which only one exists
  f32* out;
  f32* planes;     // planar: the output row by channel
  u8* store;       // what store_row() needs
  i64 row_floats;  // of a small row
  i64 plane;       // planar: floats of one channel of every second pixel
  i64 out_plane;
  i64 bytes;
};

Workspace lay_out(const ConvStep& step, u8* base) {
  const i64 lanes = step.kernels->lanes, channels = step.out_channels;
  const i64 centres = count_centres(step.out_width);
  const i64 two_by_two = ceil_div(step.source.padded_width(), 2);
  const bool planar = by_pixels(step);
  Scratch scratch(base);
  Workspace w{};
  w.plane = round_up(two_by_two, lanes) + 4 * lanes;
  w.out_plane = round_up(centres, lanes) + 4 * lanes;
  w.row_floats = planar ? 2 * step.in_channels * w.plane : step.source.row_floats();
  for (i64& row : w.loaded) row = -1;
  w.ring = scratch.take<f32>(kRing * round_up(w.row_floats, 16));
  w.unpadded = scratch.take<f32>(step.source.width * step.source.channels);
  w.interleaved = scratch.take<f32>(
      planar ? max(2 * two_by_two * step.in_channels, centres * 4 * channels) : 0);
  w.change = scratch.take<f32>(w.row_floats);
  w.differences = scratch.take<f32>(w.row_floats);
  // Rows that sums start from are read two vectors at a time.
  w.centres =
      scratch.take<f32>(planar ? channels * w.out_plane : 2 * channels * centres + 2 * lanes);
  w.middle =
      scratch.take<f32>(planar ? 4 * channels * w.out_plane : 4 * channels * centres + 2 * lanes);
  w.edge = scratch.take<f32>(4 * channels);
  w.out = scratch.take<f32>(step.out_width * channels);
  w.planes = scratch.take<f32>(planar ? 4 * channels * w.out_plane : 0);
  w.store = scratch.take<u8>(store_bytes(step.sink));
  w.bytes = scratch.used();
  return w;
}

// The padded small row y, loaded when it is not in the ring already.
const f32* ring_row(const ConvStep& step, const Machine& machine, Workspace& w, i64 n, i64 y) {
  const i64 at = y % kRing;
  if (w.loaded[at] == y) return w.rows[at];
  f32* place = w.ring + at * round_up(w.row_floats, 16);
  const bool planar = by_pixels(step);
  w.rows[at] = load_row(machine, step.source, n, y, planar ? w.interleaved : place, w.unpadded);
  if (planar) {
    step.kernels->to_planes(place, w.rows[at], ceil_div(step.source.padded_width(), 2),
                            2 * step.in_channels, w.plane);
    w.rows[at] = place;
  }
  w.loaded[at] = y;
  return w.rows[at];
}

Operand take_differences(const ConvStep& step, const Workspace& w, const f32* row) {
  const auto subtract = [&](f32* to, const f32* a, const f32* b, i64 count) {
    step.kernels->combine(Combine::subtract, to, a, b, count);
  };
  if (by_pixels(step)) {
    const i64 half = step.in_channels * w.plane;
    const f32 *even = row, *odd = row + half;
    subtract(w.differences, even, odd, half);
    subtract(w.differences + half, odd, even + 1, half - 1);
  } else {
    subtract(w.differences, row, row + step.in_channels,
             count_differences(step.out_width) * step.in_channels);
  }
  return {row, w.differences};
}

// ---- vectors over channels --------------------------------------------------------------------

// Floats of the sums of a centre: both outputs of a pair start from them.
i64 centre_period(const ConvStep& step) {
  const bool whole = step.out_channels % step.kernels->lanes == 0;
  return whole ? step.out_channels : 2 * step.out_channels;
}

void sum_centres(const ConvStep& step, const Workspace& w, const RowWeights& weights,
                 const Operand& from, const f32* bias) {
  const i64 channels = step.out_channels, centres = count_centres(step.out_width);
  const Run run{from.pixels + step.in_channels, static_cast<i32>(step.in_channels)};
  step.kernels->conv({{&run, 1},
                      2 * step.in_channels,
                      weights.centre,
                      bias,
                      w.centres,
                      centre_period(step),
                      centres,
                      channels});
  if (centre_period(step) == channels) return;
  for (i64 i = 0; i < centres; ++i) {
    f32* sums = w.centres + 2 * i * channels;
    for (i64 c = 0; c < channels; ++c) sums[channels + c] = sums[c];
  }
}

// Outputs 4 i - 1 to 4 i + 2 around the centres from i on.
void around(const ConvStep& step, const Workspace& w, const RowWeights& weights,
            const Operand& from, const f32* middle, i64 i, i64 centres, f32* out) {
  const i64 pair = 2 * step.out_channels;
  step.kernels->doubled({from.differences + 2 * i * step.in_channels, step.in_channels,
                         weights.pairs, w.centres + i * centre_period(step), centre_period(step),
                         middle ? middle + 2 * i * pair : nullptr, out, centres, pair});
}

void dense_middle(const ConvStep& step, const Workspace& w, const RowWeights& weights,
                  const Operand& from) {
  sum_centres(step, w, weights, from, step.bias);
  around(step, w, weights, from, nullptr, 0, count_centres(step.out_width), w.middle);
}

// Outer outputs may lie beyond the ends of the row: all others are computed in their places.
void dense_row(const ConvStep& step, const Workspace& w, const RowWeights& weights,
               const Operand& from, f32* out) {
  const i64 channels = step.out_channels, last = count_centres(step.out_width) - 1;
  const auto at_end = [&](i64 i) {
    around(step, w, weights, from, w.middle, i, 1, w.edge);
    const i64 first = max<i64>(0, 4 * i - 1), end = min(4 * i + 3, step.out_width);
    copy(out + first * channels, w.edge + (first - (4 * i - 1)) * channels,
         static_cast<size_t>((end - first) * channels) * sizeof(f32));
  };
  sum_centres(step, w, weights, from, no_bias(step));
  at_end(0);
  around(step, w, weights, from, w.middle, 1, last - 1, out + 3 * channels);
  if (last > 0) at_end(last);
}

// ---- vectors over pixels ----------------------------------------------------------------------

void planar_sums(const ConvStep& step, const Workspace& w, const RowWeights& weights,
                 const Operand& from, const f32* bias, const f32* middle, f32* planes) {
  const i64 half = step.in_channels * w.plane, channels = step.out_channels;
  const i64 side = 2 * channels * w.out_plane;  // of the outputs at even differences
  const f32* tap = from.pixels + half;
  PlanarRow row{{&tap, 1}, w.plane,   step.in_channels, weights.centre,
                bias,      w.centres, w.out_plane,      count_centres(step.out_width),
                channels};
  step.kernels->planar(row);
  row.channels = 2 * channels;
  row.start = w.centres;
  row.more = middle;
  row.weights = weights.pairs;
  row.out = planes;
  tap = from.differences;
  step.kernels->planar(row);
  if (middle) row.more += side;
  row.weights += 2 * channels * step.in_channels;
  row.out += side;
  tap += half;
  step.kernels->planar(row);
}

// Pairs at even and odd differences take turns; the first output of all is none.
void planar_row(const ConvStep& step, const Workspace& w, const RowWeights& weights,
                const Operand& from, f32* out) {
  const i64 channels = step.out_channels;
  planar_sums(step, w, weights, from, no_bias(step), w.middle, w.planes);
  step.kernels->from_planes(w.interleaved, w.planes, count_centres(step.out_width), 4 * channels,
                            w.out_plane);
  copy(out, w.interleaved + channels, static_cast<size_t>(step.out_width * channels) * sizeof(f32));
}

// ---- rows -------------------------------------------------------------------------------------

// Output rows [first, end), at most the four whose centre is small row 2 `centre`.
void rows_around(const ConvStep& step, const Machine& machine, Workspace& w, i64 n, i64 centre,
                 i64 first, i64 end) {
  const i64 y = 2 * centre + 1;  // among the padded rows
  const RowWeights weights = row_weights(step, 0);
  const f32* here = ring_row(step, machine, w, n, y);
  Operand from = take_differences(step, w, here);
  if (by_pixels(step)) {
    planar_sums(step, w, weights, from, step.bias, nullptr, w.middle);
  } else {
    dense_middle(step, w, weights, from);
  }
  for (i64 row = first; row < end; ++row) {
    const bool above = row <= 4 * centre;
    if (row == first || row == 4 * centre + 1) {
      const f32* a = above ? ring_row(step, machine, w, n, y - 1) : here;
      const f32* b = above ? here : ring_row(step, machine, w, n, y + 1);
      step.kernels->combine(Combine::subtract, w.change, a, b, w.row_floats);
      from = take_differences(step, w, w.change);
    }
    const RowWeights of_row = row_weights(step, kind_of(row));
    f32* out = sink_row(machine, step.sink, n, row, w.out);
    (by_pixels(step) ? planar_row : dense_row)(step, w, of_row, from, out);
    store_row(machine, step.sink, n, row, out, w.store);
  }
}

}  // namespace

i64 scratch_bytes(const ConvStep& step) {
  return lay_out(step, nullptr).bytes;
}

void run(const Step& base, const Machine& machine) {
  const ConvStep& step = static_cast<const ConvStep&>(base);
  const Bands bands = make_bands(machine, step.sink, step.out_height);
  machine.parallel(step.out_batch * bands.count(), [&](i64 task, u8* scratch) {
    Workspace w = lay_out(step, scratch);
    const i64 n = task / bands.count(), band = task % bands.count();
    const i64 end = bands.end(band);
    for (i64 y = bands.first(band); y < end;) {
      const i64 centre = (y + 1) / 4, next = min(4 * centre + 3, end);
      rows_around(step, machine, w, n, centre, y, next);
      y = next;
    }
  });
}

// The row below the centre's, or at the end the last one again.
i64 first_row(const Step& base, i64 y) {
  const Source& source = static_cast<const ConvStep&>(base).source;
  return min((y + 1) / 4 * 2 + 1, source.height - 1);
}

}  // namespace pl::differences
