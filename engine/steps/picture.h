// Pictures of any format of pl_image: their rows as floats and back. What stands here is the
// arithmetic of the conversion; kernels/picture.h does it.
#pragma once

#include "kernels/kernels.h"

namespace pl {

pl_status check_picture(const pl_image* picture, const char* name, Error& error);
// Rows of RGB, one right behind the other: an array like any other.
bool is_plain(const pl_image& picture);

// Row y as red, green, blue of 0..255.
void load_picture_row(const Kernels& kernels, const pl_image& picture, i64 y, f32* rgb);

// Stores row y; pictures with chroma take two rows at once, the even one first. `pair` keeps it
// meanwhile: picture_scratch() bytes.
void store_picture_row(const Kernels& kernels, const pl_image& picture, i64 y, const f32* rgb,
                       u8* pair);
inline i64 picture_scratch(i64 width) {
  return 2 * 3 * width;
}

}  // namespace pl
