// The table of one instruction set. Built once for each, with PL_ISA and the compiler's flags set
// to it.
#include "kernels/conv.h"
#include "kernels/doubled.h"
#include "kernels/picture.h"
#include "kernels/stages.h"
#include "kernels/tall.h"
#include "kernels/winograd.h"

#define PL_TEXT2(name) #name
#define PL_TEXT(name) PL_TEXT2(name)
#define PL_JOIN2(a, b) a##b
#define PL_JOIN(a, b) PL_JOIN2(a, b)

namespace pl {
namespace {

// Does this machine have what the file was compiled for?
bool available() {
#if defined(__x86_64__) && defined(__AVX__)
  const auto leaf = [](u32 function, u32* b, u32* c) {
    u32 a = function, d = 0;
    *b = 0, *c = 0;
    __asm__("cpuid" : "+a"(a), "=b"(*b), "+c"(*c), "=d"(d));
  };
  u32 b1, c1, b7, c7, low, high;
  leaf(1, &b1, &c1);
  const bool fma_bit = c1 >> 12 & 1, os_saves = c1 >> 27 & 1;
  if (!fma_bit || !os_saves) return false;
  leaf(7, &b7, &c7);
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
#if defined(__AVX512F__)
  const u32 need = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;  // F, DQ, CD, BW, VL
  return (b7 & need) == need && (low & 0xe6) == 0xe6;
#else
  return (b7 >> 5 & 1) && (b7 >> 3 & 1) && (b7 >> 8 & 1) && (low & 6) == 6;  // AVX2, BMI1, BMI2
#endif
#else
  return true;
#endif
}

i64 peak(i64 rounds) {
  constexpr int N = 10;  // enough of them under way to hide their latency
  vf sum[N];
#pragma unroll
  for (int i = 0; i < N; ++i) sum[i] = splat(static_cast<f32>(i));
  const vf a = splat(0.5f), b = splat(1.0f);
  for (i64 round = 0; round < rounds; ++round) {
#pragma unroll
    for (int i = 0; i < N; ++i) {
      sum[i] = fma_lanes(sum[i], a, b);
    }
  }
  vf total = sum[0];
#pragma unroll
  for (int i = 1; i < N; ++i) total += sum[i];
  f32 lanes[kLanes];
  store(lanes, total);
  // Looks at the result, so that it has to be computed.
  return lanes[0] < 0 ? 0 : rounds * N * kLanes;
}

// What browsers have no use for.
constexpr auto to_yuv = kPainting ? nullptr : to_yuv_rows;
constexpr auto maximum = kPainting ? nullptr : maximum_row;
constexpr auto most = kPainting ? nullptr : peak;

}  // namespace

extern const Kernels PL_JOIN(kernels_, PL_ISA);
const Kernels PL_JOIN(kernels_, PL_ISA) = {
    PL_TEXT(PL_ISA), kLanes,        available,      unary_row,    affine_row,     slope_row,
    combine_row,     matrix_row,    from_bytes_row, to_bytes_row, to_planes_row,  from_planes_row,
    from_pixels_row, to_pixels_row, from_yuv_row,   to_yuv,       row_stats,      conv_row,
    depthwise_row,   maximum,       planar_row,     doubled_row,  winograd_input, winograd_output,
    tall_input,      tall_output,   most,           block_vectors};

}  // namespace pl
