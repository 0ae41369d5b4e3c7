#include "core/memory.h"

namespace pl {
namespace {

constexpr size_t kChunk = 32 << 10;

size_t padding(const char* at, size_t alignment) {
  return (alignment - reinterpret_cast<uintptr_t>(at) % alignment) % alignment;
}

}  // namespace

Arena::~Arena() {
  while (chunks_) {
    Chunk* next = chunks_->next;
    host_->release(host_->context, chunks_, chunks_->bytes);
    chunks_ = next;
  }
}

void* Arena::allocate(size_t bytes, size_t alignment) {
  if (next_) {
    const size_t skip = padding(next_, alignment);
    if (skip <= left_ && bytes <= left_ - skip) {
      char* place = next_ + skip;
      next_ = place + bytes;
      left_ -= skip + bytes;
      return place;
    }
  }
  constexpr size_t header = kAlignment;
  static_assert(sizeof(Chunk) <= header);
  if (bytes > limit_ || limit_ - bytes < bytes_ + header) return nullptr;
  // Large blocks get a chunk of their own and leave the current one in use.
  const bool own = bytes > kChunk / 4;
  const size_t size = header + (own ? bytes : min(kChunk, limit_ - bytes_ - header));
  void* memory = host_->allocate(host_->context, size, kAlignment);
  if (!memory) return nullptr;
  bytes_ += size;
  chunks_ = new (memory) Chunk{chunks_, size};
  char* place = static_cast<char*>(memory) + header;
  if (!own) {
    next_ = place + bytes;
    left_ = size - header - bytes;
  }
  return place;
}

void* Arena::grow(const void* from, i64 count, i64 capacity, size_t item, size_t alignment) {
  if (capacity < 0 || static_cast<u64>(capacity) > SIZE_MAX / item) return nullptr;
  void* place = allocate(static_cast<size_t>(capacity) * item, alignment);
  if (place) copy(place, from, static_cast<size_t>(count) * item);
  return place;
}

Text Arena::keep(Text text) {
  char* place = static_cast<char*>(allocate(static_cast<size_t>(text.size) + 1, 1));
  if (!place) return Text(nullptr, 0);
  copy(place, text.data, static_cast<size_t>(text.size));
  place[text.size] = 0;
  return Text(place, text.size);
}

}  // namespace pl
