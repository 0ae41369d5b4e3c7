#include "core/base.h"

namespace pl {

bool operator==(const Text& a, const Text& b) {
  if (a.size != b.size) return false;
  for (i64 i = 0; i < a.size; ++i) {
    if (a.data[i] != b.data[i]) return false;
  }
  return true;
}

bool operator==(const Text& a, const char* b) {
  return a == Text(b);
}

bool has_word(const char* list, Text word) {
  for (const char* at = list; *at;) {
    const char* start = at;
    while (*at && *at != ' ') ++at;
    if (Text(start, at - start) == word) return true;
    while (*at == ' ') ++at;
  }
  return false;
}

Writer& Writer::operator<<(Text text) {
  for (i64 i = 0; i < text.size && size_ + 1 < capacity_; ++i) buffer_[size_++] = text.data[i];
  buffer_[size_] = 0;
  return *this;
}

Writer& Writer::operator<<(i64 number) {
  char digits[24];
  int n = 0;
  const bool negative = number < 0;
  u64 rest = negative ? 0 - static_cast<u64>(number) : static_cast<u64>(number);
  do {
    digits[n++] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest);
  if (negative) digits[n++] = '-';
  char text[24];
  for (int i = 0; i < n; ++i) text[i] = digits[n - 1 - i];
  return *this << Text(text, n);
}

pl_status Error::fail_with(pl_status code, Span<const Part> parts) {
  if (!out_) return code;
  out_->code = code;
  Writer writer(out_->message, sizeof out_->message);
  if (kPainting && parts.empty()) {
    writer << "the model or the picture is not one that browsers can paint; the native engine says "
              "why";
  } else {
    writer << parts;
  }
  return code;
}

}  // namespace pl
