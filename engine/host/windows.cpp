// Hooks for Windows: its heap, its threads, its clock.
#include <malloc.h>
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "pleinair.h"
#include "pool.h"

namespace {

void* allocate(void*, size_t bytes, size_t alignment) {
  return _aligned_malloc(bytes ? bytes : 1, alignment);
}

void release(void*, void* memory, size_t) {
  _aligned_free(memory);
}

struct WindowsThreads {
  struct Mutex {
    SRWLOCK handle = SRWLOCK_INIT;
  };
  struct Condition {
    CONDITION_VARIABLE handle = CONDITION_VARIABLE_INIT;
  };
  using Thread = HANDLE;
  using Result = DWORD;

  static void lock(Mutex& mutex) { AcquireSRWLockExclusive(&mutex.handle); }
  static void unlock(Mutex& mutex) { ReleaseSRWLockExclusive(&mutex.handle); }
  static void wait(Condition& condition, Mutex& mutex) {
    SleepConditionVariableSRW(&condition.handle, &mutex.handle, INFINITE, 0);
  }
  static void wake_one(Condition& condition) { WakeConditionVariable(&condition.handle); }
  static void wake_all(Condition& condition) { WakeAllConditionVariable(&condition.handle); }
  static bool start(Thread& thread, Result (*body)(void*), void* argument) {
    thread = CreateThread(nullptr, 0, body, argument, 0, nullptr);
    return thread != nullptr;
  }
  static void join(Thread thread) {
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
  }
  static void destroy(Mutex&) {}
  static void destroy(Condition&) {}
  static void give_way() { SwitchToThread(); }
};

int64_t nanoseconds(void*) {
  LARGE_INTEGER count, second;
  QueryPerformanceCounter(&count);
  QueryPerformanceFrequency(&second);
  const int64_t whole = count.QuadPart / second.QuadPart;
  const int64_t rest = count.QuadPart % second.QuadPart;
  return whole * 1000000000 + rest * 1000000000 / second.QuadPart;
}

using Pool = pl::host::Pool<WindowsThreads>;
const pl_host kHost = {nullptr,   allocate,           release,    Pool::create, Pool::destroy,
                       Pool::run, pl::host::log_line, nanoseconds};

}  // namespace

const pl_host* pl_default_host(void) {
  return &kHost;
}
