// The one fused multiply-add that all arithmetic in the engine is written with.
#pragma once

#include "core/base.h"

// Each instruction set's kernels are compiled with its own flags. The tag keeps what the compiler
// makes of these headers there apart, so that the linker cannot take AVX2 code for the baseline's.
#if !defined(PL_ISA)
#define PL_ISA base
#endif

namespace pl {
inline namespace PL_ISA {

// a * b + c, rounded once, in arithmetic that every machine has: the product of two floats is
// exact in double, and a double sum rounded to odd rounds to float as the exact sum would
// (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008).
[[gnu::noinline]] inline f32 soft_fma(f32 a, f32 b, f32 c) {
  const f64 product = static_cast<f64>(a) * b;
  const f64 sum = product + c;
  const f64 c_part = sum - product;
  const f64 error = (product - (sum - c_part)) + (c - c_part);
  u64 bits = __builtin_bit_cast(u64, sum);
  if ((error > 0 || error < 0) && !(bits & 1)) bits += (error > 0) == (sum > 0) ? 1 : -1;
  return static_cast<f32>(__builtin_bit_cast(f64, bits));
}

#if defined(__FMA__) || defined(__aarch64__)

inline f32 fma(f32 a, f32 b, f32 c) {
  return __builtin_fmaf(a, b, c);
}

#elif defined(__wasm_relaxed_simd__)

// Browsers fuse it where the processor can. Who takes kernels built like this makes sure first.
inline f32 fma(f32 a, f32 b, f32 c) {
  typedef f32 Four __attribute__((vector_size(16)));
  return __builtin_wasm_relaxed_madd_f32x4(Four{a}, Four{b}, Four{c})[0];
}

#elif defined(PL_UNFUSED)

// Two roundings: for kernels that give up the bits for speed where nothing fuses.
inline f32 fma(f32 a, f32 b, f32 c) {
  return a * b + c;
}

#elif defined(__x86_64__)

extern const bool kHasFma;

// Code for the oldest x86-64 still takes the instruction where the machine has it.
inline f32 fma(f32 a, f32 b, f32 c) {
  if (!kHasFma) return soft_fma(a, b, c);
  __asm__("vfmadd231ss %2, %1, %0" : "+x"(c) : "x"(a), "x"(b));
  return c;
}

#else

inline f32 fma(f32 a, f32 b, f32 c) {
  return soft_fma(a, b, c);
}

#endif

}  // namespace PL_ISA
}  // namespace pl
