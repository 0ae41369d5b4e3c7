// The text of a shader: constants, bindings and stages as one dispatch has them. What does the work
// is in the files of this folder, which the host appends: the first line, a comment, names them.
#pragma once

#include "gpu/commands.h"
#include "steps/rows.h"

namespace pl::gpu {

constexpr i64 kMostText = 12 << 10;

// Where a slot's elements lie for the GPU.
struct Place {
  enum class Kind : u8 {
    none,
    image,    // [n][y][x][channels by fours], filled up with zeros
    array,    // float32 in the caller's order
    picture,  // a texture of bytes
    vectors,  // float32 by fours: statistics and normalizers
    numbers   // float32 from the host's processor, or constants
  } kind = Kind::none;
  i32 buffer = -1;
  i64 offset = 0, bytes = 0;
};

inline i64 fours(i64 channels) {
  return ceil_div(channels, i64{4});
}

class Shader {
 public:
  // `files`: names between spaces, without their suffix.
  Shader(char* memory, Text files, Dispatch* dispatch, bool half);

  // const name: i32, vec2i, f32 = ...;
  void integer(Text name, i64 value);
  void pair(Text name, i64 x, i64 y);
  void real(Text name, f32 value);
  void boolean(Text name, bool value);

  // The number of a binding of this type: "array<vec4f>" and the like. `writes`: not only read.
  i64 bind(const Place& place, Text name, Text type, bool writes = false);
  // Declares the binding and read<number>(n, y, x, c) of a slot that the pixel (top, left) of
  // `whole` is the first of; a slot that is there already keeps its number.
  i64 reader(const Place& place, const Tensor& whole, i64 top, i64 left);
  // The number of one that moves blocks of pixels to channels or back, as the node says, from what
  // `reader` reads: images of so many channels.
  i64 blocks(i64 reader, const Node& node, i64 channels, i64 channels_out);
  void write(const Place& place, const Tensor& tensor);    // put(n, y, x, c, v)
  i64 matrix(const Place& place, i64 channels);            // matrix<number>(v)
  i64 vectors(const Place& place);                         // b<number>: array<vec4f>
  void numbers(Text name, const Place& place, i64 count);  // name(c), zeros at its end

  Writer& text() { return writer_; }
  Text finish();  // all of it

 private:
  bool known(const Place& place, i64* number) const;
  void declare(i64 number, Text name, Text space, Text type);

  Writer writer_;
  char* memory_;
  Dispatch* dispatch_;
};

Writer& operator<<(Writer& writer, f32 value);  // exactly, as WGSL reads it

}  // namespace pl::gpu
