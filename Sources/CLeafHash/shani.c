// SHA-256 by the SHA extensions of x86-64: one message, or two side by side.
//
// An instruction's result takes longer than the next instruction's turn, so two messages take little
// longer than one.
//
// They exist as legacy SSE only: behind dirty upper halves of the AVX registers one compression was
// measured at 16 µs instead of 0.1 µs. So this file's functions use no AVX themselves, and clear
// the upper halves first where the processor has them.

#if defined(__x86_64__)

#include "kernel.h"

#include <immintrin.h>

#define SHANI __attribute__((target("sha,sse4.1,no-avx")))

typedef struct message {
  // The state as the instructions want it: (f, e, b, a) and (h, g, d, c), lowest word first.
  __m128i state0, state1;
  const uint8_t *blocks;
} message;

SHANI static inline void load(message *message, const uint32_t state[8], const uint8_t *blocks) {
  __m128i abcd = _mm_loadu_si128((const __m128i *)state);
  __m128i efgh = _mm_loadu_si128((const __m128i *)(state + 4));
  __m128i badc = _mm_shuffle_epi32(abcd, 0xb1), hgfe = _mm_shuffle_epi32(efgh, 0x1b);
  message->state0 = _mm_alignr_epi8(badc, hgfe, 8);
  message->state1 = _mm_blend_epi16(hgfe, badc, 0xf0);
  message->blocks = blocks;
}

SHANI static inline void store(const message *message, uint32_t state[8]) {
  __m128i feba = _mm_shuffle_epi32(message->state0, 0x1b);
  __m128i dchg = _mm_shuffle_epi32(message->state1, 0xb1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

// One block of each of `n` messages, 1 or 2, known where this is inlined: four rounds of each at a
// time, and the schedule for four rounds later.
SHANI static inline __attribute__((always_inline)) void take_block(message *messages, int n) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i s0[2], s1[2], w[2][4];
#pragma clang loop unroll(full)
  for (int m = 0; m < n; m++) {
    s0[m] = messages[m].state0, s1[m] = messages[m].state1;
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
      __m128i words = _mm_loadu_si128((const __m128i *)(messages[m].blocks + 16 * i));
      w[m][i] = _mm_shuffle_epi8(words, big_endian);
    }
    messages[m].blocks += 64;
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) {
    __m128i k = _mm_loadu_si128((const __m128i *)(leafhash_constants + 4 * i));
#pragma clang loop unroll(full)
    for (int m = 0; m < n; m++) {
      __m128i wk = _mm_add_epi32(w[m][i % 4], k);
      s1[m] = _mm_sha256rnds2_epu32(s1[m], s0[m], wk);
      s0[m] = _mm_sha256rnds2_epu32(s0[m], s1[m], _mm_shuffle_epi32(wk, 0x0e));
      if (i < 12) {
        __m128i next = _mm_sha256msg1_epu32(w[m][i % 4], w[m][(i + 1) % 4]);
        next = _mm_add_epi32(next, _mm_alignr_epi8(w[m][(i + 3) % 4], w[m][(i + 2) % 4], 4));
        w[m][i % 4] = _mm_sha256msg2_epu32(next, w[m][(i + 3) % 4]);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int m = 0; m < n; m++) {
    messages[m].state0 = _mm_add_epi32(messages[m].state0, s0[m]);
    messages[m].state1 = _mm_add_epi32(messages[m].state1, s1[m]);
  }
}

// Where there is AVX; the legacy instructions' own registers hold nothing yet.
static inline void clear_upper_halves(void) {
  // A bit of memory that libgcc or compiler-rt fills at the start: no CPUID.
  if (!__builtin_cpu_supports("avx")) return;
  __asm__ volatile("vzeroupper" ::: "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
                   "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

SHANI void leafhash_blocks_shani(uint32_t state[8], const uint8_t *blocks, size_t count) {
  clear_upper_halves();
  message one;
  load(&one, state, blocks);
  for (; count > 0; count--) take_block(&one, 1);
  store(&one, state);
}

SHANI void leafhash_pair_shani(uint32_t first_state[8], const uint8_t *first,
                               uint32_t second_state[8], const uint8_t *second, size_t count) {
  clear_upper_halves();
  message both[2];
  load(&both[0], first_state, first);
  load(&both[1], second_state, second);
  for (; count > 0; count--) take_block(both, 2);
  store(&both[0], first_state);
  store(&both[1], second_state);
}

#endif
