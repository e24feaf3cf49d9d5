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

// Compilers make one swap and one store of it.
static void put_big_endian(uint8_t *bytes, uint32_t word) {
  for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(word >> (24 - 8 * i));
}

// FIPS 180-4, 5.3.3. SHA256_Init would clear the block buffer too, which nothing below uses.
static const SHA_LONG initial[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static void start(SHA256_CTX *context) {
  memcpy(context->h, initial, sizeof initial);
  context->Nl = context->Nh = context->num = 0;
}

// Takes whole blocks in one call of the compression function.
static void take_blocks(SHA256_CTX *context, const uint8_t *blocks, size_t count) {
  if (count == 1) {
    SHA256_Transform(context, blocks);
  } else {
    // With no bytes left over from before, this hands all of them on at once.
    SHA256_Update(context, blocks, 64 * count);
  }
}

static void put_digest(const SHA256_CTX *context, uint8_t digest[32]) {
  for (int i = 0; i < 8; i++) put_big_endian(digest + 4 * i, context->h[i]);
}

// Hashes `blocks` that are padded already.
static void digest_of_blocks(const uint8_t *blocks, size_t count, uint8_t digest[32]) {
  SHA256_CTX context;
  start(&context);
  take_blocks(&context, blocks, count);
  put_digest(&context, digest);
}

// SHA-256's padding of a message of `length` bytes, of which the last `used` are in these blocks.
static void pad(uint8_t *blocks, size_t count, size_t used, uint64_t length) {
  blocks[used] = 0x80;
  memset(blocks + used + 1, 0, 64 * count - used - 9);
  put_big_endian(blocks + 64 * count - 8, (uint32_t)(length >> 29));
  put_big_endian(blocks + 64 * count - 4, (uint32_t)(length << 3));
}

void leafhash_expand(uint8_t prefix, const uint8_t seed[32], uint8_t child[32]) {
  uint8_t block[64];
  block[0] = prefix;
  memcpy(block + 1, seed, 32);
  pad(block, 1, 33, 33);
  digest_of_blocks(block, 1, child);
}

void leafhash_node(const uint8_t left[32], const uint8_t right[32], uint8_t hash[32]) {
  uint8_t blocks[128];
  blocks[0] = 0x01;
  memcpy(blocks + 1, left, 32);
  memcpy(blocks + 33, right, 32);
  pad(blocks, 2, 65, 65);
  digest_of_blocks(blocks, 2, hash);
}

// Prefix, salt and the first bytes of the chunk fill one block; the chunk's blocks follow where they
// lie, and its end is padded by hand, so no byte goes through the buffer of a running hash.
enum { SALTED = 33, FIRST_PART = 64 - SALTED };

void leafhash_leaf(const uint8_t salt[32], const void *chunk, size_t count, uint8_t hash[32]) {
  uint8_t blocks[128];
  const uint8_t *bytes = chunk;
  size_t length = SALTED + count;
  SHA256_CTX context;
  start(&context);
  blocks[0] = 0x00;
  memcpy(blocks + 1, salt, 32);
  if (count < FIRST_PART) {
    if (count > 0) memcpy(blocks + SALTED, bytes, count);
    pad(blocks, length + 9 > 64 ? 2 : 1, length, length);
    take_blocks(&context, blocks, length + 9 > 64 ? 2 : 1);
  } else {
    memcpy(blocks + SALTED, bytes, FIRST_PART);
    take_blocks(&context, blocks, 1);
    size_t whole = (count - FIRST_PART) / 64, rest = (count - FIRST_PART) % 64;
    if (whole > 0) take_blocks(&context, bytes + FIRST_PART, whole);
    if (rest > 0) memcpy(blocks, bytes + count - rest, rest);
    size_t last = rest + 9 > 64 ? 2 : 1;
    pad(blocks, last, rest, length);
    take_blocks(&context, blocks, last);
  }
  put_digest(&context, hash);
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
