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

// Sixteen lanes waste more than they gain where channels are few (24 of them fill three vectors of
// eight and two of sixteen): slower on Zen 4, see bench/RESULTS.md. They must be asked for.
constexpr i32 kWidest = 8;

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
    if (isa ? Text(isa) == kernels->isa : kernels->lanes <= kWidest) best = kernels;
  }
  return best;
}

}  // namespace pl
