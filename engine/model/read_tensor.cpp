// TensorProto: the constants in an ONNX file.
#include "model/reader.h"

namespace pl {
namespace {

// Modules for browsers read raw bytes alone, which is what pleinair writes.
constexpr bool kTyped = !kPainting;

// Where the elements stand in the file: one of raw bytes or a typed list, which may be split
// over several fields.
struct Content {
  Text name;
  Shape shape;
  i64 type = 0;
  bool external = false;
  bool too_many_dims = false;
  Bytes raw;
  bool has_raw = false;
};

bool read_header(Bytes bytes, Content* content) {
  Message message(bytes);
  for (Field f; message.next(&f);) {
    switch (f.number) {
      case 1:
        if (!each_varint(f, [&](i64 dim) {
              if (content->shape.rank == kMaxRank) {
                content->too_many_dims = true;
                return true;
              }
              content->shape[content->shape.rank++] = dim;
              return true;
            })) {
          return false;
        }
        break;
      case 2:
        content->type = f.integer();
        break;
      case 8:
        content->name = f.text();
        break;
      case 9:
        content->raw = f.content;
        content->has_raw = true;
        break;
      case 13:
        content->external = true;
        break;
      case 14:
        content->external = content->external || f.integer() == 1;
        break;
      default:
        break;
    }
  }
  return !message.malformed();
}

// Writes elements in order; refuses more than there is room for.
struct Sink {
  Tensor* tensor;
  bool half;
  i64 next = 0;

  bool put(i64 number) {
    if (next == tensor->count()) return false;
    switch (tensor->type) {
      case DType::i64:
        tensor->as<i64>()[next++] = number;
        return true;
      case DType::i32:
        tensor->as<i32>()[next++] = static_cast<i32>(number);
        return true;
      case DType::f32:
        if (!half) return false;
        tensor->as<f32>()[next++] = half_to_float(static_cast<u16>(number));
        return true;
      default:
        tensor->as<u8>()[next++] = static_cast<u8>(number);
        return true;
    }
  }
  bool put_float(u32 bits) {
    if (next == tensor->count() || tensor->type != DType::f32 || half) return false;
    tensor->as<u32>()[next++] = bits;
    return true;
  }
};

bool read_typed(Bytes bytes, Sink* sink) {
  Message message(bytes);
  for (Field f; message.next(&f);) {
    const bool integers = (f.number == 5 && sink->tensor->type != DType::i64) ||
                          (f.number == 7 && sink->tensor->type == DType::i64);
    if (integers && !each_varint(f, [&](i64 v) { return sink->put(v); })) return false;
    if (f.number == 4 && !each_fixed32(f, [&](u32 v) { return sink->put_float(v); })) return false;
  }
  return sink->next == sink->tensor->count();
}

bool read_raw(Bytes raw, bool half, Tensor* tensor) {
  const i64 count = tensor->count();
  const i64 size = half ? 2 : element_bytes(tensor->type);
  if (raw.size != count * size) return false;
  if (half) {
    for (i64 i = 0; i < count; ++i) {
      tensor->as<f32>()[i] = half_to_float(static_cast<u16>(raw[2 * i] | raw[2 * i + 1] << 8));
    }
  } else {
    copy(tensor->data, raw.data, static_cast<size_t>(raw.size));
  }
  return true;
}

}  // namespace

pl_status read_tensor(Bytes bytes, Arena& arena, Error& error, Text* name, Tensor* tensor) {
  Content content;
  if (!read_header(bytes, &content)) return error.fail(PL_INVALID_MODEL, "a tensor is malformed");
  if (!kPainting && content.name.size > kMaxNameBytes) {
    return error.fail(PL_LIMIT, "a name of ", content.name.size, " bytes is longer than ",
                      kMaxNameBytes);
  }
  *name = arena.keep(content.name);
  if (!name->data) return error.out_of_memory();
  const auto refuse = [&](pl_status code, Text why) {
    return error.fail(code, "tensor '", *name, "' ", why);
  };
  if (content.external) {
    return refuse(PL_UNSUPPORTED, "keeps its data in another file, which is not supported");
  }
  if (content.too_many_dims) return refuse(PL_UNSUPPORTED, "has more than 8 dimensions");
  const bool half = content.type == PL_FLOAT16;
  const DType type = half ? DType::f32 : static_cast<DType>(content.type);
  if (content.type < 0 || content.type > 64 || !element_bytes(type)) {
    return error.fail(PL_UNSUPPORTED, "tensor '", *name, "' has ONNX element type ", content.type,
                      ", which is not supported");
  }
  const i64 count = checked_count(content.shape, element_bytes(type));
  if (count < 0) return refuse(PL_LIMIT, "has dimensions that are negative or too large");
  // No element takes less than a byte of the file, so a lying shape asks for no memory.
  if (count > bytes.size) return refuse(PL_INVALID_MODEL, "has fewer elements than its shape says");
  *tensor =
      dense(type, content.shape, arena.allocate(static_cast<size_t>(count * element_bytes(type))));
  if (!tensor->data) return error.out_of_memory();
  Sink sink{tensor, half};
  const bool read =
      content.has_raw ? read_raw(content.raw, half, tensor) : kTyped && read_typed(bytes, &sink);
  if (!read) return refuse(PL_INVALID_MODEL, "has data that do not fit its shape and type");
  return PL_OK;
}

}  // namespace pl
