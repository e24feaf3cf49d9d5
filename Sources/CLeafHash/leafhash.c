// SHA256_Init and its siblings are deprecated in OpenSSL 3 in favour of EVP, whose calls cost more
// than hashing a 33-byte seed does. They are part of every 3.x.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "kernel.h"

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

static leafhash_blocks_function *blocks_of_best(void) {
  return leafhash_functions_of(leafhash_best())->blocks;
}

static void put_digest(const uint32_t state[8], uint8_t digest[32]) {
  for (int i = 0; i < 8; i++) leafhash_put(digest + 4 * i, state[i]);
}

// Hashes `count` blocks that are padded already.
static void digest_of_blocks(leafhash_blocks_function *take, const uint8_t *blocks, size_t count,
                             uint8_t digest[32]) {
  uint32_t state[8];
  memcpy(state, leafhash_initial, sizeof state);
  take(state, blocks, count);
  put_digest(state, digest);
}

// SHA-256's padding of a message of `length` bytes, of which the last `used` are in these blocks.
static void pad(uint8_t *blocks, size_t count, size_t used, uint64_t length) {
  blocks[used] = 0x80;
  memset(blocks + used + 1, 0, 64 * count - used - 9);
  leafhash_put(blocks + 64 * count - 8, (uint32_t)(length >> 29));
  leafhash_put(blocks + 64 * count - 4, (uint32_t)(length << 3));
}

static void expand(leafhash_blocks_function *take, uint8_t prefix, const uint8_t seed[32],
                   uint8_t child[32]) {
  uint8_t block[64];
  block[0] = prefix;
  memcpy(block + 1, seed, 32);
  pad(block, 1, 33, 33);
  digest_of_blocks(take, block, 1, child);
}

void leafhash_expand(uint8_t prefix, const uint8_t seed[32], uint8_t child[32]) {
  expand(blocks_of_best(), prefix, seed, child);
}

void leafhash_node_by(leafhash_blocks_function *take, const uint8_t left[32],
                      const uint8_t right[32], uint8_t hash[32]) {
  uint8_t blocks[128];
  blocks[0] = 0x01;
  memcpy(blocks + 1, left, 32);
  memcpy(blocks + 33, right, 32);
  pad(blocks, 2, 65, 65);
  digest_of_blocks(take, blocks, 2, hash);
}

void leafhash_node(const uint8_t left[32], const uint8_t right[32], uint8_t hash[32]) {
  leafhash_node_by(blocks_of_best(), left, right, hash);
}

// Prefix, salt and the first bytes of the chunk fill one block; the chunk's blocks follow where they
// lie, and its end is padded by hand, so no byte goes through the buffer of a running hash.
enum { SALTED = 33, FIRST_PART = 64 - SALTED };

static void hash_leaf(leafhash_blocks_function *take, const uint8_t salt[32], const uint8_t *bytes,
                      size_t count, uint8_t hash[32]) {
  uint8_t blocks[128];
  uint32_t state[8];
  size_t length = SALTED + count;
  memcpy(state, leafhash_initial, sizeof state);
  blocks[0] = 0x00;
  memcpy(blocks + 1, salt, 32);
  if (count < FIRST_PART) {
    if (count > 0) memcpy(blocks + SALTED, bytes, count);
    pad(blocks, length + 9 > 64 ? 2 : 1, length, length);
    take(state, blocks, length + 9 > 64 ? 2 : 1);
  } else {
    memcpy(blocks + SALTED, bytes, FIRST_PART);
    take(state, blocks, 1);
    size_t whole = (count - FIRST_PART) / 64, rest = (count - FIRST_PART) % 64;
    if (whole > 0) take(state, bytes + FIRST_PART, whole);
    if (rest > 0) memcpy(blocks, bytes + count - rest, rest);
    size_t last = rest + 9 > 64 ? 2 : 1;
    pad(blocks, last, rest, length);
    take(state, blocks, last);
  }
  put_digest(state, hash);
}

void leafhash_leaf(const uint8_t salt[32], const void *chunk, size_t count, uint8_t hash[32]) {
  hash_leaf(blocks_of_best(), salt, chunk, count, hash);
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

// A row of leaves in memory: where the next one begins, and the lengths of those to come. A grid
// gives one length for all, but for what is left at its end.
typedef struct leaf_row {
  const leafhash_functions *functions;
  const uint8_t *bytes;
  const uint32_t *lengths;
  uint32_t grid;
  size_t left;
} leaf_row;

static uint32_t next_length(leaf_row *row) {
  if (row->lengths != NULL) return *row->lengths++;
  uint32_t length = row->left < row->grid ? (uint32_t)row->left : row->grid;
  row->left -= length;
  return length;
}

static void lanes_root(leaf_row *row, const uint8_t seed[32], uint32_t count, uint8_t root[32]) {
  uint32_t lengths[LEAFHASH_LANES_MAXIMUM];
  size_t sum = 0;
  for (uint32_t i = 0; i < count; i++) sum += lengths[i] = next_length(row);
  row->functions->lanes(seed, count, lengths, row->bytes, root);
  row->bytes += sum;
}

// RFC 6962's split: the left half is perfect, so lanes take nearly all.
static void row_root(leaf_row *row, const uint8_t seed[32], uint64_t count, uint8_t root[32]) {
  leafhash_blocks_function *blocks = row->functions->blocks;
  if (count == 1) {
    uint32_t length = next_length(row);
    hash_leaf(blocks, seed, row->bytes, length, root);
    row->bytes += length;
    return;
  }
  if (row->functions->lanes != NULL && count >= LEAFHASH_LANES &&
      count <= LEAFHASH_LANES_MAXIMUM && (count & (count - 1)) == 0) {
    lanes_root(row, seed, (uint32_t)count, root);
    return;
  }
  uint64_t left = (uint64_t)1 << (63 - __builtin_clzll(count - 1));
  uint8_t child[32], hashes[2][32];
  expand(blocks, 0x02, seed, child);
  row_root(row, child, left, hashes[0]);
  expand(blocks, 0x03, seed, child);
  row_root(row, child, count - left, hashes[1]);
  leafhash_node_by(blocks, hashes[0], hashes[1], root);
  leafhash_wipe(child, sizeof child);
}

void leafhash_grid_root_by(leafhash_kernel kernel, const uint8_t seed[32], uint64_t count,
                           uint32_t grid, const void *bytes, size_t length, uint8_t root[32]) {
  leaf_row row = {leafhash_functions_of(kernel), bytes, NULL, grid, length};
  row_root(&row, seed, count, root);
}

void leafhash_grid_root(const uint8_t seed[32], uint64_t count, uint32_t grid, const void *bytes,
                        size_t length, uint8_t root[32]) {
  leafhash_grid_root_by(leafhash_best(), seed, count, grid, bytes, length, root);
}

void leafhash_row_root_by(leafhash_kernel kernel, const uint8_t seed[32], uint64_t count,
                          const uint32_t *lengths, const void *bytes, uint8_t root[32]) {
  leaf_row row = {leafhash_functions_of(kernel), bytes, lengths, 0, 0};
  row_root(&row, seed, count, root);
}

void leafhash_row_root(const uint8_t seed[32], uint64_t count, const uint32_t *lengths,
                       const void *bytes, uint8_t root[32]) {
  leafhash_row_root_by(leafhash_best(), seed, count, lengths, bytes, root);
}
