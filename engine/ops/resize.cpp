// Resize: to given scales or sizes, by nearest elements or by linear or cubic interpolation.
#include "ops/elements.h"
#include "ops/resample.h"
#include "ops/table.h"

namespace pl {
namespace {

Coordinates read_coordinates(const Call& call) {
  if (call.node.opset < 11) return Coordinates::asymmetric;
  const Text mode = call.node.text("coordinate_transformation_mode", "half_pixel");
  if (mode == "half_pixel") return Coordinates::half_pixel;
  if (mode == "half_pixel_symmetric") return Coordinates::symmetric;
  if (mode == "pytorch_half_pixel") return Coordinates::pytorch;
  if (mode == "align_corners") return Coordinates::align_corners;
  if (mode == "tf_crop_and_resize") return Coordinates::crop;
  return mode == "asymmetric" ? Coordinates::asymmetric : Coordinates::unknown;
}

Kernel read_kernel(const Call& call) {
  const Text mode = call.node.text("mode", "nearest");
  if (mode == "nearest") return Kernel::nearest;
  if (mode == "linear") return Kernel::linear;
  return mode == "cubic" ? Kernel::cubic : Kernel::unknown;
}

Nearest read_nearest(const Call& call) {
  if (call.node.opset < 11) return Nearest::scaled;
  const Text mode = call.node.text("nearest_mode", "round_prefer_floor");
  if (mode == "round_prefer_floor") return Nearest::prefer_floor;
  if (mode == "round_prefer_ceil") return Nearest::prefer_ceil;
  if (mode == "floor") return Nearest::floor;
  return mode == "ceil" ? Nearest::ceil : Nearest::unknown;
}

enum class Policy { stretch, not_larger, not_smaller, unknown };

Policy read_policy(const Call& call) {
  const Text policy = call.node.text("keep_aspect_ratio_policy", "stretch");
  if (policy == "stretch") return Policy::stretch;
  if (policy == "not_larger") return Policy::not_larger;
  return policy == "not_smaller" ? Policy::not_smaller : Policy::unknown;
}

pl_status check(const Call& call) {
  const Kernel kernel = read_kernel(call);
  if (kernel == Kernel::unknown || (kPainting && kernel != Kernel::nearest))
    return call.unsupported("mode '", call.node.text("mode", ""), "' is not supported");
  if (kPainting) return PL_OK;  // what plans cannot do, they leave to a loop that is not there
  if (read_coordinates(call) == Coordinates::unknown)
    return call.unsupported("coordinate_transformation_mode '",
                            call.node.text("coordinate_transformation_mode", ""),
                            "' is not supported");
  if (read_nearest(call) == Nearest::unknown)
    return call.unsupported("nearest_mode '", call.node.text("nearest_mode", ""),
                            "' is not supported");
  if (read_policy(call) == Policy::unknown)
    return call.unsupported("keep_aspect_ratio_policy '",
                            call.node.text("keep_aspect_ratio_policy", ""), "' is not supported");
  return PL_OK;
}

// The axes that scales and sizes are about, in their order.
struct Axes {
  i64 count = 0;
  i64 axes[kMaxRank] = {};
};

pl_status read_axes(const Call& call, Axes* out) {
  const i32 rank = call.in(0)->shape.rank;
  Integers listed;
  PL_TRY(read_integers(call, "axes", -1, &listed));
  bool marked[kMaxRank];
  PL_TRY(mark_axes(call, listed, rank, marked));
  out->count = listed.present ? listed.size : rank;
  for (i64 i = 0; i < out->count; ++i) {
    const i64 axis = listed.present ? listed.values[i] : i;
    out->axes[i] = axis < 0 ? axis + rank : axis;
  }
  return PL_OK;
}

// The region of interest: where each axis begins, then where each ends.
pl_status set_crop(const Call& call, const Axes& axes, Resampling* r) {
  Span<f32> region;
  PL_TRY(read_reals(call, "roi", 1, &region));
  if (region.size != 2 * axes.count)
    return call.invalid("'roi' has ", region.size, " entries for ", axes.count, " axes");
  for (i64 i = 0; i < axes.count; ++i) {
    const f32 begin = region[i], end = region[axes.count + i];
    if (!(begin > -1e6f && begin < 1e6f && end > -1e6f && end < 1e6f))
      return call.invalid("'roi' has an entry that is not finite or too large");
    r->begin[axes.axes[i]] = begin;
    r->end[axes.axes[i]] = end;
  }
  return PL_OK;
}

pl_status set_scales(const Call& call, const Axes& axes, Span<f32> scales, Resampling* r) {
  if (scales.size != axes.count)
    return call.invalid("'scales' has ", scales.size, " entries for ", axes.count, " axes");
  for (i64 i = 0; i < axes.count; ++i) {
    const i64 axis = axes.axes[i];
    PL_TRY(r->scale_axis(call, axis, call.in(0)->shape[axis], scales[i]));
    if (r->coordinates != Coordinates::crop) continue;
    const f64 part = (r->end[axis] - r->begin[axis]) * static_cast<f64>(r->out[axis]);
    if (!(part >= 0 && part < static_cast<f64>(kMaxTensorBytes)))
      return call.invalid("'roi' gives axis ", axis, " no size that there can be");
    r->out[axis] = static_cast<i64>(part);
  }
  return PL_OK;
}

pl_status set_sizes(const Call& call, const Axes& axes, const Integers& sizes, Resampling* r) {
  const Shape& x = call.in(0)->shape;
  if (sizes.size != axes.count)
    return call.invalid("'sizes' has ", sizes.size, " entries for ", axes.count, " axes");
  const Policy policy = read_policy(call);
  f64 common = 0;  // the one scale that keeps the aspect ratio
  for (i64 i = 0; i < axes.count; ++i) {
    const i64 axis = axes.axes[i];
    if (sizes.values[i] < 1 || sizes.values[i] > kMaxTensorBytes || x[axis] == 0)
      return call.invalid("an input of shape ", x, " cannot get size ", sizes.values[i],
                          " on axis ", axis);
    const f64 scale = static_cast<f64>(sizes.values[i]) / static_cast<f64>(x[axis]);
    r->out[axis] = sizes.values[i];
    r->scales[axis] = scale;
    r->resized[axis] = sizes.values[i] != x[axis];
    const bool better = policy == Policy::not_larger ? scale < common : scale > common;
    if (i == 0 || better) common = scale;
  }
  for (i64 i = 0; policy != Policy::stretch && i < axes.count; ++i) {
    const i64 axis = axes.axes[i];
    r->out[axis] = static_cast<i64>(common * static_cast<f64>(x[axis]) + 0.5);
    r->scales[axis] = common;
    r->resized[axis] = common != 1;
  }
  return PL_OK;
}

// How elements lie between others: for the loop, and for crops.
void read_places(const Call& call, Resampling* r) {
  r->cubic_a = call.node.real("cubic_coeff_a", -0.75f);
  r->antialias = call.node.integer("antialias", 0) != 0;
  r->exclude_outside = call.node.integer("exclude_outside", 0) != 0;
  r->outside = call.node.real("extrapolation_value", 0);
  r->coordinates = read_coordinates(call);
  r->nearest = read_nearest(call);
}

// All that style networks have: a scale for each axis.
pl_status read_scales(const Call& call, Resampling* r) {
  Span<f32> scales;
  PL_TRY(read_reals(call, "scales", 2, &scales));
  const Shape& x = call.in(0)->shape;
  if (scales.size != x.rank) return call.unsupported("other than by a scale for each axis");
  for (i32 a = 0; a < x.rank; ++a) PL_TRY(r->scale_axis(call, a, x[a], scales[a]));
  return PL_OK;
}

pl_status read(const Call& call, Resampling* r) {
  const bool first_form = call.node.opset < 11;  // inputs X, scales; later X, roi, scales, sizes
  r->kernel = read_kernel(call);
  r->out = call.in(0)->shape;
  if (kPainting) return read_scales(call, r);
  read_places(call, r);
  Axes axes;
  Span<f32> scales;
  Integers sizes;
  PL_TRY(read_axes(call, &axes));
  const bool crop = r->coordinates == Coordinates::crop;
  if (crop) PL_TRY(set_crop(call, axes, r));
  PL_TRY(read_reals(call, "scales", first_form ? 1 : 2, &scales));
  if (!first_form) PL_TRY(read_integers(call, "sizes", 3, &sizes));
  if (scales.empty() == (sizes.size == 0))
    return call.invalid("one of 'scales' and 'sizes' must be given");
  PL_TRY(scales.empty() ? set_sizes(call, axes, sizes, r) : set_scales(call, axes, scales, r));
  for (i64 i = 0; crop && i < axes.count; ++i) r->resized[axes.axes[i]] = true;
  return PL_OK;
}

pl_status infer(Call& call) {
  Resampling resampling;
  PL_TRY(read(call, &resampling));
  return infer_resample(call, resampling);
}

void run(const Call& call) {
  Resampling resampling;
  if (read(call, &resampling) != PL_OK) return;
  resample(call, resampling);
}

}  // namespace

const Operator op_Resize = {
    "Resize",
    "",
    "antialias axes coordinate_transformation_mode cubic_coeff_a exclude_outside "
    "extrapolation_value keep_aspect_ratio_policy mode nearest_mode",
    1,
    4,
    1,
    check,
    infer,
    beside_plans(run),
    true};

}  // namespace pl
