#include "linux.h"

namespace {

#if defined(__aarch64__)

constexpr long kOpenAt = 56, kRead = 63, kWrite = 64, kExit = 94, kMap = 222;

long system_call(long number, long a, long b, long c, long d = 0, long e = 0, long f = 0) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
}

#elif defined(__x86_64__)

constexpr long kOpenAt = 257, kRead = 0, kWrite = 1, kExit = 231, kMap = 9;

long system_call(long number, long a, long b, long c, long d = 0, long e = 0, long f = 0) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

#else
#error "system calls of this processor are not written down here"
#endif

long address(const void* pointer) {
  return reinterpret_cast<long>(pointer);
}

// Whole pages; a test program gives none back.
void* map(void*, size_t bytes, size_t) {
  constexpr long read_write = 3, private_anonymous = 0x22;
  const long at = system_call(kMap, 0, static_cast<long>(bytes ? bytes : 1), read_write,
                              private_anonymous, -1, 0);
  return at < 0 && at > -4096 ? nullptr : reinterpret_cast<void*>(at);
}

void keep(void*, void*, size_t) {}

int32_t pool_threads = 1;

void* pool_create(void*, int32_t threads) {
  pool_threads = threads;
  return &pool_threads;
}

void pool_destroy(void*, void*) {}

void pool_run(void*, void*, int32_t count, void (*body)(void*, int32_t, int32_t), void* argument) {
  for (int32_t i = count - 1; i >= 0; --i) body(argument, i, i % pool_threads);
}

const pl_host kHost = {nullptr, map, keep, pool_create, pool_destroy, pool_run, nullptr, nullptr};

size_t length(const char* text) {
  size_t n = 0;
  while (text[n]) ++n;
  return n;
}

void say(const char* text) {
  constexpr long standard_error = 2;
  system_call(kWrite, standard_error, address(text), static_cast<long>(length(text)));
}

}  // namespace

const pl_host* linux_host() {
  return &kHost;
}

void give_up(const char* what, const char* why) {
  say(what), say(": "), say(why), say("\n");
  system_call(kExit, 1, 0, 0);
  __builtin_unreachable();
}

void* allocate(size_t bytes) {
  void* memory = map(nullptr, bytes, 1);
  if (!memory) give_up("memory", "there is none left");
  return memory;
}

void* read_file(const char* path, size_t* size) {
  constexpr long here = -100;
  constexpr size_t most = size_t{64} << 20;
  const long file = system_call(kOpenAt, here, address(path), 0);
  if (file < 0) give_up(path, "cannot be opened");
  uint8_t* bytes = static_cast<uint8_t*>(allocate(most));
  for (*size = 0;;) {
    const long got =
        system_call(kRead, file, address(bytes + *size), static_cast<long>(most - *size));
    if (got < 0 || *size == most) give_up(path, "cannot be read, or has more than 64 MB");
    if (got == 0) return bytes;
    *size += static_cast<size_t>(got);
  }
}

void write_out(const void* bytes, size_t size) {
  constexpr long standard_output = 1;
  const uint8_t* at = static_cast<const uint8_t*>(bytes);
  while (size) {
    const long done = system_call(kWrite, standard_output, address(at), static_cast<long>(size));
    if (done <= 0) give_up("standard output", "cannot be written");
    at += done;
    size -= static_cast<size_t>(done);
  }
}

// The four functions that a compiler calls of itself.
extern "C" {

void* memcpy(void* to, const void* from, size_t n) {
  for (size_t i = 0; i < n; ++i)
    static_cast<uint8_t*>(to)[i] = static_cast<const uint8_t*>(from)[i];
  return to;
}

void* memmove(void* to, const void* from, size_t n) {
  uint8_t* a = static_cast<uint8_t*>(to);
  const uint8_t* b = static_cast<const uint8_t*>(from);
  if (a < b) return memcpy(to, from, n);
  while (n--) a[n] = b[n];
  return to;
}

void* memset(void* to, int value, size_t n) {
  for (size_t i = 0; i < n; ++i) static_cast<uint8_t*>(to)[i] = static_cast<uint8_t>(value);
  return to;
}

int memcmp(const void* a, const void* b, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const int difference = static_cast<const uint8_t*>(a)[i] - static_cast<const uint8_t*>(b)[i];
    if (difference) return difference;
  }
  return 0;
}

// The stack that the kernel hands over starts with argc, then argv.
[[noreturn]] void start(long* stack) {
  const int status = run(static_cast<int>(stack[0]), reinterpret_cast<char**>(stack + 1));
  system_call(kExit, status, 0, 0);
  __builtin_unreachable();
}

}  // extern "C"

#if defined(__aarch64__)
__asm__(".globl _start\n_start:\n  mov x0, sp\n  bl start\n");
#else
__asm__(".globl _start\n_start:\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call start\n");
#endif
