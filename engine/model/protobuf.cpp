#include "model/protobuf.h"

namespace pl {

bool read_varint(const u8** at, const u8* end, u64* value) {
  *value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    if (*at == end) return false;
    const u8 byte = *(*at)++;
    if (shift < 64) *value |= static_cast<u64>(byte & 127) << shift;
    if (byte < 128) return true;
  }
  return false;
}

bool Message::next(Field* field) {
  if (at_ == end_) return false;
  u64 key;
  if (!read_varint(&at_, end_, &key) || key >> 32) return stop();
  field->number = static_cast<u32>(key >> 3);
  field->type = static_cast<Field::Type>(key & 7);
  field->content = {};
  field->value = 0;
  switch (field->type) {
    case Field::varint:
      return read_varint(&at_, end_, &field->value) || stop();
    case Field::fixed64:
    case Field::fixed32: {
      const i64 size = field->type == Field::fixed64 ? 8 : 4;
      if (end_ - at_ < size) return stop();
      copy(&field->value, at_, static_cast<size_t>(size));
      at_ += size;
      return true;
    }
    case Field::bytes: {
      u64 size;
      if (!read_varint(&at_, end_, &size)) return stop();
      if (size > static_cast<u64>(end_ - at_)) return stop();
      field->content = {at_, static_cast<i64>(size)};
      at_ += size;
      return true;
    }
  }
  return stop();  // groups are not part of ONNX
}

}  // namespace pl
