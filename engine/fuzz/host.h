// What the trials share: a host that keeps account of its memory, and the end of a failed trial.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "pleinair.h"

// Ends the program with a report where something does not hold.
void need(bool holds, const char* what);

// A status and its error must agree: a failure has a message, success has none.
void need_clean(pl_status status, const pl_error& error);

// Memory for one trial: at most `limit` bytes at a time, and the `fail_at`-th request is refused.
// Every block must come back, with the size that it was asked for.
class Memory {
 public:
  explicit Memory(size_t limit, int64_t fail_at = 0);
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory();

  // Workers of another host; making a pool then counts as a request.
  void borrow_pool(const pl_host* other);
  const pl_host* host() const { return &host_; }
  int64_t requests() const { return requests_; }

 private:
  static void* allocate(void* self, size_t bytes, size_t alignment);
  static void release(void* self, void* memory, size_t bytes);
  static void* create_pool(void* self, int32_t threads);

  bool refuses() { return ++requests_ == fail_at_; }

  pl_host host_ = {};
  const pl_host* lender_ = nullptr;
  size_t left_;
  int64_t fail_at_;
  int64_t requests_ = 0;
  std::unordered_map<void*, size_t> blocks_;
};

std::vector<uint8_t> read_file(const char* path);

// Numbers that follow from a seed.
class Noise {
 public:
  explicit Noise(uint64_t seed) : state_(seed) {}
  // FNV-1a.
  Noise(const uint8_t* bytes, size_t size);

  uint32_t next();  // splitmix64, the high half
  uint32_t below(uint32_t n) { return next() % n; }

 private:
  uint64_t state_;
};
