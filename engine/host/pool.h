// What hosts with a C library share: log lines, and a pool of threads, written once over what a
// platform has. `Threads` is a type with
//   Mutex, Condition, Thread, and Result, which a thread's function returns
//   lock, unlock, wait, wake_one, wake_all, start, join, destroy, give_way
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "pleinair.h"

namespace pl::host {

inline void log_line(void*, pl_log_level level, const char* message) {
  static const char* const names[] = {"debug", "info", "warning"};
  fprintf(stderr, "pleinair %s: %s\n", names[level], message);
}

using Body = void (*)(void* argument, int32_t index, int32_t worker);

// Workers sleep between jobs. A job is a range of indices that all workers, the caller among
// them, take one at a time.
template <class Threads>
class Pool {
 public:
  // For pl_host.
  static void* create(void* context, int32_t threads);
  static void destroy(void* context, void* handle);
  static void run(void* context, void* handle, int32_t count, Body body, void* argument);

 private:
  struct Worker {
    Pool* pool;
    int32_t index;
  };

  static typename Threads::Result work(void* argument);
  void serve(int32_t worker);
  void take_indices(int32_t worker);

  typename Threads::Mutex mutex_;
  typename Threads::Condition work_, idle_;
  typename Threads::Thread* threads_ = nullptr;
  int32_t workers_ = 0;  // started threads, the caller not counted
  int32_t busy_ = 0;
  uint64_t job_ = 0;  // counts jobs, so that no worker takes one twice
  bool stopping_ = false;
  Body body_ = nullptr;
  void* argument_ = nullptr;
  int32_t count_ = 0;
  int32_t next_ = 0;
};

// Steps of a frame follow each other so fast that going to sleep and being woken between them would
// cost more than waiting: some microseconds for nobody else, then a while for whoever needs the
// core more.
template <class Threads, class Ready>
bool comes_soon(Ready ready) {
  for (int i = 0; i < 1000; ++i) {
    if (ready()) return true;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  for (int i = 0; i < 500; ++i) {
    if (ready()) return true;
    Threads::give_way();
  }
  return false;
}

template <class Threads>
void Pool<Threads>::take_indices(int32_t worker) {
  for (;;) {
    const int32_t index = __atomic_fetch_add(&next_, 1, __ATOMIC_RELAXED);
    if (index >= count_) return;
    body_(argument_, index, worker);
  }
}

template <class Threads>
typename Threads::Result Pool<Threads>::work(void* argument) {
  const Worker self = *static_cast<Worker*>(argument);
  free(argument);
  self.pool->serve(self.index);
  return {};
}

template <class Threads>
void Pool<Threads>::serve(int32_t worker) {
  uint64_t seen = 0;
  for (;;) {
    comes_soon<Threads>([&] {
      return __atomic_load_n(&job_, __ATOMIC_ACQUIRE) != seen ||
             __atomic_load_n(&stopping_, __ATOMIC_RELAXED);
    });
    Threads::lock(mutex_);
    while (job_ == seen && !stopping_) Threads::wait(work_, mutex_);
    if (stopping_) {
      Threads::unlock(mutex_);
      return;
    }
    seen = job_;
    Threads::unlock(mutex_);
    take_indices(worker);
    if (__atomic_sub_fetch(&busy_, 1, __ATOMIC_ACQ_REL) == 0) {
      Threads::lock(mutex_);
      Threads::wake_one(idle_);
      Threads::unlock(mutex_);
    }
  }
}

template <class Threads>
void Pool<Threads>::destroy(void*, void* handle) {
  Pool* pool = static_cast<Pool*>(handle);
  Threads::lock(pool->mutex_);
  __atomic_store_n(&pool->stopping_, true, __ATOMIC_RELAXED);
  Threads::wake_all(pool->work_);
  Threads::unlock(pool->mutex_);
  for (int32_t i = 0; i < pool->workers_; ++i) Threads::join(pool->threads_[i]);
  Threads::destroy(pool->mutex_);
  Threads::destroy(pool->work_);
  Threads::destroy(pool->idle_);
  free(pool->threads_);
  free(pool);
}

template <class Threads>
void* Pool<Threads>::create(void* context, int32_t threads) {
  Pool* pool = static_cast<Pool*>(malloc(sizeof(Pool)));
  if (!pool) return nullptr;
  *pool = Pool();
  using Thread = typename Threads::Thread;
  pool->threads_ = static_cast<Thread*>(calloc(static_cast<size_t>(threads), sizeof(Thread)));
  for (int32_t i = 1; pool->threads_ && i < threads; ++i) {
    Worker* worker = static_cast<Worker*>(malloc(sizeof(Worker)));
    if (worker) *worker = {pool, i};
    if (!worker || !Threads::start(pool->threads_[pool->workers_], work, worker)) {
      free(worker);
      destroy(context, pool);
      return nullptr;
    }
    ++pool->workers_;
  }
  if (!pool->threads_) {
    destroy(context, pool);
    return nullptr;
  }
  return pool;
}

template <class Threads>
void Pool<Threads>::run(void*, void* handle, int32_t count, Body body, void* argument) {
  Pool* pool = static_cast<Pool*>(handle);
  Threads::lock(pool->mutex_);
  pool->body_ = body;
  pool->argument_ = argument;
  pool->count_ = count;
  __atomic_store_n(&pool->next_, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&pool->busy_, pool->workers_, __ATOMIC_RELAXED);
  __atomic_store_n(&pool->job_, pool->job_ + 1, __ATOMIC_RELEASE);
  Threads::wake_all(pool->work_);
  Threads::unlock(pool->mutex_);
  pool->take_indices(0);
  const auto done = [=] { return __atomic_load_n(&pool->busy_, __ATOMIC_ACQUIRE) == 0; };
  if (comes_soon<Threads>(done)) return;
  Threads::lock(pool->mutex_);
  while (!done()) Threads::wait(pool->idle_, pool->mutex_);
  Threads::unlock(pool->mutex_);
}

}  // namespace pl::host
