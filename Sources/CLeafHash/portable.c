// SHA-256's compression function as FIPS 180-4, 6.2.2 writes it, for processors without help of
// their own.

#include "kernel.h"

static inline uint32_t right(uint32_t word, int count) { return word >> count | word << (32 - count); }

static void take_block(uint32_t state[8], const uint8_t *block) {
  uint32_t w[64];
  for (int t = 0; t < 16; t++) w[t] = leafhash_get(block + 4 * t);
  for (int t = 16; t < 64; t++) {
    uint32_t s0 = right(w[t - 15], 7) ^ right(w[t - 15], 18) ^ w[t - 15] >> 3;
    uint32_t s1 = right(w[t - 2], 17) ^ right(w[t - 2], 19) ^ w[t - 2] >> 10;
    w[t] = s1 + w[t - 7] + s0 + w[t - 16];
  }
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
  uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
  for (int t = 0; t < 64; t++) {
    uint32_t s1 = right(e, 6) ^ right(e, 11) ^ right(e, 25);
    uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + leafhash_constants[t] + w[t];
    uint32_t s0 = right(a, 2) ^ right(a, 13) ^ right(a, 22);
    uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1;
    d = c, c = b, b = a, a = t1 + t2;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
  state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

void leafhash_blocks_portable(uint32_t state[8], const uint8_t *blocks, size_t count) {
  for (; count > 0; count--, blocks += 64) take_block(state, blocks);
}
