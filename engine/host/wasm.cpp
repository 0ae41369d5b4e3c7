// Hooks for WebAssembly: memory and threads within one linear memory, without a C library.
#include "host/wasm.h"

#define PL_EXPORT(name) extern "C" __attribute__((export_name(name)))
#define PL_IMPORT(name) extern "C" __attribute__((import_module("host"), import_name(name)))

PL_IMPORT("log") void page_log(int32_t level, const char* message);
PL_IMPORT("now") double page_now();  // milliseconds

extern "C" char __heap_base;  // where the linker's own data end

namespace {

// ---- memory -------------------------------------------------------------------------------------

constexpr size_t kGrain = 64;  // of sizes and addresses: the largest alignment that is asked for
constexpr size_t kPage = size_t{64} << 10;
constexpr size_t kLeastGrowth = 16;  // pages

// A block that nobody has. They are listed by address, and neighbours are joined.
struct Free {
  Free* next;
  size_t bytes;
};

Free* first_free = nullptr;
bool heap_is_open = false;

size_t whole_grains(size_t bytes) {
  return bytes ? (bytes + kGrain - 1) / kGrain * kGrain : kGrain;
}

bool touch(const Free* a, const Free* b) {
  return reinterpret_cast<const char*>(a) + a->bytes == reinterpret_cast<const char*>(b);
}

void give_back(void* memory, size_t bytes) {
  Free* block = static_cast<Free*>(memory);
  Free* before = nullptr;
  Free* after = first_free;
  for (; after && after < block; after = after->next) before = after;
  *block = {after, bytes};
  (before ? before->next : first_free) = block;
  if (after && touch(block, after)) *block = {after->next, bytes + after->bytes};
  if (before && touch(before, block)) *before = {block->next, before->bytes + block->bytes};
}

void* take(size_t bytes) {
  for (Free** at = &first_free; *at; at = &(*at)->next) {
    Free* block = *at;
    if (block->bytes < bytes) continue;
    Free* rest = block->next;
    if (block->bytes > bytes) {
      rest = reinterpret_cast<Free*>(reinterpret_cast<char*>(block) + bytes);
      *rest = {block->next, block->bytes - bytes};
    }
    *at = rest;
    return block;
  }
  return nullptr;
}

// What the memory had to begin with, after the linker's data.
void open_heap() {
  heap_is_open = true;
  const size_t start = whole_grains(reinterpret_cast<size_t>(&__heap_base));
  const size_t end = __builtin_wasm_memory_size(0) * kPage;
  if (end > start) give_back(reinterpret_cast<void*>(start), end - start);
}

bool grow(size_t bytes) {
  const size_t needed = (bytes + kPage - 1) / kPage;
  size_t pages = needed < kLeastGrowth ? kLeastGrowth : needed;
  size_t old = __builtin_wasm_memory_grow(0, pages);
  if (old == SIZE_MAX) old = __builtin_wasm_memory_grow(0, pages = needed);
  if (old == SIZE_MAX) return false;
  // The last page of four gigabytes stays unused: its end is no address.
  const size_t usable = old + pages == 65536 ? pages - 1 : pages;
  if (usable) give_back(reinterpret_cast<void*>(old * kPage), usable * kPage);
  return usable == pages;
}

void* allocate(void*, size_t bytes, size_t) {
  if (bytes > SIZE_MAX - 2 * kPage) return nullptr;
  if (!heap_is_open) open_heap();
  const size_t size = whole_grains(bytes);
  void* memory = take(size);
  if (memory || !grow(size)) return memory;
  return take(size);
}

void release(void*, void* memory, size_t bytes) {
  give_back(memory, whole_grains(bytes));
}

// ---- threads ------------------------------------------------------------------------------------

using Body = void (*)(void* argument, int32_t index, int32_t worker);

// The page starts its workers once, before the first session, and all sessions share them: one
// job at a time, a range of indices that all workers and the caller take one by one.
struct Pool {
  int32_t workers;  // the caller not counted
  int32_t job;      // counts jobs, so that no worker takes one twice
  int32_t busy;
  int32_t next;
  int32_t count;
  Body body;
  void* argument;
};

Pool pool;

int32_t read(int32_t* at) {
  return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

// Sleeps until *at is no longer `value`. Looking for some microseconds first saves most sleeps
// between the steps of a frame.
void wait_while(int32_t* at, int32_t value) {
  constexpr int looks = 2000;
  for (int i = 0; i < looks; ++i) {
    if (read(at) != value) return;
  }
  while (read(at) == value) __builtin_wasm_memory_atomic_wait32(at, value, -1);
}

void take_indices(int32_t worker) {
  for (;;) {
    const int32_t index = __atomic_fetch_add(&pool.next, 1, __ATOMIC_RELAXED);
    if (index >= pool.count) return;
    pool.body(pool.argument, index, worker);
  }
}

void* pool_create(void*, int32_t threads) {
  return threads == pool.workers + 1 ? &pool : nullptr;
}

void pool_destroy(void*, void*) {}

void pool_run(void*, void*, int32_t count, Body body, void* argument) {
  pool.body = body;
  pool.argument = argument;
  pool.count = count;
  __atomic_store_n(&pool.next, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&pool.busy, pool.workers, __ATOMIC_RELAXED);
  __atomic_store_n(&pool.job, pool.job + 1, __ATOMIC_RELEASE);
  __builtin_wasm_memory_atomic_notify(&pool.job, static_cast<uint32_t>(pool.workers));
  take_indices(0);
  for (int32_t busy; (busy = read(&pool.busy));) wait_while(&pool.busy, busy);
}

void log_line(void*, pl_log_level level, const char* message) {
  page_log(level, message);
}

int64_t nanoseconds(void*) {
  return static_cast<int64_t>(page_now() * 1e6);
}

const pl_host kHost = {nullptr,      allocate, release,  pool_create,
                       pool_destroy, pool_run, log_line, nanoseconds};

}  // namespace

const pl_host* wasm_host() {
  return &kHost;
}

// How many workers the page has started.
PL_EXPORT("set_workers") void set_workers(int32_t workers) {
  pool.workers = workers;
}

// The life of worker `index`, counted from one. The page ends it with the thread.
PL_EXPORT("work") void work(int32_t index) {
  for (int32_t seen = 0;;) {
    wait_while(&pool.job, seen);
    seen = read(&pool.job);
    take_indices(index);
    if (__atomic_sub_fetch(&pool.busy, 1, __ATOMIC_ACQ_REL) == 0)
      __builtin_wasm_memory_atomic_notify(&pool.busy, 1);
  }
}

// The four functions that a compiler calls of itself: each is an instruction here, or close to one.
extern "C" {

void* memcpy(void* to, const void* from, size_t n) {
  return __builtin_memcpy(to, from, n);
}

void* memmove(void* to, const void* from, size_t n) {
  return __builtin_memmove(to, from, n);
}

void* memset(void* to, int value, size_t n) {
  return __builtin_memset(to, value, n);
}

int memcmp(const void* a, const void* b, size_t n) {
  const uint8_t *x = static_cast<const uint8_t*>(a), *y = static_cast<const uint8_t*>(b);
  for (size_t i = 0; i < n; ++i) {
    if (x[i] != y[i]) return x[i] - y[i];
  }
  return 0;
}

}  // extern "C"
