// Hooks for hosts with a C library and POSIX threads.
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "pleinair.h"
#include "pool.h"

namespace {

// Images are read and written from end to end, all of them for every frame: with pages this large
// the core seldom has to look up where a page lies.
constexpr size_t kHugePage = 2 << 20;

void* allocate(void*, size_t bytes, size_t alignment) {
  void* memory = nullptr;
  const bool huge = bytes >= 2 * kHugePage;
  if (alignment < sizeof(void*)) alignment = sizeof(void*);
  if (huge && alignment < kHugePage) alignment = kHugePage;
  if (posix_memalign(&memory, alignment, bytes ? bytes : 1) != 0) return nullptr;
#if defined(MADV_HUGEPAGE)
  if (huge) madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
  return memory;
}

void release(void*, void* memory, size_t) {
  free(memory);
}

struct Pthreads {
  struct Mutex {
    pthread_mutex_t handle = PTHREAD_MUTEX_INITIALIZER;
  };
  struct Condition {
    pthread_cond_t handle = PTHREAD_COND_INITIALIZER;
  };
  using Thread = pthread_t;
  using Result = void*;

  static void lock(Mutex& mutex) { pthread_mutex_lock(&mutex.handle); }
  static void unlock(Mutex& mutex) { pthread_mutex_unlock(&mutex.handle); }
  static void wait(Condition& condition, Mutex& mutex) {
    pthread_cond_wait(&condition.handle, &mutex.handle);
  }
  static void wake_one(Condition& condition) { pthread_cond_signal(&condition.handle); }
  static void wake_all(Condition& condition) { pthread_cond_broadcast(&condition.handle); }
  static bool start(Thread& thread, Result (*body)(void*), void* argument) {
    return pthread_create(&thread, nullptr, body, argument) == 0;
  }
  static void join(Thread thread) { pthread_join(thread, nullptr); }
  static void destroy(Mutex& mutex) { pthread_mutex_destroy(&mutex.handle); }
  static void destroy(Condition& condition) { pthread_cond_destroy(&condition.handle); }
  static void give_way() { sched_yield(); }
};

int64_t nanoseconds(void*) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t{1000000000} + now.tv_nsec;
}

using Pool = pl::host::Pool<Pthreads>;
const pl_host kHost = {nullptr,   allocate,           release,    Pool::create, Pool::destroy,
                       Pool::run, pl::host::log_line, nanoseconds};

}  // namespace

const pl_host* pl_default_host(void) {
  return &kHost;
}
