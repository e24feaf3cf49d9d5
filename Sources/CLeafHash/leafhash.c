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

// A leaf's message: blocks that begin with prefix and salt, blocks of the chunk where they lie, and
// blocks with its end and the padding. So no byte goes through the buffer of a running hash.
typedef struct leaf_message {
  uint8_t first[128], last[128];
  const uint8_t *middle;
  size_t first_count, middle_count, last_count;
} leaf_message;

enum { SALTED = 33, FIRST_PART = 64 - SALTED };

// From this length on pairs were measured to be faster than lanes.
enum { LONG_LEAF = 1024 };

static void begin_leaf_message(leaf_message *message, const uint8_t salt[32], const uint8_t *bytes,
                               size_t count) {
  size_t length = SALTED + count;
  message->first[0] = 0x00;
  memcpy(message->first + 1, salt, 32);
  message->middle = bytes;
  message->middle_count = message->last_count = 0;
  if (count < FIRST_PART) {
    if (count > 0) memcpy(message->first + SALTED, bytes, count);
    message->first_count = length + 9 > 64 ? 2 : 1;
    pad(message->first, message->first_count, length, length);
  } else {
    memcpy(message->first + SALTED, bytes, FIRST_PART);
    message->first_count = 1;
    size_t rest = (count - FIRST_PART) % 64;
    message->middle += FIRST_PART;
    message->middle_count = (count - FIRST_PART) / 64;
    if (rest > 0) memcpy(message->last, bytes + count - rest, rest);
    message->last_count = rest + 9 > 64 ? 2 : 1;
    pad(message->last, message->last_count, rest, length);
  }
}

static void hash_leaf(leafhash_blocks_function *take, const uint8_t salt[32], const uint8_t *bytes,
                      size_t count, uint8_t hash[32]) {
  leaf_message message;
  uint32_t state[8];
  begin_leaf_message(&message, salt, bytes, count);
  memcpy(state, leafhash_initial, sizeof state);
  take(state, message.first, message.first_count);
  if (message.middle_count > 0) take(state, message.middle, message.middle_count);
  if (message.last_count > 0) take(state, message.last, message.last_count);
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

static void expand_both(const leafhash_functions *functions, const uint8_t seed[32],
                        uint8_t children[2][32]) {
  if (functions->pair == NULL) {
    expand(functions->blocks, 0x02, seed, children[0]);
    expand(functions->blocks, 0x03, seed, children[1]);
    return;
  }
  uint8_t block[2][64];
  uint32_t state[2][8];
  for (int i = 0; i < 2; i++) {
    block[i][0] = (uint8_t)(0x02 + i);
    memcpy(block[i] + 1, seed, 32);
    pad(block[i], 1, 33, 33);
    memcpy(state[i], leafhash_initial, sizeof state[i]);
  }
  functions->pair(state[0], block[0], state[1], block[1], 1);
  for (int i = 0; i < 2; i++) put_digest(state[i], children[i]);
  leafhash_wipe(block, sizeof block);
}

static void take_both(const leafhash_functions *functions, uint32_t state[2][8],
                      const uint8_t *first, size_t first_count, const uint8_t *second,
                      size_t second_count) {
  size_t common = first_count < second_count ? first_count : second_count;
  if (common > 0) functions->pair(state[0], first, state[1], second, common);
  if (first_count > common) {
    functions->blocks(state[0], first + 64 * common, first_count - common);
  }
  if (second_count > common) {
    functions->blocks(state[1], second + 64 * common, second_count - common);
  }
}

static void hash_two_leaves(leaf_row *row, const uint8_t salts[2][32], uint8_t hashes[2][32]) {
  leaf_message message[2];
  uint32_t state[2][8];
  for (int i = 0; i < 2; i++) {
    uint32_t length = next_length(row);
    begin_leaf_message(&message[i], salts[i], row->bytes, length);
    memcpy(state[i], leafhash_initial, sizeof state[i]);
    row->bytes += length;
  }
  take_both(row->functions, state, message[0].first, message[0].first_count, message[1].first,
            message[1].first_count);
  take_both(row->functions, state, message[0].middle, message[0].middle_count, message[1].middle,
            message[1].middle_count);
  take_both(row->functions, state, message[0].last, message[0].last_count, message[1].last,
            message[1].last_count);
  for (int i = 0; i < 2; i++) put_digest(state[i], hashes[i]);
}

// Whether the next `count` leaves go through the lanes: where pairs are to be had, long ones don't,
// since SHA instructions on two messages at once are faster than vectors on sixteen.
static int go_through_lanes(const leaf_row *row, uint64_t count) {
  if (row->functions->lanes == NULL || count < LEAFHASH_LANES || count > LEAFHASH_LANES_MAXIMUM ||
      (count & (count - 1)) != 0) {
    return 0;
  }
  if (row->functions->pair == NULL) return 1;
  if (row->lengths == NULL) return row->grid < LONG_LEAF;
  uint64_t sum = 0;
  for (uint64_t i = 0; i < count; i++) sum += row->lengths[i];
  return sum < LONG_LEAF * count;
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
  if (go_through_lanes(row, count)) {
    lanes_root(row, seed, (uint32_t)count, root);
    return;
  }
  uint64_t left = (uint64_t)1 << (63 - __builtin_clzll(count - 1));
  uint8_t children[2][32], hashes[2][32];
  expand_both(row->functions, seed, children);
  if (count == 2 && row->functions->pair != NULL) {
    hash_two_leaves(row, children, hashes);
  } else {
    row_root(row, children[0], left, hashes[0]);
    row_root(row, children[1], count - left, hashes[1]);
  }
  leafhash_node_by(blocks, hashes[0], hashes[1], root);
  leafhash_wipe(children, sizeof children);
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
