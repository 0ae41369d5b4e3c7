// Interpolation between the elements of a tensor, for Resize and Upsample.
#pragma once

#include "ops/operator.h"

namespace pl {

// How an output index becomes a place in the input; ONNX's coordinate_transformation_mode.
enum class Coordinates { half_pixel, symmetric, pytorch, align_corners, asymmetric, crop, unknown };

// Which element is the nearest; ONNX's nearest_mode. `scaled`: Resize before opset 11 rounded down
// when it enlarged and up when it shrank.
enum class Nearest { prefer_floor, prefer_ceil, floor, ceil, scaled, unknown };

// What lies between elements: the nearest one, or a mean of those around, by a weight that falls
// off with the distance: in a straight line, or by a cubic (Keys, "Cubic Convolution Interpolation
// for Digital Image Processing", 1981).
enum class Kernel { nearest, linear, cubic, unknown };

struct Resampling {
  Kernel kernel = Kernel::nearest;
  f64 cubic_a = -0.75;           // the cubic's slope at distance 1
  bool antialias = false;        // where it shrinks, the kernel is as much wider
  bool exclude_outside = false;  // elements beyond the ends have no weight
  // Coordinates::crop: the part of each axis that is looked at, as a share of its length, and what
  // is found outside of the tensor.
  f64 begin[kMaxRank] = {};
  f64 end[kMaxRank] = {};
  f32 outside = 0;
  Coordinates coordinates = Coordinates::half_pixel;
  Nearest nearest = Nearest::prefer_floor;
  Shape out;
  bool resized[kMaxRank] = {};
  f64 scales[kMaxRank] = {};

  // Two neighbours are all that an element is made of.
  bool simple() const {
    return kernel == Kernel::nearest ||
           (kernel == Kernel::linear && !antialias && !exclude_outside);
  }
  // Sets an axis to floor(scale * extent), in float as other runtimes do.
  pl_status scale_axis(const Call& call, i64 axis, i64 extent, f32 scale);
};

// The shape rule's last step, for float32, or by the nearest element for any type.
pl_status infer_resample(Call& call, const Resampling& resampling);
void resample(const Call& call, const Resampling& resampling);

// The elements of a constant float32 input.
pl_status read_reals(const Call& call, const char* name, i64 index, Span<f32>* out);

}  // namespace pl
