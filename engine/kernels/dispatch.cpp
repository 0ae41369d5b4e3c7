// Chooses among the compiled-in instruction sets.
#include "kernels/kernels.h"

namespace pl {

// A module for browsers is linked with one of them.
#if defined(__wasm__)
#define PL_WEAK __attribute__((weak))
#else
#define PL_WEAK
#endif

extern const Kernels kernels_base PL_WEAK;
#if defined(__x86_64__)
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;
#elif defined(__wasm__)
extern const Kernels kernels_fast PL_WEAK;
extern const Kernels kernels_relaxed PL_WEAK;
extern const Kernels kernels_none PL_WEAK;
#endif

namespace {

const Kernels* const kAll[] = {
    &kernels_base,
#if defined(__x86_64__)
    &kernels_avx2,
    &kernels_avx512,
#elif defined(__wasm__)
    &kernels_fast,
    &kernels_relaxed,
    &kernels_none,
#endif
};

bool is_here(const Kernels* kernels) {
  return kernels && kernels->available();
}

}  // namespace

const Kernels* kernels_at(i64 index) {
  i64 seen = 0;
  for (const Kernels* kernels : kAll) {
    if (is_here(kernels) && seen++ == index) return kernels;
  }
  return nullptr;
}

const Kernels* find_kernels(const char* isa) {
  const Kernels* best = nullptr;
  for (const Kernels* kernels : kAll) {
    if (!is_here(kernels)) continue;
    if (!isa || Text(isa) == kernels->isa) best = kernels;
  }
  return best;
}

}  // namespace pl
