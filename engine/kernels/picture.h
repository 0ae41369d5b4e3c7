// Rows of pictures as cameras and decoders give them, to and from red, green, blue next to each
// other. All goes in stretches of a few pixels whose colours lie apart on the stack, where whole
// vectors may be read past the last pixel.
#pragma once

#include "kernels/stages.h"

namespace pl {
inline namespace PL_ISA {

constexpr i64 kStretch = 128;  // pixels; even, and whole vectors of every width

struct Colours {
  f32 red[kStretch], green[kStretch], blue[kStretch];
};

// Pixel 0 first, or last for a mirrored row.
inline void put_pixels(f32* rgb, const Colours& from, i64 first, i64 count, i64 pixels,
                       bool mirrored) {
  if (mirrored) {
    f32* to = rgb + 3 * (pixels - 1 - first);
    for (i64 i = 0; i < count; ++i, to -= 3) {
      to[0] = from.red[i], to[1] = from.green[i], to[2] = from.blue[i];
    }
  } else {
    f32* to = rgb + 3 * first;
    for (i64 i = 0; i < count; ++i) {
      to[3 * i] = from.red[i], to[3 * i + 1] = from.green[i], to[3 * i + 2] = from.blue[i];
    }
  }
}

// Calls body(first, count) for each stretch of a row.
template <class Body>
void each_stretch(i64 pixels, Body body) {
  for (i64 first = 0; first < pixels; first += kStretch) body(first, min(kStretch, pixels - first));
}

// ---- packed pixels ----------------------------------------------------------------------------

template <int Size>
void split_pixels(Colours& to, const u8* from, i64 count) {
  for (i64 i = 0; i < count; ++i) {
    to.red[i] = from[Size * i];
    to.green[i] = from[Size * i + 1];
    to.blue[i] = from[Size * i + 2];
  }
}

inline void from_pixels_row(f32* rgb, const u8* from, i64 pixels, PixelOrder order) {
  each_stretch(pixels, [=](i64 first, i64 count) {
    Colours colours;
    const u8* at = from + first * order.size;
    if (order.size == 3) split_pixels<3>(colours, at, count);
    if (order.size == 4) split_pixels<4>(colours, at, count);
    if (order.blue_first) {
      for (i64 i = 0; i < count; i += kLanes) {
        const vf blue = load(colours.red + i);
        store(colours.red + i, load(colours.blue + i));
        store(colours.blue + i, blue);
      }
    }
    put_pixels(rgb, colours, first, count, pixels, order.mirrored);
  });
}

inline void to_pixels_row(u8* to, const f32* rgb, i64 pixels, PixelOrder order) {
  const i64 red = order.blue_first ? 2 : 0;
  each_stretch(pixels, [=](i64 first, i64 count) {
    u8 bytes[3 * kStretch];
    to_bytes_row(bytes, rgb + 3 * first, 3 * count);
    const i64 step = order.mirrored ? -order.size : order.size;
    u8* at = to + (order.mirrored ? pixels - 1 - first : first) * order.size;
    for (i64 i = 0; i < count; ++i, at += step) {
      at[red] = bytes[3 * i];
      at[1] = bytes[3 * i + 1];
      at[2 - red] = bytes[3 * i + 2];
      if (order.size == 4) at[3] = 255;
    }
  });
}

// ---- luma and chroma --------------------------------------------------------------------------

// Each chroma sample for its two pixels.
template <int Step>
void spread_chroma(u8* to, const u8* from, i64 count) {
  for (i64 i = 0; i < ceil_div(count, i64{2}); ++i) to[2 * i] = to[2 * i + 1] = from[Step * i];
}
inline void spread_chroma(u8* to, const u8* from, i64 step, i64 count) {
  if (step == 1) return spread_chroma<1>(to, from, count);
  spread_chroma<2>(to, from, count);
}

inline void from_yuv_row(f32* rgb, const YuvRow& row, const YuvToRgb& by, i64 pixels,
                         bool mirrored) {
  each_stretch(pixels, [=, &row, &by](i64 first, i64 count) {
    u8 luma[kStretch], cb[kStretch], cr[kStretch];
    copy(luma, row.luma + first, static_cast<size_t>(count));
    spread_chroma(cb, row.cb + first / 2 * row.step, row.step, count);
    spread_chroma(cr, row.cr + first / 2 * row.step, row.step, count);
    Colours colours;
    for (i64 i = 0; i < count; i += kLanes) {
      const vf y = fma(load_bytes(luma + i), splat(by.luma), splat(by.black));
      const vf u = load_bytes(cb + i) - 128.0f, v = load_bytes(cr + i) - 128.0f;
      const vf green = fma(v, splat(by.green_cr), fma(u, splat(by.green_cb), y));
      store(colours.red + i, hold_byte(fma(v, splat(by.red_cr), y)));
      store(colours.green + i, hold_byte(green));
      store(colours.blue + i, hold_byte(fma(u, splat(by.blue_cb), y)));
    }
    put_pixels(rgb, colours, first, count, pixels, mirrored);
  });
}

inline vf weigh(const Colours& c, i64 i, const f32 (&by)[4]) {
  const vf blue = fma(load(c.blue + i), splat(by[2]), splat(by[3]));
  return fma(load(c.red + i), splat(by[0]), fma(load(c.green + i), splat(by[1]), blue));
}

inline void put_luma(u8* luma, const Colours& from, i64 count, const RgbToYuv& by) {
  u8 bytes[kStretch];
  for (i64 i = 0; i < count; i += kLanes) {
    store_bytes(bytes + i, hold_byte(weigh(from, i, by.luma)));
  }
  copy(luma, bytes, static_cast<size_t>(count));
}

// Sums of two by two pixels; what has no neighbour to the right or below counts twice.
inline void add_blocks(f32* sums, f32* upper, const f32* lower, i64 count) {
  for (i64 i = 0; i < count; i += kLanes) store(upper + i, load(upper + i) + load(lower + i));
  if (count % 2) upper[count] = upper[count - 1];
  for (i64 i = 0; i < kStretch / 2; ++i) sums[i] = upper[2 * i] + upper[2 * i + 1];
}

inline void put_chroma(const YuvRow& to, i64 first, const Colours& sums, i64 count,
                       const RgbToYuv& by) {
  u8 cb[kStretch], cr[kStretch];
  for (i64 i = 0; i < count; i += kLanes) {
    store_bytes(cb + i, hold_byte(weigh(sums, i, by.cb)));
    store_bytes(cr + i, hold_byte(weigh(sums, i, by.cr)));
  }
  u8 *u = to.cb + first * to.step, *v = to.cr + first * to.step;
  for (i64 i = 0; i < count; ++i) u[i * to.step] = cb[i], v[i * to.step] = cr[i];
}

inline void to_yuv_rows(const YuvRow& to, u8* lower_luma, const u8* rgb, const u8* lower_rgb,
                        i64 pixels, const RgbToYuv& by) {
  each_stretch(pixels, [=, &to, &by](i64 first, i64 count) {
    Colours upper, lower, sums;
    split_pixels<3>(upper, rgb + 3 * first, count);
    put_luma(to.luma + first, upper, count, by);
    split_pixels<3>(lower, lower_rgb + 3 * first, count);
    if (lower_luma) put_luma(lower_luma + first, lower, count, by);
    add_blocks(sums.red, upper.red, lower.red, count);
    add_blocks(sums.green, upper.green, lower.green, count);
    add_blocks(sums.blue, upper.blue, lower.blue, count);
    put_chroma(to, first / 2, sums, ceil_div(count, i64{2}), by);
  });
}

}  // namespace PL_ISA
}  // namespace pl
