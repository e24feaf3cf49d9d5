// SHA-256 by the cryptography extension of ARMv8.

#if defined(__aarch64__)

#include "kernel.h"

#include <arm_neon.h>

#define ARMV8 __attribute__((target("+sha2")))

ARMV8 static inline void take_block(uint32x4_t *state0, uint32x4_t *state1, const uint8_t *block) {
  uint32x4_t abcd = *state0, efgh = *state1, w[4];
  for (int i = 0; i < 4; i++) {
    w[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(block + 16 * i)));
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) {
    uint32x4_t wk = vaddq_u32(w[i % 4], vld1q_u32(leafhash_constants + 4 * i));
    uint32x4_t before = abcd;
    abcd = vsha256hq_u32(abcd, efgh, wk);
    efgh = vsha256h2q_u32(efgh, before, wk);
    if (i < 12) {
      uint32x4_t next = vsha256su0q_u32(w[i % 4], w[(i + 1) % 4]);
      w[i % 4] = vsha256su1q_u32(next, w[(i + 2) % 4], w[(i + 3) % 4]);
    }
  }
  *state0 = vaddq_u32(*state0, abcd);
  *state1 = vaddq_u32(*state1, efgh);
}

ARMV8 void leafhash_blocks_armv8(uint32_t state[8], const uint8_t *blocks, size_t count) {
  uint32x4_t state0 = vld1q_u32(state), state1 = vld1q_u32(state + 4);
  for (; count > 0; count--, blocks += 64) take_block(&state0, &state1, blocks);
  vst1q_u32(state, state0);
  vst1q_u32(state + 4, state1);
}

#endif
