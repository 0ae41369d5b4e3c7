// Interpolation between the elements of a tensor, for Resize and Upsample.
#pragma once

#include "ops/operator.h"

namespace pl {

// How an output index becomes a place in the input; ONNX's coordinate_transformation_mode.
enum class Coordinates { half_pixel, symmetric, pytorch, align_corners, asymmetric, unknown };

// Which element is the nearest; ONNX's nearest_mode. `scaled`: Resize before opset 11 rounded down
// when it enlarged and up when it shrank.
enum class Nearest { prefer_floor, prefer_ceil, floor, ceil, scaled, unknown };

struct Resampling {
  bool linear = false;
  Coordinates coordinates = Coordinates::half_pixel;
  Nearest nearest = Nearest::prefer_floor;
  Shape out;
  bool resized[kMaxRank] = {};
  f64 scales[kMaxRank] = {};

  // Sets an axis to floor(scale * extent), in float as other runtimes do.
  pl_status scale_axis(const Call& call, i64 axis, i64 extent, f32 scale);
};

// The shape rule's last step, for an input of any type (nearest) or float32 (linear).
pl_status infer_resample(Call& call, const Resampling& resampling);
void resample(const Call& call, const Resampling& resampling);

// The elements of a constant float32 input.
pl_status read_reals(const Call& call, Text name, i64 index, Span<f32>* out);

}  // namespace pl
