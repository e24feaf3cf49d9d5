// SHA256_Init and its siblings are deprecated in OpenSSL 3 in favour of EVP, whose calls cost more
// than hashing a 33-byte seed does. They are part of every 3.x.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "CLeafHash.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

_Static_assert(sizeof(leafhash_sha256) == sizeof(SHA256_CTX), "the memory of SHA256_CTX");

void leafhash_sha256_begin(leafhash_sha256 *state) {
  SHA256_CTX context;
  SHA256_Init(&context);
  memcpy(state, &context, sizeof context);
}

void leafhash_sha256_update(leafhash_sha256 *state, const void *bytes, size_t count) {
  SHA256_CTX context;
  memcpy(&context, state, sizeof context);
  SHA256_Update(&context, bytes, count);
  memcpy(state, &context, sizeof context);
}

void leafhash_sha256_digest(const leafhash_sha256 *state, uint8_t digest[32]) {
  SHA256_CTX context;
  memcpy(&context, state, sizeof context);
  SHA256_Final(digest, &context);
}

static void put_big_endian(uint8_t *bytes, uint32_t word) {
  for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(word >> (24 - 8 * i));
}

// Hashes `blocks` that are padded already: one call each of the compression function.
static void digest_of_blocks(const uint8_t *blocks, size_t count, uint8_t digest[32]) {
  SHA256_CTX context;
  SHA256_Init(&context);
  for (size_t i = 0; i < count; i++) SHA256_Transform(&context, blocks + 64 * i);
  for (int i = 0; i < 8; i++) put_big_endian(digest + 4 * i, context.h[i]);
}

// SHA-256's padding of a message of `length` bytes (below 2^28) that ends in the last of `count`
// blocks.
static void pad(uint8_t *blocks, size_t count, size_t length) {
  blocks[length] = 0x80;
  memset(blocks + length + 1, 0, 64 * count - length - 1);
  put_big_endian(blocks + 64 * count - 4, (uint32_t)length * 8);
}

void leafhash_expand(uint8_t prefix, const uint8_t seed[32], uint8_t child[32]) {
  uint8_t block[64];
  block[0] = prefix;
  memcpy(block + 1, seed, 32);
  pad(block, 1, 33);
  digest_of_blocks(block, 1, child);
}

void leafhash_node(const uint8_t left[32], const uint8_t right[32], uint8_t hash[32]) {
  uint8_t blocks[128];
  blocks[0] = 0x01;
  memcpy(blocks + 1, left, 32);
  memcpy(blocks + 33, right, 32);
  pad(blocks, 2, 65);
  digest_of_blocks(blocks, 2, hash);
}

// Chunks up to this length are padded by hand: four blocks with prefix and salt.
enum { SHORT_CHUNK = 4 * 64 - 33 - 9 };

void leafhash_leaf(const uint8_t salt[32], const void *chunk, size_t count, uint8_t hash[32]) {
  if (count <= SHORT_CHUNK) {
    uint8_t blocks[4 * 64];
    size_t length = 33 + count, block_count = (length + 9 + 63) / 64;
    blocks[0] = 0x00;
    memcpy(blocks + 1, salt, 32);
    if (count > 0) memcpy(blocks + 33, chunk, count);
    pad(blocks, block_count, length);
    digest_of_blocks(blocks, block_count, hash);
  } else {
    leafhash_sha256 state;
    leafhash_leaf_begin(&state, salt);
    leafhash_sha256_update(&state, chunk, count);
    leafhash_sha256_digest(&state, hash);
  }
}

void leafhash_leaf_begin(leafhash_sha256 *state, const uint8_t salt[32]) {
  uint8_t start[33];
  start[0] = 0x00;
  memcpy(start + 1, salt, 32);
  leafhash_sha256_begin(state);
  leafhash_sha256_update(state, start, sizeof start);
}

void leafhash_wipe(void *bytes, size_t count) { OPENSSL_cleanse(bytes, count); }

void leafhash_tree_begin(leafhash_tree *tree, const uint8_t seed[32], uint64_t count) {
  tree->todo_count = 1;
  tree->done_count = 0;
  tree->todo[0].count = count;
  memcpy(tree->todo[0].seed, seed, 32);
}

uint64_t leafhash_tree_next(leafhash_tree *tree, uint64_t limit, uint8_t seed[32]) {
  if (tree->todo_count == 0) return 0;
  leafhash_subtree *top = &tree->todo[tree->todo_count - 1];
  while (top->count > limit) {
    uint64_t left = (uint64_t)1 << (63 - __builtin_clzll(top->count - 1));
    uint64_t right = top->count - left;
    leafhash_expand(0x03, top->seed, (top + 1)->seed);
    (top + 1)->count = right;
    leafhash_expand(0x02, top->seed, (top + 2)->seed);
    (top + 2)->count = left;
    top->count = 0;
    top += 2;
    tree->todo_count += 2;
  }
  memcpy(seed, top->seed, 32);
  return top->count;
}

void leafhash_tree_add(leafhash_tree *tree, const uint8_t hash[32]) {
  memcpy(tree->done[tree->done_count++], hash, 32);
  tree->todo_count--;
  while (tree->todo_count > 0 && tree->todo[tree->todo_count - 1].count == 0) {
    uint8_t *left = tree->done[tree->done_count - 2], *right = tree->done[tree->done_count - 1];
    leafhash_node(left, right, left);
    tree->done_count--;
    tree->todo_count--;
  }
}

void leafhash_tree_root(const leafhash_tree *tree, uint8_t root[32]) {
  memcpy(root, tree->done[0], 32);
}

void leafhash_grid_root(const uint8_t seed[32], uint64_t count, uint32_t grid, const void *bytes,
                        size_t length, uint8_t root[32]) {
  leafhash_tree tree;
  uint8_t salt[32], hash[32];
  const uint8_t *next = bytes;
  leafhash_tree_begin(&tree, seed, count);
  while (leafhash_tree_next(&tree, 1, salt) != 0) {
    size_t size = length < grid ? length : grid;
    leafhash_leaf(salt, next, size, hash);
    leafhash_tree_add(&tree, hash);
    next += size;
    length -= size;
  }
  leafhash_tree_root(&tree, root);
  leafhash_wipe(&tree, sizeof tree);
  leafhash_wipe(salt, sizeof salt);
}
