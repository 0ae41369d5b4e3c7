#include "host.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

void need(bool holds, const char* what) {
  if (holds) return;
  fprintf(stderr, "does not hold: %s\n", what);
  abort();
}

void need_clean(pl_status status, const pl_error& error) {
  need(error.code == status, "the error has the status' code");
  need(memchr(error.message, 0, sizeof error.message) != nullptr, "the message ends");
  need((status == PL_OK) == (error.message[0] == 0), "a failure, and it alone, has a message");
}

Memory::Memory(size_t limit, int64_t fail_at) : left_(limit), fail_at_(fail_at) {
  host_.context = this;
  host_.allocate = allocate;
  host_.release = release;
}

Memory::~Memory() {
  need(blocks_.empty(), "all memory was given back");
}

void* Memory::allocate(void* context, size_t bytes, size_t alignment) {
  Memory& self = *static_cast<Memory*>(context);
  need(alignment && !(alignment & (alignment - 1)) && alignment <= 64, "the alignment is allowed");
  if (self.refuses() || bytes > self.left_) return nullptr;
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment < sizeof(void*) ? sizeof(void*) : alignment, bytes) != 0)
    return nullptr;
  memset(memory, 0xff, bytes);  // floats of it are NaN
  self.left_ -= bytes;
  self.blocks_[memory] = bytes;
  return memory;
}

void Memory::release(void* context, void* memory, size_t bytes) {
  Memory& self = *static_cast<Memory*>(context);
  const auto found = self.blocks_.find(memory);
  need(found != self.blocks_.end(), "what is released was allocated");
  need(found->second == bytes, "it is released with its size");
  self.left_ += bytes;
  self.blocks_.erase(found);
  free(memory);
}

void Memory::borrow_pool(const pl_host* other) {
  lender_ = other;
  host_.pool_create = create_pool;
  host_.pool_destroy = other->pool_destroy;
  host_.pool_run = other->pool_run;
}

void* Memory::create_pool(void* context, int32_t threads) {
  Memory& self = *static_cast<Memory*>(context);
  return self.refuses() ? nullptr : self.lender_->pool_create(self.lender_->context, threads);
}

std::vector<uint8_t> read_file(const char* path) {
  std::vector<uint8_t> bytes;
  FILE* file = fopen(path, "rb");
  need(file != nullptr, path);
  uint8_t part[4096];
  for (size_t n; (n = fread(part, 1, sizeof part, file)) > 0;)
    bytes.insert(bytes.end(), part, part + n);
  fclose(file);
  return bytes;
}

Noise::Noise(const uint8_t* bytes, size_t size) : state_(14695981039346656037u) {
  for (size_t i = 0; i < size; ++i) state_ = (state_ ^ bytes[i]) * 1099511628211u;
}

uint32_t Noise::next() {
  uint64_t x = state_ += 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return static_cast<uint32_t>(x >> 32);
}
