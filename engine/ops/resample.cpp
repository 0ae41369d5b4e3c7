#include "ops/resample.h"

namespace pl {

pl_status read_reals(const Call& call, const char* name, i64 index, Span<f32>* out) {
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
  const bool copies =
      resampling.kernel == Kernel::nearest && resampling.coordinates != Coordinates::crop;
  if (!copies) PL_TRY(need_float(call, 0));
  for (i32 a = 0; a < x.shape.rank; ++a) {
    if (x.shape[a] == 0 && resampling.out[a] != 0)
      return call.invalid("an input of shape ", x.shape, " has nothing to repeat");
  }
  return set_output(call, 0, x.type, resampling.out);
}

namespace {

// The least integer that is not below x, for |x| < 2^62.
i64 ceil_of(f64 x) {
  const i64 whole = static_cast<i64>(x);
  return whole + (static_cast<f64>(whole) < x);
}

// The elements along one axis that an output element is made from. A simple one lies between
// `low` and, where weight > 0, the one after it; another looks at those from `low` to `high`, by
// their distance from `at`.
struct Place {
  i64 low;
  f32 weight = 0;
  i64 high = 0;
  f64 at = 0;
  f64 total = 1;  // of the weights
  bool outside = false;
};

class Resampler {
 public:
  Resampler(const Resampling& rule, const Tensor& x, const Tensor& y)
      : rule_(rule), x_(x), y_(y), element_(element_bytes(y.type)) {}

  // Fills the part of the output from offset `to` that spans the axes from `axis` on.
  void fill(i32 axis, i64 to) {
    if (axis == y_.shape.rank) return write(to);
    for (i64 i = 0; i < y_.shape[axis]; ++i, to += y_.strides[axis]) {
      places_[axis] = rule_.resized[axis] ? place(axis, i) : single(i);
      fill(axis + 1, to);
    }
  }

 private:
  static Place single(i64 i) {
    Place place{i};
    place.high = i;
    place.at = static_cast<f64>(i);
    return place;
  }

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
      case Coordinates::crop: {
        const f64 begin = rule_.begin[axis], end = rule_.end[axis];
        if (out <= 1) return (begin + end) / 2 * (extent - 1);
        return begin * (extent - 1) + i * (end - begin) * (extent - 1) / (out - 1);
      }
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
    const f64 at = coordinate(axis, index);
    const f64 held = clamp(at, 0.0, last);
    Place place{static_cast<i64>(held)};
    place.outside = rule_.coordinates == Coordinates::crop && at != held;
    const f64 fraction = held - static_cast<f64>(place.low);
    if (!rule_.simple()) {
      spread(axis, at, &place);
    } else if (rule_.kernel == Kernel::linear) {
      place.weight = static_cast<f32>(fraction);
    } else {
      place.low += rounds_up(fraction, rule_.scales[axis]);
    }
    return place;
  }

  // All elements that have a weight.
  void spread(i32 axis, f64 at, Place* place) const {
    const f64 extent = static_cast<f64>(x_.shape[axis]);
    const f64 radius = (rule_.kernel == Kernel::cubic ? 2 : 1) / squeeze(axis);
    place->at = at = clamp(at, -extent, 2 * extent);
    place->low = ceil_of(at - radius);
    place->high = -ceil_of(-at - radius);
    place->total = 0;
    for (i64 i = place->low; i <= place->high; ++i) place->total += weight(axis, *place, i);
  }

  f64 squeeze(i32 axis) const {
    return rule_.antialias && rule_.resized[axis] && rule_.scales[axis] < 1 ? rule_.scales[axis]
                                                                            : 1;
  }

  f64 weight(i32 axis, const Place& p, i64 i) const {
    if (rule_.exclude_outside && (i < 0 || i >= x_.shape[axis])) return 0;
    f64 d = (static_cast<f64>(i) - p.at) * squeeze(axis);
    if (d < 0) d = -d;
    const f64 a = rule_.cubic_a;
    if (rule_.kernel == Kernel::linear) return d < 1 ? 1 - d : 0;
    if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
  }

  // A mean over the axes from `axis` on, in double.
  f64 mean(i32 axis, i64 from) const {
    if (axis == x_.shape.rank) return x_.as<f32>()[from];
    const Place& p = places_[axis];
    f64 sum = 0;
    for (i64 i = p.low; i <= p.high; ++i) {
      const i64 inside = clamp<i64>(i, 0, x_.shape[axis] - 1);
      const f64 share = rule_.resized[axis] ? weight(axis, p, i) / p.total : 1;
      if (share != 0) sum += share * mean(axis + 1, from + inside * x_.strides[axis]);
    }
    return sum;
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
    for (i32 a = 0; a < x_.shape.rank; ++a) {
      if (places_[a].outside) {
        y_.as<f32>()[to] = rule_.outside;
        return;
      }
    }
    if (rule_.kernel != Kernel::nearest) {
      y_.as<f32>()[to] = rule_.simple() ? sample(0, 0) : static_cast<f32>(mean(0, 0));
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
