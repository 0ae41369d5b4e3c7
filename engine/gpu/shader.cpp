#include "gpu/shader.h"

namespace pl::gpu {
Writer& operator<<(Writer& writer, f32 value) {
  const u32 bits = __builtin_bit_cast(u32, value);
  const i32 exponent = static_cast<i32>(bits >> 23 & 255);
  if (bits >> 31) writer << "-";
  if (exponent == 0) return writer << "0.0";
  if (exponent == 255) return writer << "0x1.fffffep127f";  // the largest, for infinity
  u32 mantissa = (bits & 0x7fffff) << 1;
  char digits[] = "0x1.000000p";
  for (int i = 9; i > 3; --i, mantissa >>= 4) digits[i] = "0123456789abcdef"[mantissa & 15];
  return writer << Text(digits, sizeof digits - 1) << exponent - 127 << "f";
}

Shader::Shader(char* memory, Text files, Dispatch* dispatch, bool half)
    : writer_(memory, kMostText), memory_(memory), dispatch_(dispatch) {
  writer_ << "// with " << files << "\n"
          << (half ? "enable f16;\nalias T4 = vec4<f16>;\n" : "alias T4 = vec4f;\n");
}

void Shader::integer(Text name, i64 value) {
  writer_ << "const " << name << " = " << value << ";\n";
}
void Shader::pair(Text name, i64 x, i64 y) {
  writer_ << "const " << name << " = vec2i(" << x << ", " << y << ");\n";
}
void Shader::real(Text name, f32 value) {
  writer_ << "const " << name << ": f32 = " << value << ";\n";
}
void Shader::boolean(Text name, bool value) {
  writer_ << "const " << name << " = " << (value ? "true" : "false") << ";\n";
}

// ---- bindings ---------------------------------------------------------------------------------

bool Shader::known(const Place& place, i64* number) const {
  for (*number = 0; *number < dispatch_->count; ++*number) {
    const pl_gpu_binding& b = dispatch_->bindings[*number];
    if (b.buffer == place.buffer && b.offset == place.offset) return true;
  }
  return false;
}

void Shader::declare(i64 number, Text name, Text space, Text type) {
  writer_ << "@group(0) @binding(" << number << ") var" << space << " " << name << ": " << type
          << ";\n";
}

i64 Shader::bind(const Place& place, Text name, Text type, bool writes) {
  const i64 number = dispatch_->count;
  if (number == kMostBindings) return number;
  dispatch_->bindings[dispatch_->count++] = {place.buffer, writes, place.offset, place.bytes};
  dispatch_->bytes += place.bytes;
  const bool picture = place.kind == Place::Kind::picture;
  declare(number, name, picture ? "" : writes ? "<storage, read_write>" : "<storage, read>", type);
  return number;
}

namespace {

// b<number>
struct Name {
  char text[24];
  i64 size;

  Name(const char* stem, i64 number) {
    Writer writer(text, sizeof text);
    writer << stem << number;
    size = writer.size();
  }
  operator Text() const { return {text, size}; }
};

// The element of lane i of channels c, in the caller's order.
void write_element(Writer& writer, const Tensor& t, i64 lane) {
  writer << "[n * " << t.strides[0] << " + y * " << t.strides[2] << " + x * " << t.strides[3]
         << " + (4 * c + " << lane << ") * " << t.strides[1] << "]";
}

}  // namespace

i64 Shader::reader(const Place& place, const Tensor& whole, i64 top, i64 left) {
  i64 number;
  if (known(place, &number)) return number;
  const Name name("b", dispatch_->count);
  const i64 channels = whole.shape[1];
  switch (place.kind) {
    case Place::Kind::picture:
      number = bind(place, name, "texture_2d<f32>");
      break;
    case Place::Kind::array:
      number = bind(place, name, "array<f32>");
      break;
    default:
      number = bind(place, name, "array<T4>");
  }
  writer_ << "fn read" << number << "(n: i32, y: i32, x: i32, c: i32) -> vec4f {\n  return ";
  if (place.kind == Place::Kind::picture) {
    writer_ << "vec4f(round(255 * textureLoad(" << name << ", vec2i(x, y), 0).rgb), 0)";
  } else if (place.kind == Place::Kind::array) {
    writer_ << "only(vec4f(";
    for (i64 lane = 0; lane < 4; ++lane) {
      writer_ << (lane ? ", " : "") << name;
      write_element(writer_, whole, lane);
    }
    writer_ << "), c, " << channels << ")";
  } else {
    writer_ << "vec4f(" << name << "[((n * " << whole.shape[2] << " + y + " << top << ") * "
            << whole.shape[3] << " + x + " << left << ") * " << fours(channels) << " + c])";
  }
  writer_ << ";\n}\n";
  return number;
}

i64 Shader::blocks(i64 reader, const Node& node, i64 channels, i64 channels_out) {
  constexpr const char* arguments = "(n: i32, y: i32, x: i32, c: i32) -> vec4f { return ";
  constexpr i64 number = kMostBindings;  // no binding's
  integer("BLOCK", node.integer("blocksize", 1));
  integer("WIDE", min(channels, channels_out));
  integer("MOVED", channels_out);
  boolean("GATHERS", node.type == "SpaceToDepth");
  boolean("CHANNEL_FIRST", node.text("mode", "DCR") == "CRD");
  writer_ << "fn image" << arguments << "read" << reader << "(n, y, x, c); }\n"
          << "fn read" << number << arguments << "moved(n, y, x, c); }\n";
  return number;
}

void Shader::write(const Place& place, const Tensor& t) {
  const bool picture = place.kind == Place::Kind::picture, array = place.kind == Place::Kind::array;
  const Text type = picture ? "texture_storage_2d<rgba8unorm, write>"
                    : array ? "array<f32>"
                            : "array<T4>";
  bind(place, "stored", type, true);
  writer_ << "fn put(n: i32, y: i32, x: i32, c: i32, v: vec4f) {\n";
  if (picture) {
    writer_ << "  let whole = floor(clamp(v.rgb, vec3f(), vec3f(255)));\n"
               "  textureStore(stored, vec2i(x, y), vec4f(whole / 255, 1));\n";
  } else if (array) {
    for (i64 lane = 0; lane < 4; ++lane) {
      writer_ << "  if (4 * c + " << lane << " < " << t.shape[1] << ") { stored";
      write_element(writer_, t, lane);
      writer_ << " = v[" << lane << "]; }\n";
    }
  } else {
    writer_ << "  stored[((n * " << t.shape[2] << " + y) * " << t.shape[3] << " + x) * "
            << fours(t.shape[1]) << " + c] = T4(v);\n";
  }
  writer_ << "}\n";
}

i64 Shader::matrix(const Place& place, i64 channels) {
  i64 number;
  if (known(place, &number)) return number;
  const Name name("b", dispatch_->count);
  number = bind(place, name, "array<f32>");
  writer_ << "fn matrix" << number << "(v: vec4f) -> vec4f {\n  var sum = vec4f();\n";
  for (i64 to = 0; to < channels; ++to) {
    for (i64 from = 0; from < channels; ++from) {
      writer_ << "  sum[" << to << "] = fma(v[" << from << "], " << name << "["
              << to * channels + from << "], sum[" << to << "]);\n";
    }
  }
  writer_ << "  return sum;\n}\n";
  return number;
}

i64 Shader::vectors(const Place& place) {
  i64 number;
  if (known(place, &number)) return number;
  const Name name("b", dispatch_->count);
  return bind(place, name, "array<vec4f>");
}

void Shader::numbers(Text name, const Place& place, i64 count) {
  const Name numbers("b", dispatch_->count);
  bind(place, numbers, "array<f32>");
  writer_ << "fn " << name << "(c: i32) -> vec4f {\n  var v = vec4f();\n"
          << "  for (var i = 0; i < 4 && 4 * c + i < " << count << "; i++) { v[i] = " << numbers
          << "[4 * c + i]; }\n  return v;\n}\n";
}

Text Shader::finish() {
  return {memory_, writer_.size()};
}

}  // namespace pl::gpu
