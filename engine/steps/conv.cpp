#include "steps/conv.h"

namespace pl {
namespace {

// A worker's memory for one step.
struct Workspace {
  f32* ring;         // [ring_rows] padded input rows
  f32* unpadded;     // one input row before upsampling
  f32* interleaved;  // planar: one padded row before it is turned
  f32* out;          // one output row
  f32* planes;       // planar: the output row by channel
  const f32** rows;  // [ring_rows] where each ring row lies
  i64* loaded;       // [ring_rows] which padded row lies there, -1: none
  Run* runs;
  const f32** taps;
  u8* store;       // what store_row() needs
  i64 ring_pitch;  // floats from one ring row to the next
  i64 plane;       // planar: floats of one channel of an input row
  i64 out_plane;
  Workspace* inner;  // of the step that makes the input rows, or null
  i64 bytes;
};

i64 most_taps(const ConvStep& step) {
  i64 most = 1;
  for (const Phase& phase : step.phases) most = max(most, phase.taps.size);
  return most;
}

Workspace lay_out(const ConvStep& step, u8* base) {
  const i64 lanes = step.kernels->lanes;
  const bool planar = step.method == ConvStep::Method::planar;
  const Source& source = step.source;
  Scratch scratch(base);
  Workspace w;
  // Planar rows are read in whole vectors, up to one tile past their end.
  w.plane = round_up(source.padded_width(), lanes) + 4 * lanes;
  w.ring_pitch = round_up(planar ? w.plane * source.channels : source.row_floats(), 16);
  w.out_plane = round_up(ceil_div(step.out_width, step.phases_x), lanes) + 4 * lanes;
  w.ring = scratch.take<f32>(w.ring_pitch * step.ring_rows);
  w.unpadded = scratch.take<f32>(source.width * source.channels);
  w.interleaved = scratch.take<f32>(planar ? source.row_floats() : 0);
  const i64 row_channels = step.phases_x * step.channels_out();
  w.out = scratch.take<f32>(ceil_div(step.out_width, step.phases_x) * row_channels);
  w.planes = scratch.take<f32>(planar ? w.out_plane * row_channels : 0);
  w.rows = scratch.take<const f32*>(step.ring_rows);
  w.loaded = scratch.take<i64>(step.ring_rows);
  w.runs = scratch.take<Run>(most_taps(step));
  w.taps = scratch.take<const f32*>(most_taps(step));
  w.store = scratch.take<u8>(store_bytes(step.sink));
  w.inner = nullptr;
  w.bytes = scratch.used();
  return w;
}

f32* conv_row(const ConvStep& step, const Machine& machine, Workspace& w, i64 n, i64 y);

// The padded input row y, loaded when it is not in the ring already.
const f32* ring_row(const ConvStep& step, const Machine& machine, Workspace& w, i64 n, i64 y) {
  const i64 at = y % step.ring_rows;
  if (w.loaded[at] == y) return w.rows[at];
  f32* place = w.ring + at * w.ring_pitch;
  const bool planar = step.method == ConvStep::Method::planar;
  const f32* row =
      w.inner ? conv_row(*step.inner, machine, *w.inner, n, y)
              : load_row(machine, step.source, n, y, planar ? w.interleaved : place, w.unpadded);
  w.rows[at] = row;
  if (planar) {
    step.kernels->to_planes(place, row, step.source.padded_width(), step.source.channels, w.plane);
    w.rows[at] = place;
  }
  w.loaded[at] = y;
  return w.rows[at];
}

// Where the taps of a phase read for output pixel 0 of the row at input row `y`.
void point_taps(const ConvStep& step, const Machine& machine, Workspace& w, const Phase& phase,
                i64 n, i64 y) {
  const i64 pixel = step.method == ConvStep::Method::planar ? 1 : step.source.channels;
  for (i64 t = 0; t < phase.taps.size; ++t) {
    const Tap& tap = phase.taps[t];
    w.taps[t] = ring_row(step, machine, w, n, y + tap.dy) + tap.dx * pixel;
  }
}

void dense_phase(const ConvStep& step, const Machine& machine, Workspace& w, const Phase& phase,
                 i64 n, i64 y, f32* out, i64 pixels) {
  const i64 channels = step.source.channels;
  for (i64 r = 0; r < phase.runs.size; ++r) {
    const TapRun& run = phase.runs[r];
    w.runs[r] = {ring_row(step, machine, w, n, y + run.dy) + run.dx * channels, run.length};
  }
  ConvRow row{{w.runs, phase.runs.size},
              step.stride_x * channels,
              phase.weights,
              step.bias,
              out,
              step.phases_x * step.channels_out(),
              pixels,
              step.out_channels};
  const i64 group_floats =
      round_up(step.out_channels, step.kernels->lanes) * phase.taps.size * step.in_channels;
  for (i64 group = 0; group < step.groups; ++group) {
    step.kernels->conv(row);
    for (i64 r = 0; r < phase.runs.size; ++r) w.runs[r].from += step.in_channels;
    row.weights += group_floats;
    row.bias += step.out_channels;
    row.out += step.out_channels;
  }
}

// The planes of all phases along the row, turned into pixels at once: phase by phase and channel
// by channel is the order in which they lie in the row.
void planar_row(const ConvStep& step, const Machine& machine, Workspace& w, i64 n, i64 y,
                const Phase* phases, f32* out) {
  const i64 pixels = ceil_div(step.out_width, step.phases_x);
  for (i64 px = 0; px < step.phases_x; ++px) {
    const Phase& phase = phases[px];
    point_taps(step, machine, w, phase, n, y);
    step.kernels->planar({{w.taps, phase.taps.size},
                          w.plane,
                          step.in_channels,
                          phase.weights,
                          step.bias,
                          w.planes + px * step.out_channels * w.out_plane,
                          w.out_plane,
                          pixels,
                          step.out_channels});
  }
  // A last pixel of which only some phases exist is cut.
  f32* to = step.out_width % step.phases_x ? w.out : out;
  step.kernels->from_planes(to, w.planes, pixels, step.phases_x * step.out_channels, w.out_plane);
  if (to != out)
    copy(out, to, static_cast<size_t>(step.out_width * step.out_channels) * sizeof(f32));
}

void channel_phase(const ConvStep& step, const Machine& machine, Workspace& w, const Phase& phase,
                   i64 n, i64 y, f32* out, i64 pixels) {
  point_taps(step, machine, w, phase, n, y);
  const bool maximum = step.method == ConvStep::Method::maximum;
  const auto kernel = maximum ? step.kernels->maximum : step.kernels->depthwise;
  kernel({{w.taps, phase.taps.size},
          step.stride_x * step.source.channels,
          phase.weights,
          step.bias,
          out,
          step.phases_x * step.groups,
          pixels,
          step.groups});
}

// Computes and stores an output row; returns where it was computed.
f32* conv_row(const ConvStep& step, const Machine& machine, Workspace& w, i64 n, i64 y) {
  f32* out = sink_row(machine, step.sink, n, y, w.out);
  const i64 from = y / step.phases_y * step.stride_y;
  const Phase* phases = step.phases.data + y % step.phases_y * step.phases_x;
  if (step.method == ConvStep::Method::planar) {
    planar_row(step, machine, w, n, from, phases, out);
    store_row(machine, step.sink, n, y, out, w.store);
    return out;
  }
  for (i64 px = 0; px < step.phases_x; ++px) {
    const i64 pixels = ceil_div(step.out_width - px, step.phases_x);
    f32* to = out + px * step.channels_out();
    if (is_channelwise(step)) {
      channel_phase(step, machine, w, phases[px], n, from, to, pixels);
    } else {
      dense_phase(step, machine, w, phases[px], n, from, to, pixels);
    }
  }
  store_row(machine, step.sink, n, y, out, w.store);
  return out;
}

// A workspace with nothing loaded yet.
Workspace open_workspace(const ConvStep& step, u8* scratch) {
  const Workspace w = lay_out(step, scratch);
  for (i64 i = 0; i < step.ring_rows; ++i) w.loaded[i] = -1;
  return w;
}

}  // namespace

i64 conv_scratch(const ConvStep& step) {
  const i64 inner = step.inner ? conv_scratch(*step.inner) : 0;
  return lay_out(step, nullptr).bytes + inner;
}

i64 conv_first_row(const Step& base, i64 y) {
  const ConvStep& step = static_cast<const ConvStep&>(base);
  const i64 row = y / step.phases_y * step.stride_y;
  if (step.inner) return conv_first_row(*step.inner, row);
  const Source& source = step.source;
  // Rows mirrored past the end lie above it.
  const i64 last = source.height * source.up_y - 1 - source.border.bottom;
  return max<i64>(0, min(row - source.border.top, last)) / source.up_y;
}

void run_conv(const Step& base, const Machine& machine) {
  const ConvStep& step = static_cast<const ConvStep&>(base);
  const Bands bands = make_bands(machine, step.sink, step.out_height);
  machine.parallel(step.out_batch * bands.count(), [&](i64 task, u8* scratch) {
    Workspace w = open_workspace(step, scratch), inner;
    if (step.inner) {
      inner = open_workspace(*step.inner, scratch + w.bytes);
      w.inner = &inner;
    }
    const i64 n = task / bands.count(), band = task % bands.count();
    for (i64 y = bands.first(band); y < bands.end(band); ++y) conv_row(step, machine, w, n, y);
  });
}

}  // namespace pl
