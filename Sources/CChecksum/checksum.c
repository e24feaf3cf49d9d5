#include "CChecksum.h"

#include <zlib.h>

#if defined(__x86_64__)

#include <immintrin.h>

#define CARRYLESS __attribute__((target("pclmul,sse4.1")))

// A polynomial of 128 bits moved behind `next`: its halves times x^(n+32) and x^(n-32) modulo CRC-32's
// polynomial, where n is by how many bits it moves; bits reflected.
CARRYLESS static inline __m128i moved(__m128i bits, __m128i factors, __m128i next) {
  __m128i low = _mm_clmulepi64_si128(bits, factors, 0x00);
  __m128i high = _mm_clmulepi64_si128(bits, factors, 0x11);
  return _mm_xor_si128(next, _mm_xor_si128(low, high));
}

CARRYLESS static inline __m128i load(const uint8_t *bytes) {
  return _mm_loadu_si128((const __m128i *)bytes);
}

// V. Gopal and others, "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction"
// (2009): four rows of 16 bytes are folded onto the next four, so that no product waits for another.
// What they come to has the same remainder as the bytes; zlib takes the remainder, and the rest.
CARRYLESS static uint32_t folded(uint32_t crc32, const uint8_t *bytes, size_t count) {
  const __m128i by_512 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
  const __m128i by_128 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
  __m128i rows[4];
  for (int i = 0; i < 4; i++) rows[i] = load(bytes + 16 * i);
  rows[0] = _mm_xor_si128(rows[0], _mm_cvtsi32_si128((int)~crc32));
  bytes += 64, count -= 64;
  for (; count >= 64; bytes += 64, count -= 64) {
    for (int i = 0; i < 4; i++) rows[i] = moved(rows[i], by_512, load(bytes + 16 * i));
  }
  for (int i = 1; i < 4; i++) rows[i] = moved(rows[i - 1], by_128, rows[i]);
  uint8_t remainder[16];
  _mm_storeu_si128((__m128i *)remainder, rows[3]);
  // All ones is zlib's word for a register of zeros.
  crc32 = (uint32_t)crc32_z(0xffffffff, remainder, sizeof remainder);
  return count == 0 ? crc32 : (uint32_t)crc32_z(crc32, bytes, count);
}

#endif

// For fewer bytes the instructions win nothing.
enum { FEW = 256 };

uint32_t checksum_crc32(uint32_t crc32, const void *bytes, size_t count) {
  // zlib takes a null pointer for "give me the first value".
  if (count == 0) return crc32;
#if defined(__x86_64__)
  if (count >= FEW && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1")) {
    return folded(crc32, bytes, count);
  }
#endif
  return (uint32_t)crc32_z(crc32, bytes, count);
}
