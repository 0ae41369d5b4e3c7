// Every request for memory or threads may be refused, the first of them or any later one: the call
// ends in one error, gives all back and harms nothing that was there before. For each of the models
// named on the command line.
#include <pthread.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "model.h"

namespace {

constexpr size_t kPlenty = size_t{1} << 30;
constexpr int32_t kThreads = 3;

// ---- what the POSIX host asks of the system ---------------------------------------------------

int64_t system_calls = 0;
int64_t fail_system_at = 0;

bool refused() {
  return ++system_calls == fail_system_at;
}

}  // namespace

extern "C" {
void* __real_malloc(size_t bytes);
void* __real_calloc(size_t count, size_t bytes);
int __real_posix_memalign(void** memory, size_t alignment, size_t bytes);
int __real_pthread_create(pthread_t* thread, const pthread_attr_t* how, void* (*body)(void*),
                          void* argument);

void* __wrap_malloc(size_t bytes) {
  return refused() ? nullptr : __real_malloc(bytes);
}
void* __wrap_calloc(size_t count, size_t bytes) {
  return refused() ? nullptr : __real_calloc(count, bytes);
}
int __wrap_posix_memalign(void** memory, size_t alignment, size_t bytes) {
  return refused() ? ENOMEM : __real_posix_memalign(memory, alignment, bytes);
}
int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* how, void* (*body)(void*),
                          void* argument) {
  return refused() ? EAGAIN : __real_pthread_create(thread, how, body, argument);
}
}

namespace {

// ---- load, plan, run --------------------------------------------------------------------------

pl_status create(const pl_model* model, uint32_t flags, pl_session** session) {
  Noise noise(1);
  const std::vector<pl_shape> shapes = choose_shapes(model, noise, 12);
  pl_options options = {};
  options.threads = kThreads;
  options.flags = flags;
  pl_error error = {};
  const pl_status status = pl_session_create(model, &options, shapes.data(),
                                             static_cast<int32_t>(shapes.size()), session, &error);
  need_clean(status, error);
  return status;
}

pl_status run(const pl_model* model, uint32_t flags) {
  pl_session* session = nullptr;
  const pl_status status = create(model, flags, &session);
  need((status == PL_OK) == (session != nullptr), "a session comes with success alone");
  if (session && is_small(session)) {
    Noise noise(1);
    run_once(model, session, choose_shapes(model, noise, 12), noise);
  }
  pl_session_free(session);
  return status;
}

pl_status load_and_run(const std::vector<uint8_t>& bytes, uint32_t flags, const pl_host* host) {
  pl_model* model = nullptr;
  pl_error error = {};
  pl_status status = pl_model_load(bytes.data(), bytes.size(), host, &model, &error);
  need_clean(status, error);
  need((status == PL_OK) == (model != nullptr), "a model comes with success alone");
  if (model) {
    status = run(model, flags);
    if (status == PL_OUT_OF_MEMORY)
      need(run(model, flags) != PL_OUT_OF_MEMORY, "the model is as good as before");
  }
  pl_model_free(model);
  return status;
}

// How many requests there were.
int64_t fail_each_hook(const std::vector<uint8_t>& bytes, uint32_t flags, pl_status working) {
  for (int64_t n = 1;; ++n) {
    Memory memory(kPlenty, n);
    memory.borrow_pool(pl_default_host());
    const pl_status status = load_and_run(bytes, flags, memory.host());
    if (memory.requests() < n) {
      need(status == working, "what is not refused works");
      return n - 1;
    }
    need(status == PL_OUT_OF_MEMORY, "a refused request is an error of its own");
  }
}

int64_t fail_each_system_call(const std::vector<uint8_t>& bytes, uint32_t flags,
                              pl_status working) {
  for (int64_t n = 1;; ++n) {
    system_calls = 0;
    fail_system_at = n;
    const pl_status status = load_and_run(bytes, flags, pl_default_host());
    fail_system_at = 0;
    if (system_calls < n) {
      need(status == working, "what is not refused works");
      return n - 1;
    }
    need(status == PL_OUT_OF_MEMORY, "a refused system call is an error of its own");
  }
}

}  // namespace

int main(int argc, char** argv) {
  int64_t hooks = 0, calls = 0;
  for (int i = 1; i < argc; ++i) {
    const std::vector<uint8_t> bytes = read_file(argv[i]);
    for (const uint32_t flags : {uint32_t{0}, uint32_t{PL_REFERENCE}}) {
      Memory memory(kPlenty);
      memory.borrow_pool(pl_default_host());
      const pl_status working = load_and_run(bytes, flags, memory.host());
      need(working != PL_OUT_OF_MEMORY, "there is plenty of memory");
      hooks += fail_each_hook(bytes, flags, working);
      calls += fail_each_system_call(bytes, flags, working);
    }
  }
  printf("%lld hook calls and %lld system calls failed cleanly\n", static_cast<long long>(hooks),
         static_cast<long long>(calls));
  return hooks > 0 && calls > 0 ? 0 : 1;
}
