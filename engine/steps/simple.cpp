#include "steps/simple.h"

namespace pl {
namespace {

struct MapWorkspace {
  f32 *row, *unpadded, *out;
  u8* store;
  i64 bytes;
};

MapWorkspace lay_out(const MapStep& step, u8* base) {
  Scratch scratch(base);
  MapWorkspace w;
  w.row = scratch.take<f32>(step.source.row_floats());
  w.unpadded = scratch.take<f32>(step.source.width * step.source.channels);
  w.out = scratch.take<f32>(step.block * step.source.row_floats());
  w.store = scratch.take<u8>(store_bytes(step.sink));
  w.bytes = scratch.used();
  return w;
}

void run_map(const Step& base, const Machine& machine) {
  const MapStep& step = static_cast<const MapStep&>(base);
  const Bands bands = make_bands(machine, step.sink, step.source.padded_height());
  machine.parallel(step.source.batch * bands.count(), [&](i64 task, u8* scratch) {
    const MapWorkspace w = lay_out(step, scratch);
    const i64 n = task / bands.count(), band = task % bands.count();
    for (i64 y = bands.first(band); y < bands.end(band); ++y) {
      f32* out = sink_row(machine, step.sink, n, y, w.row);
      const f32* row = load_row(machine, step.source, n, y, out, w.unpadded);
      if (row != out) copy(out, row, static_cast<size_t>(step.source.row_floats()) * sizeof(f32));
      store_row(machine, step.sink, n, y, out, w.store);
    }
  });
}

// Every block-th run of `length` floats is one of `from`.
void spread_runs(f32* to, const f32* from, i64 runs, i64 length, i64 block) {
  for (i64 i = 0; i < runs; ++i, to += block * length, from += length) {
    i64 k = 0;
    for (; k + 4 <= length; k += 4) copy(to + k, from + k, 4 * sizeof(f32));
    for (; k < length; ++k) to[k] = from[k];
  }
}

// SpaceToDepth: with the channels last, a row of a block is a run of what becomes its pixel.
void run_blocks(const Step& base, const Machine& machine) {
  const MapStep& step = static_cast<const MapStep&>(base);
  const i64 block = step.block, run = block * step.source.channels;
  const Bands bands = make_bands(machine, step.sink, step.source.padded_height() / block);
  machine.parallel(step.source.batch * bands.count(), [&](i64 task, u8* scratch) {
    const MapWorkspace w = lay_out(step, scratch);
    const i64 n = task / bands.count(), band = task % bands.count();
    for (i64 y = bands.first(band); y < bands.end(band); ++y) {
      f32* out = sink_row(machine, step.sink, n, y, w.out);
      for (i64 i = 0; i < block; ++i) {
        const f32* row = load_row(machine, step.source, n, y * block + i, w.row, w.unpadded);
        spread_runs(out + i * run, row, step.sink.width, run, block);
      }
      store_row(machine, step.sink, n, y, out, w.store);
    }
  });
}

void run_norm(const Step& base, const Machine& machine) {
  const NormStep& step = static_cast<const NormStep&>(base);
  const Tensor &stats = machine.tensor(step.stats), &scales = machine.tensor(step.scale),
               &biases = machine.tensor(step.bias);
  const i64 period = lane_period(step.channels, machine.kernels->lanes);
  for (i64 n = 0; n < step.batch; ++n) {
    f32* scale = machine.tensor(step.parameters).as<f32>() + n * 2 * period;
    f32* shift = scale + period;
    const f32* rows = stats.as<f32>() + n * stats.strides[0];
    for (i64 c = 0; c < step.channels; ++c) {
      Moments moments;
      for (i64 y = 0; y < step.rows; ++y) {
        const f32* row = rows + y * 2 * step.channels + c;
        moments.add_row({row[0], row[step.channels]}, step.width);
      }
      if (step.before) {
        Moments& before = step.before[n * step.channels + c];
        if (machine.continues) moments.smooth(before, machine.smoothing);
        before = moments;
      }
      const ScaleShift to =
          normalizer(moments, step.epsilon, scales.as<f32>()[c * scales.strides[0]],
                     biases.as<f32>()[c * biases.strides[0]]);
      scale[c] = to.scale;
      shift[c] = to.shift;
    }
    for (i64 i = step.channels; i < period; ++i) {
      scale[i] = scale[i - step.channels];
      shift[i] = shift[i - step.channels];
    }
  }
}

void run_reference(const Step& base, const Machine& machine) {
  const ReferenceStep& step = static_cast<const ReferenceStep&>(base);
  const Tensor* inputs[kMaxInputs];
  Tensor outputs[kMaxOutputs];
  for (i64 i = 0; i < step.inputs.size; ++i) {
    inputs[i] = step.inputs[i] < 0 ? nullptr : &machine.tensor(step.inputs[i]);
  }
  for (i64 i = 0; i < step.outputs.size; ++i) {
    if (step.outputs[i] >= 0) outputs[i] = machine.tensor(step.outputs[i]);
  }
  Error none(nullptr);
  step.node->op->run({*step.node, {inputs, step.inputs.size}, {outputs, step.outputs.size}, none});
}

void run_copy(const Step& step, const Machine& machine) {
  copy_elements(machine.tensor(step.writes[0]), machine.tensor(step.reads[0]));
}

}  // namespace

void finish_map(MapStep* step) {
  step->scratch_bytes = lay_out(*step, nullptr).bytes;
  step->by_rows = true;
  if (kProcessor) step->run = kPainting || step->block == 1 ? run_map : run_blocks;
}

void finish_norm(NormStep* step) {
  if (kProcessor) step->run = run_norm;
}
void finish_reference(ReferenceStep* step) {
  step->run = run_reference;
}
void finish_copy(CopyStep* step) {
  step->run = run_copy;
}

}  // namespace pl
