// Types, text and errors that the whole core shares. No C library, no STL.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "pleinair.h"

inline void* operator new(size_t, void* place) noexcept {
  return place;
}

namespace pl {

using i32 = int32_t;
using u32 = uint32_t;
using i64 = int64_t;
using u64 = uint64_t;
using i8 = int8_t;
using u8 = uint8_t;
using u16 = uint16_t;
using f32 = float;
using f64 = double;

// Modules for browsers hold what painting with style networks needs, and no more.
#if defined(PL_PAINTING)
constexpr bool kPainting = true;
#else
constexpr bool kPainting = false;
#endif

// Sessions can be made for GPUs, see gpu/.
#if defined(PL_WITH_GPU)
constexpr bool kGpu = true;
#else
constexpr bool kGpu = false;
#endif

// They also run on the processor; without it, all images are a GPU's.
#if defined(PL_GPU_ALONE)
constexpr bool kProcessor = false;
#else
constexpr bool kProcessor = true;
#endif

template <class T>
constexpr T min(T a, T b) {
  return b < a ? b : a;
}
template <class T>
constexpr T max(T a, T b) {
  return a < b ? b : a;
}
template <class T>
constexpr T clamp(T x, T low, T high) {
  return x < low ? low : (high < x ? high : x);
}
constexpr i64 ceil_div(i64 a, i64 b) {
  return (a + b - 1) / b;
}
constexpr i64 round_up(i64 a, i64 multiple) {
  return ceil_div(a, multiple) * multiple;
}

inline void copy(void* to, const void* from, size_t bytes) {
  __builtin_memcpy(to, from, bytes);
}
inline void clear(void* to, size_t bytes) {
  __builtin_memset(to, 0, bytes);
}

// A run of elements that somebody else owns.
template <class T>
struct Span {
  T* data = nullptr;
  i64 size = 0;

  T& operator[](i64 i) const { return data[i]; }
  T* begin() const { return data; }
  T* end() const { return data + size; }
  bool empty() const { return size == 0; }
};

// Characters that somebody else owns; in the core always followed by a NUL.
struct Text {
  const char* data = "";
  i64 size = 0;

  Text() = default;
  constexpr Text(const char* s, i64 n) : data(s), size(n) {}
  constexpr Text(const char* s) : data(s) {
    while (s[size]) ++size;
  }
  bool empty() const { return size == 0; }
};

bool operator==(const Text& a, const Text& b);
bool operator==(const Text& a, const char* b);
inline bool operator!=(const Text& a, const Text& b) {
  return !(a == b);
}
inline bool operator!=(const Text& a, const char* b) {
  return !(a == b);
}

// True where `word` is one of the space-separated words of `list`.
bool has_word(const char* list, Text word);

// Appends text and numbers to a fixed buffer; what does not fit is cut.
class Writer {
 public:
  Writer(char* buffer, i64 capacity) : buffer_(buffer), capacity_(capacity) { buffer_[0] = 0; }

  Writer& operator<<(Text text);
  Writer& operator<<(i64 number);
  Writer& operator<<(i32 number) { return *this << static_cast<i64>(number); }
  i64 size() const { return size_; }

 private:
  char* buffer_;
  i64 capacity_;
  i64 size_ = 0;
};

// Anything that a Writer takes, to be written later: one function writes all messages, whatever
// they are made of.
class Part {
 public:
  template <size_t N>
  Part(const char (&text)[N]) : item_(text), write_(write_text) {}
  Part(const char* const& text) : item_(text), write_(write_text) {}
  template <class T>
  Part(const T& item) : item_(&item), write_(write_item<T>) {}

  friend Writer& operator<<(Writer& writer, Span<const Part> parts) {
    for (const Part& part : parts) part.write_(writer, part.item_);
    return writer;
  }

 private:
  static void write_text(Writer& writer, const void* item) {
    writer << static_cast<const char*>(item);
  }
  template <class T>
  static void write_item(Writer& writer, const void* item) {
    writer << *static_cast<const T*>(item);
  }

  const void* item_;
  void (*write_)(Writer& writer, const void* item);
};

// Where a failing function leaves its message.
class Error {
 public:
  explicit Error(pl_error* out) : out_(out) {
    if (out_) *out_ = {};
  }

  // What is put together is one sentence for all in modules for browsers, of which it would be a
  // tenth: see fail_with().
  template <class... Parts>
  [[nodiscard]] pl_status fail(pl_status code, const Parts&... parts) {
    if constexpr (kPainting && sizeof...(parts) > 1) return fail_with(code, {});
    return say(code, parts...);
  }
  template <class... Parts>
  [[nodiscard]] pl_status say(pl_status code, const Parts&... parts) {
    const Part list[] = {parts...};
    return fail_with(code, {list, sizeof...(parts)});
  }
  [[nodiscard]] pl_status fail_with(pl_status code, Span<const Part> parts);
  [[nodiscard]] pl_status out_of_memory() { return fail(PL_OUT_OF_MEMORY, "out of memory"); }

 private:
  pl_error* out_;
};

#define PL_TRY(expression)                  \
  do {                                      \
    const pl_status status_ = (expression); \
    if (status_ != PL_OK) return status_;   \
  } while (0)

}  // namespace pl
