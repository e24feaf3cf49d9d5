// SHA-256 by the SHA extensions of x86-64.
//
// They exist as legacy SSE only: behind dirty upper halves of the AVX registers one compression was
// measured at 16 µs instead of 0.1 µs. So this file's functions use no AVX themselves, and clear
// the upper halves first where the processor has them.

#if defined(__x86_64__)

#include "kernel.h"

#include <immintrin.h>

#define SHANI __attribute__((target("sha,sse4.1,no-avx")))

// Four rounds each, and the schedule for four rounds later.
SHANI static inline void take_block(__m128i *state0, __m128i *state1, const uint8_t *block) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i s0 = *state0, s1 = *state1, w[4];
  for (int i = 0; i < 4; i++) {
    w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(block + 16 * i)), big_endian);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) {
    __m128i k = _mm_loadu_si128((const __m128i *)(leafhash_constants + 4 * i));
    __m128i wk = _mm_add_epi32(w[i % 4], k);
    s1 = _mm_sha256rnds2_epu32(s1, s0, wk);
    s0 = _mm_sha256rnds2_epu32(s0, s1, _mm_shuffle_epi32(wk, 0x0e));
    if (i < 12) {
      __m128i next = _mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]);
      next = _mm_add_epi32(next, _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4));
      w[i % 4] = _mm_sha256msg2_epu32(next, w[(i + 3) % 4]);
    }
  }
  *state0 = _mm_add_epi32(*state0, s0);
  *state1 = _mm_add_epi32(*state1, s1);
}

SHANI static inline void take_blocks(uint32_t state[8], const uint8_t *blocks, size_t count) {
  // The instructions want the state as (f, e, b, a) and (h, g, d, c), lowest word first.
  __m128i abcd = _mm_loadu_si128((const __m128i *)state);
  __m128i efgh = _mm_loadu_si128((const __m128i *)(state + 4));
  __m128i badc = _mm_shuffle_epi32(abcd, 0xb1), hgfe = _mm_shuffle_epi32(efgh, 0x1b);
  __m128i state0 = _mm_alignr_epi8(badc, hgfe, 8), state1 = _mm_blend_epi16(hgfe, badc, 0xf0);
  for (; count > 0; count--, blocks += 64) take_block(&state0, &state1, blocks);
  __m128i feba = _mm_shuffle_epi32(state0, 0x1b), dchg = _mm_shuffle_epi32(state1, 0xb1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

SHANI void leafhash_blocks_shani(uint32_t state[8], const uint8_t *blocks, size_t count) {
  take_blocks(state, blocks, count);
}

SHANI void leafhash_blocks_shani_after_avx(uint32_t state[8], const uint8_t *blocks,
                                           size_t count) {
  __asm__ volatile("vzeroupper" ::: "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                   "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
  take_blocks(state, blocks, count);
}

#endif
