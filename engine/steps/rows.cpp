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

template <class T>
void gather(f32* row, const T* from, const Tensor& t) {
  const i64 channels = t.shape[1], width = t.shape[3];
  for (i64 c = 0; c < channels; ++c) {
    const T* channel = from + c * t.strides[1];
    for (i64 x = 0; x < width; ++x)
      row[x * channels + c] = static_cast<f32>(channel[x * t.strides[3]]);
  }
}

// A row as it is stored, as floats: in memory or converted into `row`.
const f32* stored_row(const Machine& machine, i32 slot, i64 n, i64 y, f32* row) {
  const Tensor& t = machine.tensor(slot);
  const i64 channels = t.shape[1], width = t.shape[3];
  if (const pl_image* picture = machine.slots[slot].picture) {
    load_picture_row(*machine.kernels, *picture, y, row);
  } else if (t.type == DType::u8) {
    const u8* bytes = image_row<u8>(t, n, y);
    if (pixels_adjoin(t)) {
      machine.kernels->from_bytes(row, bytes, width * channels);
    } else {
      gather(row, bytes, t);
    }
  } else if (pixels_adjoin(t)) {
    return image_row<f32>(t, n, y);
  } else if (t.strides[3] == 1) {
    machine.kernels->from_planes(row, image_row<f32>(t, n, y), width, channels, t.strides[1]);
  } else {
    gather(row, image_row<f32>(t, n, y), t);
  }
  return row;
}

void apply_matrix(const Kernels& kernels, const Tensor& matrix, f32* dst, const f32* src,
                  i64 pixels, i64 channels) {
  f32 weights[kMatrixChannels * kMatrixChannels];
  for (i64 i = 0; i < channels * channels; ++i) {
    weights[i] =
        matrix.as<f32>()[i / channels * matrix.strides[0] + i % channels * matrix.strides[1]];
  }
  kernels.matrix(dst, src, pixels, channels, weights);
}

// The stages of one row: row y of image n, and of every image that it is combined with.
class StageRow {
 public:
  // `scratch`: for rows of other images that must be converted, where there may be such.
  StageRow(const Machine& machine, i64 n, i64 y, i64 width, i64 channels, f32* scratch)
      : machine_(machine), n_(n), y_(y), width_(width), channels_(channels), scratch_(scratch) {}

  void apply(const Stage& stage, f32* dst, const f32* src) {
    const Kernels& k = *machine_.kernels;
    const i64 period = lane_period(channels_, k.lanes), count = width_ * channels_;
    switch (stage.kind) {
      case Stage::Kind::unary:
        return k.unary(stage.function, dst, src, count, stage.a, stage.b);
      case Stage::Kind::affine: {
        const f32 *scale = stage.scale, *shift = stage.shift;
        if (stage.parameters >= 0) {
          scale = machine_.tensor(stage.parameters).as<f32>() + n_ * 2 * period;
          shift = scale + period;
        }
        return k.affine(dst, src, count, scale, shift, period);
      }
      case Stage::Kind::slope:
        return k.slope(dst, src, count, stage.scale, period);
      case Stage::Kind::combine:
        return k.combine(stage.combination, dst, src, other_row(stage.other), count);
      case Stage::Kind::matrix:
        return apply_matrix(k, machine_.tensor(stage.parameters), dst, src, width_, channels_);
    }
  }

 private:
  // Several stages may look at one image: its row is converted once.
  const f32* other_row(i32 slot) {
    if (slot != held_) other_ = stored_row(machine_, slot, n_, y_, scratch_);
    held_ = slot;
    return other_;
  }

  const Machine& machine_;
  i64 n_, y_, width_, channels_;
  f32* scratch_;
  i32 held_ = -1;
  const f32* other_ = nullptr;
};

// The stored row as floats, with the stages applied.
const f32* read_row(const Machine& machine, const Source& source, i64 n, i64 y, f32* row) {
  const f32* from = stored_row(machine, source.slot, n, y, row);
  StageRow stages(machine, n, y, source.width, source.channels, nullptr);
  for (const Stage& stage : source.stages) {
    stages.apply(stage, row, from);
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

bool meets_pictures(const Sink& sink) {
  return sink.channels == 3;
}

struct StoreScratch {
  u8* pair;
  f32* other;
  i64 bytes;
};

StoreScratch split_scratch(const Sink& sink, u8* base) {
  const i64 width = meets_pictures(sink) ? sink.width : 0;
  Scratch scratch(base);
  StoreScratch s;
  s.pair = scratch.take<u8>(picture_scratch(width));
  s.other = scratch.take<f32>(3 * width);
  s.bytes = scratch.used();
  return s;
}

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

void store_row(const Machine& machine, const Sink& sink, i64 n, i64 y, f32* row, u8* scratch) {
  const Tensor* t = sink.slot < 0 ? nullptr : &machine.tensor(sink.slot);
  const i64 kept = y - sink.top, width = t ? t->shape[3] : sink.width;
  if (t && (kept < 0 || kept >= t->shape[2])) return;
  f32* from = row + sink.left * sink.channels;
  const StoreScratch parts = split_scratch(sink, scratch);
  StageRow stages(machine, n, kept, width, sink.channels, parts.other);
  for (const Stage& stage : sink.stages) stages.apply(stage, from, from);
  collect_stats(machine, sink, n, kept, from, width);
  if (!t) return;
  const pl_image* picture = machine.slots[sink.slot].picture;
  if (picture) return store_picture_row(*machine.kernels, *picture, kept, from, parts.pair);
  scatter(*t, n, kept, from, *machine.kernels);
}

i64 store_bytes(const Sink& sink) {
  return split_scratch(sink, nullptr).bytes;
}

Bands make_bands(const Machine& machine, const Sink& sink, i64 height) {
  const i64 pairs = meets_pictures(sink) ? 2 : 1;
  const i64 share = round_up(clamp<i64>(ceil_div(height, 4 * machine.threads), 4, 64), pairs);
  return {height, machine.threads == 1 ? height : share, sink.top % 2};
}

}  // namespace pl
