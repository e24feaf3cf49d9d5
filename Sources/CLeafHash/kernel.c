#include "kernel.h"

#include <stdatomic.h>

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

const uint32_t leafhash_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

const uint32_t leafhash_initial[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

// What this processor has, a bit for each kernel.
#if defined(__x86_64__)

// The instructions are told by CPUID; that the operating system keeps the wide registers, by XCR0,
// which is asked for with them.
static int has_shani(void) {
  unsigned eax, ebx, ecx, edx;
  __asm__("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "a"(0), "c"(0));
  if (eax < 7) return 0;
  __asm__("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "a"(7), "c"(0));
  return (ebx >> 29 & 1) != 0 && __builtin_cpu_supports("sse4.1");
}

static unsigned ask_processor(void) {
  unsigned found = 1u << LEAFHASH_PORTABLE;
  if (has_shani()) found |= 1u << LEAFHASH_SHA_NI;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl")) {
    found |= 1u << LEAFHASH_AVX512;
  }
  return found;
}

#elif defined(__aarch64__)

static unsigned ask_processor(void) {
  unsigned found = 1u << LEAFHASH_PORTABLE;
#if defined(__linux__)
  // HWCAP_SHA2, <asm/hwcap.h>
  if ((getauxval(AT_HWCAP) >> 6 & 1) != 0) found |= 1u << LEAFHASH_ARMV8;
#else
  found |= 1u << LEAFHASH_ARMV8;
#endif
  return found;
}

#else

static unsigned ask_processor(void) { return 1u << LEAFHASH_PORTABLE; }

#endif

// Asked once: in a virtual machine each CPUID goes through the hypervisor and takes as long as a
// hundred compressions. Several threads may ask at once; they find the same.
static unsigned kernels(void) {
  static _Atomic unsigned known = 0;
  unsigned found = atomic_load_explicit(&known, memory_order_relaxed);
  if (found == 0) {
    found = ask_processor();
    atomic_store_explicit(&known, found, memory_order_relaxed);
  }
  return found;
}

int leafhash_has(leafhash_kernel kernel) {
  return kernel <= LEAFHASH_ARMV8 && (kernels() >> kernel & 1) != 0;
}

const leafhash_functions *leafhash_functions_of(leafhash_kernel kernel) {
  static const leafhash_functions portable = {leafhash_blocks_portable, NULL, NULL};
#if defined(__x86_64__)
  // What is not worth sixteen lanes goes one by one or in pairs, with SHA-NI where there is that too.
  static const leafhash_functions shani = {leafhash_blocks_shani, leafhash_pair_shani, NULL};
  static const leafhash_functions avx512 = {leafhash_blocks_portable, NULL, leafhash_lanes_avx512};
  static const leafhash_functions both = {leafhash_blocks_shani, leafhash_pair_shani,
                                          leafhash_lanes_avx512};
  if (kernel == LEAFHASH_SHA_NI) return &shani;
  if (kernel == LEAFHASH_AVX512) return leafhash_has(LEAFHASH_SHA_NI) ? &both : &avx512;
#elif defined(__aarch64__)
  static const leafhash_functions armv8 = {leafhash_blocks_armv8, NULL, NULL};
  if (kernel == LEAFHASH_ARMV8) return &armv8;
#endif
  return &portable;
}

leafhash_kernel leafhash_best(void) {
  if (leafhash_has(LEAFHASH_AVX512)) return LEAFHASH_AVX512;
  if (leafhash_has(LEAFHASH_SHA_NI)) return LEAFHASH_SHA_NI;
  if (leafhash_has(LEAFHASH_ARMV8)) return LEAFHASH_ARMV8;
  return LEAFHASH_PORTABLE;
}
