// zig has these called where a device may lack the instructions (ARMv8.0), and brings them only
// with its own C library.

namespace {

inline int add(int value, int* at) {
  int old, sum, failed;
  __asm__ volatile(
      "1: ldaxr %w0, %3\n"
      "add %w1, %w0, %w4\n"
      "stlxr %w2, %w1, %3\n"
      "cbnz %w2, 1b"
      : "=&r"(old), "=&r"(sum), "=&r"(failed), "+Q"(*at)
      : "r"(value)
      : "memory");
  return old;
}

}  // namespace

extern "C" {
int __aarch64_ldadd4_relax(int value, int* at) {
  return add(value, at);
}
int __aarch64_ldadd4_acq_rel(int value, int* at) {
  return add(value, at);
}
}
