// Sixteen hashes at a time, one in each lane of AVX-512's registers.
//
// A subtree is worked on in one table, word by word: word j of node i is at words[j][i], so that a
// level of seeds becomes the next, a level of leaves its hashes, and a level of hashes the one above
// without rearranging bytes between levels. Only the leaves' bytes are transposed.

#if defined(__x86_64__)

#include "kernel.h"

#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl")))

typedef struct subtree {
  _Alignas(64) uint32_t words[8][LEAFHASH_LANES_MAXIMUM];
} subtree;

AVX512 static inline __m512i xor3(__m512i a, __m512i b, __m512i c) {
  return _mm512_ternarylogic_epi32(a, b, c, 0x96);
}

AVX512 static inline void start(__m512i state[8]) {
  for (int j = 0; j < 8; j++) state[j] = _mm512_set1_epi32((int)leafhash_initial[j]);
}

// FIPS 180-4, 6.2.2, in every lane. `w` is used up.
AVX512 static inline void take_block(__m512i state[8], __m512i w[16]) {
  __m512i a = state[0], b = state[1], c = state[2], d = state[3];
  __m512i e = state[4], f = state[5], g = state[6], h = state[7];
  for (int t = 0; t < 64; t += 16) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) {
      __m512i k = _mm512_set1_epi32((int)leafhash_constants[t + i]);
      __m512i s1 = xor3(_mm512_ror_epi32(e, 6), _mm512_ror_epi32(e, 11), _mm512_ror_epi32(e, 25));
      __m512i choice = _mm512_ternarylogic_epi32(e, f, g, 0xca);
      __m512i t1 = _mm512_add_epi32(_mm512_add_epi32(h, _mm512_add_epi32(k, w[i])),
                                    _mm512_add_epi32(s1, choice));
      __m512i s0 = xor3(_mm512_ror_epi32(a, 2), _mm512_ror_epi32(a, 13), _mm512_ror_epi32(a, 22));
      __m512i majority = _mm512_ternarylogic_epi32(a, b, c, 0xe8);
      h = g, g = f, f = e, e = _mm512_add_epi32(d, t1);
      d = c, c = b, b = a;
      a = _mm512_add_epi32(t1, _mm512_add_epi32(s0, majority));
      if (t < 48) {
        __m512i v = w[(i + 1) % 16], u = w[(i + 14) % 16];
        __m512i early = xor3(_mm512_ror_epi32(v, 7), _mm512_ror_epi32(v, 18), _mm512_srli_epi32(v, 3));
        __m512i late = xor3(_mm512_ror_epi32(u, 17), _mm512_ror_epi32(u, 19), _mm512_srli_epi32(u, 10));
        w[i] = _mm512_add_epi32(_mm512_add_epi32(w[i], early),
                                _mm512_add_epi32(w[(i + 9) % 16], late));
      }
    }
  }
  state[0] = _mm512_add_epi32(state[0], a), state[1] = _mm512_add_epi32(state[1], b);
  state[2] = _mm512_add_epi32(state[2], c), state[3] = _mm512_add_epi32(state[3], d);
  state[4] = _mm512_add_epi32(state[4], e), state[5] = _mm512_add_epi32(state[5], f);
  state[6] = _mm512_add_epi32(state[6], g), state[7] = _mm512_add_epi32(state[7], h);
}

// A byte in front moves all words by one byte: what is left of `before`, then most of `word`.
AVX512 static inline __m512i moved(__m512i before, __m512i word) {
  return _mm512_or_si512(_mm512_slli_epi32(before, 24), _mm512_srli_epi32(word, 8));
}

AVX512 static inline void store(subtree *tree, uint32_t at, const __m512i state[8]) {
  for (int j = 0; j < 8; j++) _mm512_storeu_si512(&tree->words[j][at], state[j]);
}

// Seeds 0 to n - 1 become 0 to 2n - 1. From the last on, so that none is overwritten unread.
AVX512 static void expand(subtree *tree, uint32_t n) {
  const __m512i twice = _mm512_set_epi32(7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0);
  const __m512i prefix = _mm512_set1_epi64((long long)0x0300000002000000);
  for (uint32_t block = (n + 7) / 8; block-- > 0;) {
    __m512i w[16], state[8], before = _mm512_setzero_si512();
    for (int j = 0; j < 8; j++) {
      __m256i parents = _mm256_loadu_si256((const __m256i *)&tree->words[j][8 * block]);
      __m512i word = _mm512_permutexvar_epi32(twice, _mm512_castsi256_si512(parents));
      w[j] = j == 0 ? _mm512_or_si512(prefix, _mm512_srli_epi32(word, 8)) : moved(before, word);
      before = word;
    }
    w[8] = _mm512_or_si512(_mm512_slli_epi32(before, 24), _mm512_set1_epi32(0x800000));
    for (int j = 9; j < 15; j++) w[j] = _mm512_setzero_si512();
    w[15] = _mm512_set1_epi32(33 * 8);
    start(state);
    take_block(state, w);
    store(tree, 16 * block, state);
  }
}

// Word j of row i becomes word i of row j.
AVX512 static inline void transpose(__m512i rows[16]) {
  __m512i half[16];
  for (int i = 0; i < 16; i += 4) {
    __m512i a = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    __m512i b = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
    __m512i c = _mm512_unpacklo_epi32(rows[i + 2], rows[i + 3]);
    __m512i d = _mm512_unpackhi_epi32(rows[i + 2], rows[i + 3]);
    half[i] = _mm512_unpacklo_epi64(a, c), half[i + 1] = _mm512_unpackhi_epi64(a, c);
    half[i + 2] = _mm512_unpacklo_epi64(b, d), half[i + 3] = _mm512_unpackhi_epi64(b, d);
  }
  for (int j = 0; j < 4; j++) {
    __m512i a = _mm512_shuffle_i32x4(half[j], half[4 + j], 0x88);
    __m512i b = _mm512_shuffle_i32x4(half[j], half[4 + j], 0xdd);
    __m512i c = _mm512_shuffle_i32x4(half[8 + j], half[12 + j], 0x88);
    __m512i d = _mm512_shuffle_i32x4(half[8 + j], half[12 + j], 0xdd);
    rows[j] = _mm512_shuffle_i32x4(a, c, 0x88), rows[8 + j] = _mm512_shuffle_i32x4(a, c, 0xdd);
    rows[4 + j] = _mm512_shuffle_i32x4(b, d, 0x88), rows[12 + j] = _mm512_shuffle_i32x4(b, d, 0xdd);
  }
}

// Prefix, salt and padding are 42 bytes more.
enum { SALTED = 33, FIRST_PART = 64 - SALTED, OVERHEAD = SALTED + 9 };

static inline uint32_t block_count(uint32_t length) {
  return (uint32_t)(((uint64_t)length + OVERHEAD + 63) / 64);
}

// Block `number` of a leaf's message; in the first, zeros where prefix and salt go.
AVX512 static inline __m512i message_block(const uint8_t *leaf, uint32_t length, uint32_t number) {
  const __m512i big_endian = _mm512_set4_epi32(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203);
  int64_t offset = 64 * (int64_t)number - SALTED, left = (int64_t)length - offset;
  if (left >= 64 && number > 0) {
    return _mm512_shuffle_epi8(_mm512_loadu_si512(leaf + offset), big_endian);
  }
  // What a mask leaves out of a load is not read, whatever is there.
  uint64_t mask = left >= 64 ? ~(uint64_t)0 : left <= 0 ? 0 : ((uint64_t)1 << left) - 1;
  if (number == 0) mask &= ~(((uint64_t)1 << SALTED) - 1);
  const void *from = (const void *)((uintptr_t)leaf + (uintptr_t)offset);
  __m512i block = _mm512_maskz_loadu_epi8(mask, from);
  if (left >= 0 && left < 64) {
    block = _mm512_mask_blend_epi8((uint64_t)1 << left, block, _mm512_set1_epi8((char)0x80));
  }
  block = _mm512_shuffle_epi8(block, big_endian);
  if (number + 1 == block_count(length)) {
    uint64_t bits = 8 * ((uint64_t)length + SALTED);
    __m512i count = _mm512_set1_epi64((long long)(bits >> 32 | bits << 32));
    block = _mm512_mask_blend_epi64(0x80, block, count);
  }
  return block;
}

// The salts of sixteen leaves become their hashes.
AVX512 static void hash_leaves(subtree *tree, uint32_t at, const uint32_t *lengths,
                               const uint8_t *const leaves[LEAFHASH_LANES]) {
  uint32_t most = 0;
  for (int i = 0; i < LEAFHASH_LANES; i++) {
    uint32_t blocks = block_count(lengths[i]);
    if (blocks > most) most = blocks;
  }
  __m512i state[8];
  start(state);
  for (uint32_t number = 0; number < most; number++) {
    __m512i w[16];
    __mmask16 running = 0;
    for (int i = 0; i < LEAFHASH_LANES; i++) {
      int runs = number < block_count(lengths[i]);
      running |= (__mmask16)(runs << i);
      w[i] = runs ? message_block(leaves[i], lengths[i], number) : _mm512_setzero_si512();
    }
    transpose(w);
    if (number == 0) {
      __m512i before = _mm512_setzero_si512();
      for (int j = 0; j < 8; j++) {
        __m512i word = _mm512_loadu_si512(&tree->words[j][at]);
        w[j] = moved(before, word);
        before = word;
      }
      w[8] = _mm512_or_si512(w[8], _mm512_slli_epi32(before, 24));
    }
    __m512i next[8];
    for (int j = 0; j < 8; j++) next[j] = state[j];
    take_block(next, w);
    for (int j = 0; j < 8; j++) state[j] = _mm512_mask_mov_epi32(state[j], running, next[j]);
  }
  store(tree, at, state);
}

// Hashes 0 to 2n - 1 become 0 to n - 1.
AVX512 static void join(subtree *tree, uint32_t n) {
  const __m512i even = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
  const __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
  for (uint32_t at = 0; at < n; at += 16) {
    __m512i w[16], state[8], before = _mm512_set1_epi32(1), right[8];
    for (int j = 0; j < 8; j++) {
      __m512i low = _mm512_loadu_si512(&tree->words[j][2 * at]);
      __m512i high = _mm512_loadu_si512(&tree->words[j][2 * at + 16]);
      __m512i left = _mm512_permutex2var_epi32(low, even, high);
      right[j] = _mm512_permutex2var_epi32(low, odd, high);
      w[j] = moved(before, left);
      before = left;
    }
    for (int j = 0; j < 8; j++) {
      w[8 + j] = moved(before, right[j]);
      before = right[j];
    }
    start(state);
    take_block(state, w);
    w[0] = _mm512_or_si512(_mm512_slli_epi32(before, 24), _mm512_set1_epi32(0x800000));
    for (int j = 1; j < 15; j++) w[j] = _mm512_setzero_si512();
    w[15] = _mm512_set1_epi32(65 * 8);
    take_block(state, w);
    store(tree, at, state);
  }
}

static void get_node(const subtree *tree, uint32_t node, uint8_t bytes[32]) {
  for (int j = 0; j < 8; j++) leafhash_put(bytes + 4 * j, tree->words[j][node]);
}

AVX512 void leafhash_lanes_avx512(const uint8_t seed[32], uint32_t count, const uint32_t *lengths,
                                  const uint8_t *bytes, uint8_t root[32]) {
  subtree tree;
  // Lanes that are empty in the first levels hold anything, but not what nobody wrote.
  for (int j = 0; j < 8; j++) {
    for (int i = 0; i < 32; i += 16) _mm512_store_si512(&tree.words[j][i], _mm512_setzero_si512());
    tree.words[j][0] = leafhash_get(seed + 4 * j);
  }
  for (uint32_t n = 1; n < count; n *= 2) expand(&tree, n);
  for (uint32_t at = 0; at < count; at += LEAFHASH_LANES) {
    const uint8_t *leaves[LEAFHASH_LANES];
    for (int i = 0; i < LEAFHASH_LANES; i++) {
      leaves[i] = bytes;
      bytes += lengths[at + (uint32_t)i];
    }
    hash_leaves(&tree, at, lengths + at, leaves);
  }
  uint32_t n = count / 2;
  for (; n >= 8; n /= 2) join(&tree, n);
  // For fewer, one after the other costs less than sixteen at once.
  leafhash_blocks_function *blocks = leafhash_functions_of(LEAFHASH_AVX512)->blocks;
  uint8_t nodes[16][32];
  for (uint32_t i = 0; i < 2 * n; i++) get_node(&tree, i, nodes[i]);
  for (; n >= 1; n /= 2) {
    for (uint32_t i = 0; i < n; i++) {
      leafhash_node_by(blocks, nodes[2 * i], nodes[2 * i + 1], nodes[i]);
    }
  }
  for (int i = 0; i < 32; i++) root[i] = nodes[0][i];
  // Salts were overwritten by hashes; of the lanes beside the seed none is left.
}

#endif
