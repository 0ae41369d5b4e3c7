// Chooses among the compiled-in instruction sets.
#include "kernels/kernels.h"

namespace pl {

extern const Kernels kernels_base;
#if defined(__x86_64__)
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;
#endif

namespace {

const Kernels* const kAll[] = {
    &kernels_base,
#if defined(__x86_64__)
    &kernels_avx2,
    &kernels_avx512,
#endif
};

}  // namespace

const Kernels* kernels_at(i64 index) {
  i64 seen = 0;
  for (const Kernels* kernels : kAll) {
    if (kernels->available() && seen++ == index) return kernels;
  }
  return nullptr;
}

const Kernels* find_kernels(const char* isa) {
  const Kernels* best = nullptr;
  for (const Kernels* kernels : kAll) {
    if (!kernels->available()) continue;
    if (!isa || Text(isa) == kernels->isa) best = kernels;
  }
  return best;
}

}  // namespace pl
