// Leaves hashed per second by the kernel of Sources/CLeafHash: whole grid trees, seeds expanded,
// leaves and nodes hashed, as sealing and verifying do. Scripts/bench.sh builds and runs it.
// Prints one line for each leaf size: bytes, leaves per second, MB per second; CPU time, the best of
// five rounds; then plain SHA-256 of the same library for scale.

#include "CLeafHash.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double cpu_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// As much as the product hands to the kernel in one call.
enum { BLOCK = 64 * 1024, ROUNDS = 5 };

static double seconds_of_trees(const uint8_t *bytes, uint32_t grid, int blocks) {
  uint8_t seed[32] = {1}, root[32];
  double start = cpu_seconds();
  for (int i = 0; i < blocks; i++) {
    leafhash_grid_root(seed, BLOCK / grid, grid, bytes, BLOCK, root);
    seed[0] = root[0];
  }
  return cpu_seconds() - start;
}

static double seconds_of_sha256(const uint8_t *bytes, int blocks) {
  leafhash_sha256 state;
  uint8_t digest[32];
  double start = cpu_seconds();
  leafhash_sha256_begin(&state);
  for (int i = 0; i < blocks; i++) leafhash_sha256_update(&state, bytes, BLOCK);
  leafhash_sha256_digest(&state, digest);
  return cpu_seconds() - start;
}

int main(void) {
  static const uint32_t grids[] = {1, 16, 64, 512, 4096};
  uint8_t *bytes = malloc(BLOCK);
  if (bytes == NULL) return 1;
  for (int i = 0; i < BLOCK; i++) bytes[i] = (uint8_t)(i * 31 + i / 251);
  for (size_t g = 0; g < sizeof grids / sizeof *grids; g++) {
    // About a quarter of a second each.
    int blocks = grids[g] < 64 ? 32 * (int)grids[g] : 4096;
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
      double seconds = seconds_of_trees(bytes, grids[g], blocks);
      if (seconds < best) best = seconds;
    }
    double leaves = (double)(BLOCK / grids[g]) * blocks / best;
    printf("%u %.0f %.0f\n", grids[g], leaves, leaves * grids[g] / 1e6);
  }
  double best = 1e9;
  for (int round = 0; round < ROUNDS; round++) {
    double seconds = seconds_of_sha256(bytes, 4096);
    if (seconds < best) best = seconds;
  }
  printf("sha256 - %.0f\n", (double)BLOCK * 4096 / best / 1e6);
  free(bytes);
  return 0;
}
