#include "ops/resample.h"

namespace pl {

pl_status read_reals(const Call& call, Text name, i64 index, Span<f32>* out) {
  *out = {};
  const Tensor* input = call.in(index);
  if (!input || input->count() == 0) return PL_OK;
  if (input->type != DType::f32) return call.invalid("'", name, "' must be float32");
  if (input->count() > kMaxRank)
    return call.unsupported("'", name, "' has ", input->count(), " elements");
  if (!input->data)
    return call.unsupported(
        "'", name, "' depends on the input's elements; it must be known when the session is made");
  *out = {input->as<f32>(), input->count()};
  return PL_OK;
}

pl_status Resampling::scale_axis(const Call& call, i64 axis, i64 extent, f32 scale) {
  const f32 scaled = static_cast<f32>(extent) * scale;
  if (!(scale > 0) || !(scaled < static_cast<f32>(kMaxTensorBytes)))
    return call.invalid("the scale of axis ", axis, " is not positive or too large");
  out[axis] = static_cast<i64>(scaled);
  scales[axis] = scale;
  resized[axis] = scale != 1;
  return PL_OK;
}

pl_status infer_resample(Call& call, const Resampling& resampling) {
  const Tensor& x = *call.in(0);
  if (resampling.linear) PL_TRY(need_float(call, 0));
  for (i32 a = 0; a < x.shape.rank; ++a) {
    if (x.shape[a] == 0 && resampling.out[a] != 0)
      return call.invalid("an input of shape ", x.shape, " has nothing to repeat");
  }
  return set_output(call, 0, x.type, resampling.out);
}

namespace {

// The two elements along one axis that an output element lies between: `low` and, where
// weight > 0, the one after it.
struct Place {
  i64 low;
  f32 weight;
};

class Resampler {
 public:
  Resampler(const Resampling& rule, const Tensor& x, const Tensor& y)
      : rule_(rule), x_(x), y_(y), element_(element_bytes(y.type)) {}

  // Fills the part of the output from offset `to` that spans the axes from `axis` on.
  void fill(i32 axis, i64 to) {
    if (axis == y_.shape.rank) return write(to);
    for (i64 i = 0; i < y_.shape[axis]; ++i, to += y_.strides[axis]) {
      places_[axis] = rule_.resized[axis] ? place(axis, i) : Place{i, 0};
      fill(axis + 1, to);
    }
  }

 private:
  f64 coordinate(i32 axis, i64 index) const {
    const f64 i = static_cast<f64>(index), extent = static_cast<f64>(x_.shape[axis]);
    const f64 scale = rule_.scales[axis], out = static_cast<f64>(rule_.out[axis]);
    const f64 centre = (i + 0.5) / scale;
    switch (rule_.coordinates) {
      case Coordinates::symmetric:
        return extent / 2 * (1 - out / (scale * extent)) + centre - 0.5;
      case Coordinates::pytorch:
        return out > 1 ? centre - 0.5 : 0;
      case Coordinates::align_corners:
        return index ? i * (extent - 1) / (scale * extent - 1) : 0;
      case Coordinates::asymmetric:
        return i / scale;
      default:
        return centre - 0.5;
    }
  }

  bool rounds_up(f64 fraction, f64 scale) const {
    switch (rule_.nearest) {
      case Nearest::prefer_ceil:
        return fraction >= 0.5;
      case Nearest::floor:
        return false;
      case Nearest::ceil:
        return fraction > 0;
      case Nearest::scaled:
        return scale < 1 && fraction > 0;
      default:
        return fraction > 0.5;
    }
  }

  // Beyond its ends the axis goes on with its outermost elements.
  Place place(i32 axis, i64 index) const {
    const f64 last = static_cast<f64>(x_.shape[axis] - 1);
    const f64 at = clamp(coordinate(axis, index), 0.0, last);
    const i64 low = static_cast<i64>(at);
    const f64 fraction = at - static_cast<f64>(low);
    if (rule_.linear) return {low, static_cast<f32>(fraction)};
    return {low + rounds_up(fraction, rule_.scales[axis]), 0};
  }

  // Interpolated over the axes from `axis` on, the last one first.
  f32 sample(i32 axis, i64 from) const {
    if (axis == x_.shape.rank) return x_.as<f32>()[from];
    const Place& p = places_[axis];
    const i64 low = from + p.low * x_.strides[axis];
    const f32 a = sample(axis + 1, low);
    if (p.weight == 0) return a;
    const f32 b = sample(axis + 1, low + x_.strides[axis]);
    return fma(b - a, p.weight, a);
  }

  void write(i64 to) const {
    if (rule_.linear) {
      y_.as<f32>()[to] = sample(0, 0);
      return;
    }
    i64 from = 0;
    for (i32 a = 0; a < x_.shape.rank; ++a) from += places_[a].low * x_.strides[a];
    copy(y_.as<u8>() + to * element_, x_.as<u8>() + from * element_, static_cast<size_t>(element_));
  }

  const Resampling& rule_;
  const Tensor& x_;
  const Tensor& y_;
  i64 element_;
  Place places_[kMaxRank] = {};
};

}  // namespace

void resample(const Call& call, const Resampling& resampling) {
  if (call.outputs[0].count() == 0) return;
  Resampler(resampling, *call.in(0), call.outputs[0]).fill(0, 0);
}

}  // namespace pl
