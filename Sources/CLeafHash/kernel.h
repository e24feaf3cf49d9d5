// The compression function of SHA-256 (FIPS 180-4, 6.2.2) in several forms that give the same
// results; kernel.c chooses one for this processor.

#ifndef LEAFHASH_KERNEL_H
#define LEAFHASH_KERNEL_H

#include "CLeafHash.h"

// FIPS 180-4, 4.2.2 and 5.3.3.
extern const uint32_t leafhash_constants[64];
extern const uint32_t leafhash_initial[8];

// Takes `count` whole blocks into the state.
typedef void leafhash_blocks_function(uint32_t state[8], const uint8_t *blocks, size_t count);

// Takes `count` whole blocks of two messages into their states, side by side.
typedef void leafhash_pair_function(uint32_t first_state[8], const uint8_t *first,
                                    uint32_t second_state[8], const uint8_t *second, size_t count);

// The root of `count` leaves that lie one after the other, leaf i of lengths[i] bytes.
//
// `count` is a power of two from LEAFHASH_LANES to LEAFHASH_LANES_MAXIMUM.
typedef void leafhash_lanes_function(const uint8_t seed[32], uint32_t count,
                                     const uint32_t *lengths, const uint8_t *bytes,
                                     uint8_t root[32]);

enum {
  LEAFHASH_LANES = 16,
  // Seeds and hashes of so many leaves take 8 KiB, a quarter of the smallest first-level cache.
  LEAFHASH_LANES_MAXIMUM = 256,
};

typedef struct leafhash_functions {
  leafhash_blocks_function *blocks;
  // NULL where there is none.
  leafhash_pair_function *pair;
  leafhash_lanes_function *lanes;
} leafhash_functions;

leafhash_blocks_function leafhash_blocks_portable;
#if defined(__x86_64__)
leafhash_blocks_function leafhash_blocks_shani;
leafhash_pair_function leafhash_pair_shani;
leafhash_lanes_function leafhash_lanes_avx512;
#elif defined(__aarch64__)
leafhash_blocks_function leafhash_blocks_armv8;
#endif

// The functions of a kernel that this processor has.
const leafhash_functions *leafhash_functions_of(leafhash_kernel kernel);

// Nodes of the tree, for those who have only the blocks.
void leafhash_node_by(leafhash_blocks_function *blocks, const uint8_t left[32],
                      const uint8_t right[32], uint8_t hash[32]);

// Compilers make one load and one swap of it, and one swap and one store.
static inline uint32_t leafhash_get(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static inline void leafhash_put(uint8_t *bytes, uint32_t word) {
  for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(word >> (24 - 8 * i));
}

#endif
