// The hash kernel of evidence-seal/v1 (Docs/Redaction.md, "Hash inputs").
//
// Seeds, leaves and nodes are hashed by the best of several kernels that give the same results, all
// of them in Tests/RedactionTests/KernelTests.swift. Long messages go through libcrypto, which
// chooses for itself. Nothing here checks untrusted input: callers pass counts that they have
// checked.

#ifndef C_LEAF_HASH_H
#define C_LEAF_HASH_H

#include <stddef.h>
#include <stdint.h>

// A running SHA-256; the memory of libcrypto's SHA256_CTX, so it can be copied and saved:
// h[8], bit count low and high, 64 bytes of block, bytes used, digest length.
typedef struct leafhash_sha256 {
  uint32_t words[28];
} leafhash_sha256;

void leafhash_sha256_begin(leafhash_sha256 *state);
void leafhash_sha256_update(leafhash_sha256 *state, const void *bytes, size_t count);
// Leaves `state` as it is, so that hashing can go on.
void leafhash_sha256_digest(const leafhash_sha256 *state, uint8_t digest[32]);

// H(prefix || seed): 02 left child, 03 right child, 04 header seed, 05 content seed.
void leafhash_expand(uint8_t prefix, const uint8_t seed[32], uint8_t child[32]);
// H(00 || salt || chunk)
void leafhash_leaf(const uint8_t salt[32], const void *chunk, size_t count, uint8_t hash[32]);
// The same in pieces: begin, then update with the chunk, then digest.
void leafhash_leaf_begin(leafhash_sha256 *state, const uint8_t salt[32]);
// H(01 || left || right); `hash` may be `left` or `right`.
void leafhash_node(const uint8_t left[32], const uint8_t right[32], uint8_t hash[32]);
// Overwrites a secret; not optimised away.
void leafhash_wipe(void *bytes, size_t count);

// A tree hashed from left to right in constant memory: the subtrees that are still to do, the
// leftmost last, and the hashes that wait for their right sibling. A tree of fewer than 2^64
// leaves is at most 64 levels deep, each level leaves a right half and a join behind it.
typedef struct leafhash_subtree {
  uint64_t count;  // 0: join the last two hashes
  uint8_t seed[32];
} leafhash_subtree;

typedef struct leafhash_tree {
  leafhash_subtree todo[130];
  uint8_t done[66][32];
  uint32_t todo_count;
  uint32_t done_count;
} leafhash_tree;

// `count` >= 1
void leafhash_tree_begin(leafhash_tree *tree, const uint8_t seed[32], uint64_t count);
// Splits until the leftmost subtree still to do has at most `limit` (>= 1) leaves, gives its seed
// and returns its number of leaves; 0 when the tree is complete.
uint64_t leafhash_tree_next(leafhash_tree *tree, uint64_t limit, uint8_t seed[32]);
// Takes the hash of the subtree that `leafhash_tree_next` gave last.
void leafhash_tree_add(leafhash_tree *tree, const uint8_t hash[32]);
// Only when `leafhash_tree_next` returned 0.
void leafhash_tree_root(const leafhash_tree *tree, uint8_t root[32]);

// The root of `count` >= 1 leaves of `grid` bytes under `seed`, all in memory: the last leaf has
// what is left of `length`, (count - 1) * grid <= length <= count * grid.
void leafhash_grid_root(const uint8_t seed[32], uint64_t count, uint32_t grid, const void *bytes,
                        size_t length, uint8_t root[32]);
// The root of `count` >= 1 leaves that lie one after the other, leaf i of lengths[i] bytes.
void leafhash_row_root(const uint8_t seed[32], uint64_t count, const uint32_t *lengths,
                       const void *bytes, uint8_t root[32]);

// Ways to the same results.
typedef enum leafhash_kernel {
  LEAFHASH_PORTABLE,
  LEAFHASH_SHA_NI,  // the SHA extensions of x86-64
  LEAFHASH_AVX512,  // sixteen hashes at a time; single ones by SHA-NI where there is that
  LEAFHASH_ARMV8,   // the cryptography extension of ARMv8
} leafhash_kernel;

// Whether this processor has it, and the operating system lets it be used.
int leafhash_has(leafhash_kernel kernel);
// The one that all functions without `_by` use.
leafhash_kernel leafhash_best(void);
// As above, by a kernel of which `leafhash_has` says yes: for comparisons and measurements.
void leafhash_grid_root_by(leafhash_kernel kernel, const uint8_t seed[32], uint64_t count,
                           uint32_t grid, const void *bytes, size_t length, uint8_t root[32]);
void leafhash_row_root_by(leafhash_kernel kernel, const uint8_t seed[32], uint64_t count,
                          const uint32_t *lengths, const void *bytes, uint8_t root[32]);

#endif
