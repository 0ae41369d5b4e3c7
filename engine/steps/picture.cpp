#include "steps/picture.h"

namespace pl {
namespace {

bool has_chroma(const pl_image& picture) {
  return picture.format == PL_NV12 || picture.format == PL_I420;
}

PixelOrder order_of(const pl_image& picture) {
  PixelOrder order;
  order.size = picture.format == PL_RGBA || picture.format == PL_BGRA ? 4 : 3;
  order.blue_first = picture.format == PL_BGR || picture.format == PL_BGRA;
  order.mirrored = picture.mirrored != 0;
  return order;
}

u8* row_of(const pl_image& picture, i32 plane, i64 y) {
  return picture.data[plane] + y * picture.stride[plane];
}

YuvRow yuv_row(const pl_image& picture, i64 y) {
  const i64 chroma = y / 2;
  u8* cb = row_of(picture, 1, chroma);
  if (picture.format == PL_NV12) return {row_of(picture, 0, y), cb, cb + 1, 2};
  return {row_of(picture, 0, y), cb, row_of(picture, 2, chroma), 1};
}

// ---- coefficients -----------------------------------------------------------------------------

// ITU-R BT.601 and BT.709: luma is red * r + green * (1 - r - b) + blue * b, the chroma are blue
// and red minus luma, scaled to -1/2..1/2.
struct Primaries {
  f64 r, b;
};
constexpr Primaries kPrimaries[] = {{0.299, 0.114}, {0.2126, 0.0722}};

// How the bytes hold them: luma 16..235 and chroma 16..240 (ITU-R BT.601), or all of 0..255 (JFIF).
struct Scale {
  f64 black, luma, chroma;
};
constexpr Scale kScales[] = {{16, 219.0 / 255, 224.0 / 255}, {0, 1, 1}};

constexpr YuvToRgb to_rgb(Primaries p, Scale s) {
  const f64 g = 1 - p.r - p.b, red = 2 * (1 - p.r) / s.chroma, blue = 2 * (1 - p.b) / s.chroma;
  return {static_cast<f32>(1 / s.luma),
          static_cast<f32>(-s.black / s.luma),
          static_cast<f32>(red),
          static_cast<f32>(-blue * p.b / g),
          static_cast<f32>(-red * p.r / g),
          static_cast<f32>(blue)};
}

constexpr RgbToYuv to_yuv(Primaries p, Scale s) {
  const f64 g = 1 - p.r - p.b;
  // A quarter each: the kernel weighs sums of four pixels.
  const f64 cb = s.chroma / (2 * (1 - p.b)) / 4, cr = s.chroma / (2 * (1 - p.r)) / 4;
  const f32 middle = 128.5f;
  return {{static_cast<f32>(s.luma * p.r), static_cast<f32>(s.luma * g),
           static_cast<f32>(s.luma * p.b), static_cast<f32>(s.black + 0.5)},
          {static_cast<f32>(-cb * p.r), static_cast<f32>(-cb * g), static_cast<f32>(cb * (1 - p.b)),
           middle},
          {static_cast<f32>(cr * (1 - p.r)), static_cast<f32>(-cr * g), static_cast<f32>(-cr * p.b),
           middle}};
}

// [matrix][range]
constexpr YuvToRgb kToRgb[2][2] = {
    {to_rgb(kPrimaries[0], kScales[0]), to_rgb(kPrimaries[0], kScales[1])},
    {to_rgb(kPrimaries[1], kScales[0]), to_rgb(kPrimaries[1], kScales[1])}};
constexpr RgbToYuv kToYuv[2][2] = {
    {to_yuv(kPrimaries[0], kScales[0]), to_yuv(kPrimaries[0], kScales[1])},
    {to_yuv(kPrimaries[1], kScales[0]), to_yuv(kPrimaries[1], kScales[1])}};

// ---- checks -----------------------------------------------------------------------------------

pl_status check_plane(const pl_image& picture, i32 plane, i64 row_bytes, const char* name,
                      Error& error) {
  if (!picture.data[plane])
    return error.fail(PL_INVALID_ARGUMENT, "'", name, "' has no data in plane ", plane);
  const i64 stride = picture.stride[plane];
  if (stride < row_bytes && stride > -row_bytes) {
    return error.fail(PL_INVALID_ARGUMENT, "'", name, "' has rows of ", row_bytes,
                      " bytes that overlap in plane ", plane, ": the stride is ", stride);
  }
  return PL_OK;
}

}  // namespace

pl_status check_picture(const pl_image* picture, const char* name, Error& error) {
  if (!picture) return error.fail(PL_INVALID_ARGUMENT, "'", name, "' is missing");
  const pl_image& p = *picture;
  if (p.format < PL_RGB || p.format > PL_I420)
    return error.fail(PL_INVALID_ARGUMENT, "'", name, "' has the unknown format ", p.format);
  if (!has_chroma(p)) return check_plane(p, 0, order_of(p).size * p.width, name, error);
  if (p.matrix < PL_BT601 || p.matrix > PL_BT709 || p.range < PL_LIMITED || p.range > PL_FULL) {
    return error.fail(PL_INVALID_ARGUMENT, "'", name, "' has an unknown matrix (", p.matrix,
                      ") or range (", p.range, ")");
  }
  const i64 width = p.width, chroma = ceil_div(width, i64{2});
  PL_TRY(check_plane(p, 0, width, name, error));
  if (p.format == PL_NV12) return check_plane(p, 1, 2 * chroma, name, error);
  PL_TRY(check_plane(p, 1, chroma, name, error));
  return check_plane(p, 2, chroma, name, error);
}

bool is_plain(const pl_image& picture) {
  return picture.format == PL_RGB && !picture.mirrored && picture.stride[0] == 3 * picture.width;
}

void load_picture_row(const Kernels& kernels, const pl_image& picture, i64 y, f32* rgb) {
  const PixelOrder order = order_of(picture);
  if (has_chroma(picture)) {
    const YuvToRgb& by = kToRgb[picture.matrix][picture.range];
    return kernels.from_yuv(rgb, yuv_row(picture, y), by, picture.width, order.mirrored);
  }
  kernels.from_pixels(rgb, row_of(picture, 0, y), picture.width, order);
}

void store_picture_row(const Kernels& kernels, const pl_image& picture, i64 y, const f32* rgb,
                       u8* pair) {
  const PixelOrder order = order_of(picture);
  const i64 width = picture.width;
  if (kPainting || !has_chroma(picture)) {  // pages paint RGBA
    return kernels.to_pixels(row_of(picture, 0, y), rgb, width, order);
  }
  u8* bytes = pair + y % 2 * 3 * width;
  if (order.mirrored) {
    kernels.to_pixels(bytes, rgb, width, order);
  } else {
    kernels.to_bytes(bytes, rgb, 3 * width);
  }
  const i64 upper = y / 2 * 2;
  if (upper == y && y < picture.height - 1) return;
  u8* lower_luma = y > upper ? row_of(picture, 0, y) : nullptr;
  kernels.to_yuv(yuv_row(picture, upper), lower_luma, pair, bytes, width,
                 kToYuv[picture.matrix][picture.range]);
}

}  // namespace pl
