// The protobuf wire format, read in place. A message is a run of fields; every length is checked
// against the bytes that are left before it is believed.
// https://protobuf.dev/programming-guides/encoding/
#pragma once

#include "core/base.h"

namespace pl {

using Bytes = Span<const u8>;

struct Field {
  u32 number = 0;
  enum Type : u32 { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 } type = varint;
  u64 value = 0;  // of a varint or fixed field
  Bytes content;  // of a bytes field: text, a message, packed numbers

  Text text() const {
    if (content.empty()) return Text();
    return Text(reinterpret_cast<const char*>(content.data), content.size);
  }
  i64 integer() const { return static_cast<i64>(value); }
  f32 real() const { return __builtin_bit_cast(f32, static_cast<u32>(value)); }
};

class Message {
 public:
  explicit Message(Bytes bytes) : at_(bytes.data), end_(bytes.data + bytes.size) {}

  // The next field; false at the end and at the first malformed byte.
  bool next(Field* field);
  bool malformed() const { return malformed_; }

 private:
  bool stop() {
    malformed_ = true;
    return false;
  }

  const u8* at_;
  const u8* end_;
  bool malformed_ = false;
};

// Calls take(number) for each number of a repeated field, packed or not. False: malformed or
// take() said so.
template <class Take>
bool each_varint(const Field& field, Take take);
template <class Take>
bool each_fixed32(const Field& field, Take take);

bool read_varint(const u8** at, const u8* end, u64* value);

template <class Take>
bool each_varint(const Field& field, Take take) {
  if (field.type == Field::varint) return take(field.integer());
  if (field.type != Field::bytes) return false;
  const u8* at = field.content.begin();
  while (at < field.content.end()) {
    u64 value;
    if (!read_varint(&at, field.content.end(), &value)) return false;
    if (!take(static_cast<i64>(value))) return false;
  }
  return true;
}

template <class Take>
bool each_fixed32(const Field& field, Take take) {
  if (field.type == Field::fixed32) return take(static_cast<u32>(field.value));
  if (field.type != Field::bytes || field.content.size % 4) return false;
  for (i64 i = 0; i < field.content.size; i += 4) {
    u32 value;
    copy(&value, field.content.data + i, 4);
    if (!take(value)) return false;
  }
  return true;
}

}  // namespace pl
