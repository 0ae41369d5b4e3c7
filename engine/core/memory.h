// Memory from the host: an arena that frees all at once, and arrays that grow inside it.
#pragma once

#include "core/base.h"

namespace pl {

constexpr size_t kAlignment = 64;

// Hands out memory in order and gives all of it back when it goes. Null means that the host had
// none left or that the arena's limit is reached.
class Arena {
 public:
  Arena(const pl_host* host, size_t limit) : host_(host), limit_(limit) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  void* allocate(size_t bytes, size_t alignment = kAlignment);

  template <class T>
  T* make(i64 count) {
    if (count < 0 || static_cast<u64>(count) > SIZE_MAX / sizeof(T)) return nullptr;
    void* place = allocate(static_cast<size_t>(count) * sizeof(T), alignof(T));
    if (!place) return nullptr;
    T* items = static_cast<T*>(place);
    for (i64 i = 0; i < count; ++i) new (items + i) T();
    return items;
  }
  // Room for `capacity` items, with copies of the first `count` of those at `from`.
  void* grow(const void* from, i64 count, i64 capacity, size_t item, size_t alignment);
  // A NUL-terminated copy; null data where there is no memory.
  Text keep(Text text);

  size_t bytes() const { return bytes_; }

 private:
  struct Chunk {
    Chunk* next;
    size_t bytes;
  };

  const pl_host* host_;
  size_t limit_;
  size_t bytes_ = 0;
  Chunk* chunks_ = nullptr;
  char* next_ = nullptr;
  size_t left_ = 0;
};

// Grows inside an arena. For trivially copyable T. push() is false where memory ran out.
template <class T>
class Array {
 public:
  Array() = default;
  explicit Array(Arena* arena) : arena_(arena) {}

  [[nodiscard]] bool push(const T& item) {
    if (size_ == capacity_ && !reserve(max<i64>(8, 2 * capacity_))) return false;
    data_[size_++] = item;
    return true;
  }
  [[nodiscard]] bool resize(i64 size) {
    if (size > capacity_ && !reserve(size)) return false;
    for (i64 i = size_; i < size; ++i) data_[i] = T();
    size_ = size;
    return true;
  }
  [[nodiscard]] bool reserve(i64 capacity) {
    void* bigger = arena_->grow(data_, size_, capacity, sizeof(T), alignof(T));
    if (!bigger) return false;
    data_ = static_cast<T*>(bigger);
    capacity_ = capacity;
    return true;
  }

  T& operator[](i64 i) { return data_[i]; }
  const T& operator[](i64 i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  i64 size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& back() { return data_[size_ - 1]; }
  void pop() { --size_; }
  void clear() { size_ = 0; }
  Span<T> span() { return {data_, size_}; }
  Span<const T> span() const { return {data_, size_}; }

 private:
  Arena* arena_ = nullptr;
  T* data_ = nullptr;
  i64 size_ = 0;
  i64 capacity_ = 0;
};

}  // namespace pl
