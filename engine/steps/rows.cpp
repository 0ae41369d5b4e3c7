#include "steps/rows.h"

#include "steps/picture.h"

namespace pl {
namespace {

// Element (n, 0, y, 0) of an image.
template <class T>
T* image_row(const Tensor& t, i64 n, i64 y) {
  return t.as<T>() + n * t.strides[0] + y * t.strides[2];
}

bool pixels_adjoin(const Tensor& t) {
  return (t.strides[1] == 1 || t.shape[1] == 1) && t.strides[3] == t.shape[1];
}

void apply_stage(const Machine& machine, const Stage& stage, i64 n, i64 y, f32* dst, const f32* src,
                 i64 count, i64 channels) {
  const Kernels& k = *machine.kernels;
  const i64 period = lane_period(channels, k.lanes);
  switch (stage.kind) {
    case Stage::Kind::unary:
      return k.unary(stage.function, dst, src, count, stage.a, stage.b);
    case Stage::Kind::affine: {
      const f32 *scale = stage.scale, *shift = stage.shift;
      if (stage.parameters >= 0) {
        scale = machine.tensor(stage.parameters).as<f32>() + n * 2 * period;
        shift = scale + period;
      }
      return k.affine(dst, src, count, scale, shift, period);
    }
    case Stage::Kind::slope:
      return k.slope(dst, src, count, stage.scale, period);
    case Stage::Kind::combine:
      return k.combine(stage.combination, dst, src,
                       image_row<f32>(machine.tensor(stage.other), n, y), count);
  }
}

template <class T>
void gather(f32* row, const T* from, const Tensor& t) {
  const i64 channels = t.shape[1], width = t.shape[3];
  for (i64 c = 0; c < channels; ++c) {
    const T* channel = from + c * t.strides[1];
    for (i64 x = 0; x < width; ++x)
      row[x * channels + c] = static_cast<f32>(channel[x * t.strides[3]]);
  }
}

// The stored row as floats; `stages_left` tells which stages were applied on the way.
const f32* read_row(const Machine& machine, const Source& source, i64 n, i64 y, f32* row) {
  const Tensor& t = machine.tensor(source.slot);
  const i64 count = source.width * source.channels;
  const pl_image* picture = machine.slots[source.slot].picture;
  const f32* from = row;
  if (picture) {
    load_picture_row(*machine.kernels, *picture, y, row);
  } else if (t.type == DType::u8) {
    const u8* bytes = image_row<u8>(t, n, y);
    if (pixels_adjoin(t)) {
      machine.kernels->from_bytes(row, bytes, count);
    } else {
      gather(row, bytes, t);
    }
  } else if (pixels_adjoin(t)) {
    from = image_row<f32>(t, n, y);
  } else if (t.strides[3] == 1) {
    machine.kernels->from_planes(row, image_row<f32>(t, n, y), source.width, source.channels,
                                 t.strides[1]);
  } else {
    gather(row, image_row<f32>(t, n, y), t);
  }
  for (const Stage& stage : source.stages) {
    apply_stage(machine, stage, n, y, row, from, count, source.channels);
    from = row;
  }
  return from;
}

// Where index i of an axis padded by `before` reads from; -1: the constant.
i64 unpad(i64 i, i64 before, i64 extent, Border::Mode mode) {
  i -= before;
  if (i >= 0 && i < extent) return i;
  switch (mode) {
    case Border::Mode::constant:
      return -1;
    case Border::Mode::edge:
      return i < 0 ? 0 : extent - 1;
    case Border::Mode::reflect:
      return i < 0 ? -i : 2 * (extent - 1) - i;
  }
  return -1;
}

void fill_with(f32* to, f32 value, i64 count) {
  for (i64 i = 0; i < count; ++i) to[i] = value;
}

void copy_pixel(f32* to, const f32* from, i64 channels) {
  for (i64 c = 0; c < channels; ++c) to[c] = from[c];
}

// Spreads a stored row over the upsampled and padded one. They may overlap when nothing is
// upsampled and `from` already lies at its place.
void spread(const Source& source, f32* row, const f32* from) {
  const i64 c = source.channels;
  const Border& border = source.border;
  f32* inside = row + border.left * c;
  const i64 width = source.width * source.up_x;
  if (source.up_x == 1) {
    if (from != inside) copy(inside, from, static_cast<size_t>(width * c) * sizeof(f32));
  } else {
    for (i64 x = 0; x < source.width; ++x) {
      for (i64 i = 0; i < source.up_x; ++i)
        copy_pixel(inside + (x * source.up_x + i) * c, from + x * c, c);
    }
  }
  const i64 padded = source.padded_width();
  const auto fill = [&](i64 x) {
    const i64 at = unpad(x, border.left, width, border.mode);
    if (at < 0) {
      fill_with(row + x * c, border.value, c);
    } else {
      copy_pixel(row + x * c, inside + at * c, c);
    }
  };
  for (i64 x = 0; x < border.left; ++x) fill(x);
  for (i64 x = border.left + width; x < padded; ++x) fill(x);
}

}  // namespace

bool is_direct(const Source& source, const Tensor& tensor) {
  return source.stages.empty() && source.up_x == 1 && source.border.left == 0 &&
         source.border.right == 0 && tensor.type == DType::f32 && pixels_adjoin(tensor);
}

const f32* load_row(const Machine& machine, const Source& source, i64 n, i64 y, f32* row,
                    f32* unpadded) {
  const i64 inside = unpad(y, source.border.top, source.height * source.up_y, source.border.mode);
  if (inside < 0) {
    fill_with(row, source.border.value, source.row_floats());
    return row;
  }
  const i64 stored = inside / source.up_y;
  if (is_direct(source, machine.tensor(source.slot))) {
    return image_row<f32>(machine.tensor(source.slot), n, stored);
  }
  const bool spreads = source.up_x != 1;
  f32* place = spreads ? unpadded : row + source.border.left * source.channels;
  spread(source, row, read_row(machine, source, n, stored, place));
  return row;
}

f32* sink_row(const Machine& machine, const Sink& sink, i64 n, i64 y, f32* scratch) {
  if (sink.slot < 0) return scratch;
  const Tensor& t = machine.tensor(sink.slot);
  const i64 row = y - sink.top;
  const bool whole = t.type == DType::f32 && pixels_adjoin(t) && sink.left == 0 &&
                     t.shape[3] == sink.width && row >= 0 && row < t.shape[2];
  return whole ? image_row<f32>(t, n, row) : scratch;
}

namespace {

void scatter(const Tensor& t, i64 n, i64 y, const f32* row, const Kernels& kernels) {
  const i64 channels = t.shape[1], width = t.shape[3];
  if (t.type == DType::u8) {
    u8* to = image_row<u8>(t, n, y);
    if (pixels_adjoin(t)) return kernels.to_bytes(to, row, width * channels);
    for (i64 c = 0; c < channels; ++c) {
      for (i64 x = 0; x < width; ++x) {
        kernels.to_bytes(to + c * t.strides[1] + x * t.strides[3], row + x * channels + c, 1);
      }
    }
    return;
  }
  f32* to = image_row<f32>(t, n, y);
  if (pixels_adjoin(t)) {
    if (to != row) copy(to, row, static_cast<size_t>(width * channels) * sizeof(f32));
  } else if (t.strides[3] == 1) {
    kernels.to_planes(to, row, width, channels, t.strides[1]);
  } else {
    for (i64 c = 0; c < channels; ++c) {
      for (i64 x = 0; x < width; ++x)
        to[c * t.strides[1] + x * t.strides[3]] = row[x * channels + c];
    }
  }
}

// Statistics of the pixels that are kept, if they are wanted.
void collect_stats(const Machine& machine, const Sink& sink, i64 n, i64 y, const f32* row,
                   i64 width) {
  if (sink.stats < 0) return;
  const Tensor& stats = machine.tensor(sink.stats);
  f32* mean = stats.as<f32>() + n * stats.strides[0] + y * stats.strides[1];
  machine.kernels_for(sink.channels)
      .row_stats(row, width, sink.channels, mean, mean + sink.channels);
}

}  // namespace

void store_row(const Machine& machine, const Sink& sink, i64 n, i64 y, f32* row, u8* pair) {
  for (const Stage& stage : sink.stages) {
    apply_stage(machine, stage, n, y, row, row, sink.width * sink.channels, sink.channels);
  }
  const i64 kept = y - sink.top;
  const f32* from = row + sink.left * sink.channels;
  if (sink.slot < 0) return collect_stats(machine, sink, n, kept, from, sink.width);
  const Tensor& t = machine.tensor(sink.slot);
  if (kept < 0 || kept >= t.shape[2]) return;
  collect_stats(machine, sink, n, kept, from, t.shape[3]);
  const pl_image* picture = machine.slots[sink.slot].picture;
  if (picture) return store_picture_row(*machine.kernels, *picture, kept, from, pair);
  scatter(t, n, kept, from, *machine.kernels);
}

i64 pair_bytes(const Sink& sink) {
  return sink.channels == 3 ? picture_scratch(sink.width) : 0;
}

Bands make_bands(const Machine& machine, const Sink& sink, i64 height) {
  const i64 pairs = pair_bytes(sink) ? 2 : 1;
  const i64 share = round_up(clamp<i64>(ceil_div(height, 4 * machine.threads), 4, 64), pairs);
  return {height, machine.threads == 1 ? height : share, sink.top % 2};
}

}  // namespace pl
