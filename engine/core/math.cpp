#include "core/math.h"

namespace pl {
inline namespace PL_ISA {

#if defined(__x86_64__) && !defined(__FMA__)
namespace {

bool has_fma() {
  u32 a = 1, b = 0, c = 0, d = 0;
  __asm__("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  const bool fma_bit = c >> 12 & 1, os_saves = c >> 27 & 1;
  if (!fma_bit || !os_saves) return false;
  u32 low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & 6) == 6;
}

}  // namespace

const bool kHasFma = has_fma();
#endif

namespace math {
namespace {

f64 log_double(f64 x) {
  const u64 bits = __builtin_bit_cast(u64, x);
  const i64 exponent = static_cast<i64>(bits - 0x3fe6a09e667f3bcd) >> 52;
  const f64 m = __builtin_bit_cast(f64, bits - (static_cast<u64>(exponent) << 52));
  const f64 s = (m - 1) / (m + 1);
  const f64 s2 = s * s;
  f64 p = 0;
  for (int k = 15; k >= 1; k -= 2) p = p * s2 + 2.0 / k;
  return static_cast<f64>(exponent) * 0x1.62e42fefa39efp-1 + p * s;
}

f64 exp_double(f64 x) {
  if (x > 700) return __builtin_inf();
  if (x < -700) return 0;
  const f64 magic = 0x1.8p52;
  const f64 n = (x * 0x1.71547652b82fep+0 + magic) - magic;
  const f64 r = x - n * 0x1.62e42fefa39efp-1;
  f64 p = 1;
  for (int k = 12; k >= 1; --k) p = 1 + p * r / k;
  return p * __builtin_bit_cast(f64, static_cast<u64>(static_cast<i64>(n) + 1023) << 52);
}

}  // namespace

f32 pow(f32 x, f32 y) {
  if (y == 0 || x == 1) return 1;
  if (y == 1 || x != x) return x;
  if (y != y) return y;
  if (y == 2) return x * x;
  if (y == 0.5f && x >= 0) return Lanes<f32>::sqrt(x);
  const bool integer = floor(y) == y;
  const f32 half = y * 0.5f;
  const bool odd = integer && floor(half) != half;
  const bool negative = __builtin_bit_cast(u32, x) >> 31;
  const f32 magnitude = negative ? -x : x;
  f32 result;
  if (magnitude == 0 || magnitude == __builtin_inff()) {
    result = (magnitude == 0) == (y < 0) ? __builtin_inff() : 0;
  } else if (y == __builtin_inff() || y == -__builtin_inff()) {
    if (magnitude == 1) return 1;
    return (magnitude > 1) == (y > 0) ? __builtin_inff() : 0;
  } else {
    if (negative && !integer) return __builtin_nanf("");
    result = static_cast<f32>(exp_double(y * log_double(magnitude)));
  }
  return negative && odd ? -result : result;
}

}  // namespace math
}  // namespace PL_ISA
}  // namespace pl
