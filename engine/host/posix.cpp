// Hooks for hosts with a C library and POSIX threads.
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "pleinair.h"

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

void log_line(void*, pl_log_level level, const char* message) {
  static const char* const names[] = {"debug", "info", "warning"};
  fprintf(stderr, "pleinair %s: %s\n", names[level], message);
}

using Body = void (*)(void* argument, int32_t index, int32_t worker);

// Workers sleep between jobs. A job is a range of indices that all workers, the caller among
// them, take one at a time.
struct Pool {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t work = PTHREAD_COND_INITIALIZER;
  pthread_cond_t idle = PTHREAD_COND_INITIALIZER;
  pthread_t* threads = nullptr;
  int32_t workers = 0;  // started threads, the caller not counted
  int32_t busy = 0;
  uint64_t job = 0;  // counts jobs, so that no worker takes one twice
  bool stopping = false;
  Body body = nullptr;
  void* argument = nullptr;
  int32_t count = 0;
  int32_t next = 0;
};

struct Worker {
  Pool* pool;
  int32_t index;
};

void take_indices(Pool* pool, int32_t worker) {
  for (;;) {
    const int32_t index = __atomic_fetch_add(&pool->next, 1, __ATOMIC_RELAXED);
    if (index >= pool->count) return;
    pool->body(pool->argument, index, worker);
  }
}

// Steps of a frame follow each other so fast that going to sleep and being woken between them would
// cost more than waiting: some microseconds for nobody else, then a while for whoever needs the
// core more.
template <class Ready>
bool comes_soon(Ready ready) {
  for (int i = 0; i < 1000; ++i) {
    if (ready()) return true;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  for (int i = 0; i < 500; ++i) {
    if (ready()) return true;
    sched_yield();
  }
  return false;
}

void* work(void* argument) {
  const Worker self = *static_cast<Worker*>(argument);
  free(argument);
  Pool* pool = self.pool;
  uint64_t seen = 0;
  for (;;) {
    comes_soon([=] { return __atomic_load_n(&pool->job, __ATOMIC_ACQUIRE) != seen; });
    pthread_mutex_lock(&pool->mutex);
    while (pool->job == seen && !pool->stopping) pthread_cond_wait(&pool->work, &pool->mutex);
    if (pool->stopping) {
      pthread_mutex_unlock(&pool->mutex);
      return nullptr;
    }
    seen = pool->job;
    pthread_mutex_unlock(&pool->mutex);
    take_indices(pool, self.index);
    if (__atomic_sub_fetch(&pool->busy, 1, __ATOMIC_ACQ_REL) == 0) {
      pthread_mutex_lock(&pool->mutex);
      pthread_cond_signal(&pool->idle);
      pthread_mutex_unlock(&pool->mutex);
    }
  }
}

void stop(Pool* pool) {
  pthread_mutex_lock(&pool->mutex);
  pool->stopping = true;
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->mutex);
  for (int32_t i = 0; i < pool->workers; ++i) pthread_join(pool->threads[i], nullptr);
}

void pool_destroy(void*, void* handle) {
  Pool* pool = static_cast<Pool*>(handle);
  stop(pool);
  pthread_mutex_destroy(&pool->mutex);
  pthread_cond_destroy(&pool->work);
  pthread_cond_destroy(&pool->idle);
  free(pool->threads);
  free(pool);
}

void* pool_create(void* context, int32_t threads) {
  Pool* pool = static_cast<Pool*>(malloc(sizeof(Pool)));
  if (!pool) return nullptr;
  *pool = Pool();
  pool->threads = static_cast<pthread_t*>(calloc(static_cast<size_t>(threads), sizeof(pthread_t)));
  for (int32_t i = 1; pool->threads && i < threads; ++i) {
    Worker* worker = static_cast<Worker*>(malloc(sizeof(Worker)));
    if (worker) *worker = {pool, i};
    if (!worker || pthread_create(&pool->threads[pool->workers], nullptr, work, worker) != 0) {
      free(worker);
      pool_destroy(context, pool);
      return nullptr;
    }
    ++pool->workers;
  }
  if (!pool->threads) {
    pool_destroy(context, pool);
    return nullptr;
  }
  return pool;
}

void pool_run(void*, void* handle, int32_t count, Body body, void* argument) {
  Pool* pool = static_cast<Pool*>(handle);
  pthread_mutex_lock(&pool->mutex);
  pool->body = body;
  pool->argument = argument;
  pool->count = count;
  __atomic_store_n(&pool->next, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&pool->busy, pool->workers, __ATOMIC_RELAXED);
  __atomic_store_n(&pool->job, pool->job + 1, __ATOMIC_RELEASE);
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->mutex);
  take_indices(pool, 0);
  const auto done = [=] { return __atomic_load_n(&pool->busy, __ATOMIC_ACQUIRE) == 0; };
  if (comes_soon(done)) return;
  pthread_mutex_lock(&pool->mutex);
  while (!done()) {
    pthread_cond_wait(&pool->idle, &pool->mutex);
  }
  pthread_mutex_unlock(&pool->mutex);
}

int64_t nanoseconds(void*) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t{1000000000} + now.tv_nsec;
}

const pl_host kHost = {nullptr,      allocate, release,  pool_create,
                       pool_destroy, pool_run, log_line, nanoseconds};

}  // namespace

const pl_host* pl_posix_host(void) {
  return &kHost;
}
