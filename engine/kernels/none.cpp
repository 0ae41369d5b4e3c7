// The table of modules that leave images to a GPU: no loops.
#include "kernels/kernels.h"

namespace pl {
namespace {

constexpr Kernels without_loops() {
  Kernels kernels = {};
  kernels.isa = "none";
  kernels.lanes = 4;
  kernels.available = [] { return true; };
  return kernels;
}

}  // namespace

extern const Kernels kernels_none;
const Kernels kernels_none = without_loops();

}  // namespace pl
