// Fused multiply-adds that wait for nothing: what one core can do at most.
typedef float lanes __attribute__((vector_size(32)));

enum { CHAINS = 12 };  // more than latency times units on any core, and fits the registers

// Does rounds * 96 multiply-adds (12 chains of 8 lanes).
float fma_rounds(long rounds, float factor, float addend) {
  lanes sum[CHAINS], f = {0}, a = {0};
  f += factor;
  a += addend;
  for (int i = 0; i < CHAINS; ++i) sum[i] = f + (float)i;
  for (long r = 0; r < rounds; ++r) {
#pragma unroll
    for (int i = 0; i < CHAINS; ++i) sum[i] = sum[i] * f + a;
  }
  lanes all = {0};
  for (int i = 0; i < CHAINS; ++i) all += sum[i];
  return all[0] + all[7];
}
