"""The C sources of the hash kernels and of CRC-32 where the Swift tests don't take them: under sanitizers,
and for arm64, compiled by two compilers and run in an emulator.
"""
import os, shutil, subprocess, tempfile, unittest

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HASH = os.path.join(ROOT, "Sources", "CLeafHash")
SUM = os.path.join(ROOT, "Sources", "CChecksum")
CROSS = "/usr/aarch64-linux-gnu"

# Every kernel here against the portable one, on rows in memory of exactly their length.
ROWS = r"""
#include "CLeafHash.h"
#include "CChecksum.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
int main(void) {
  srand(7);
  for (int round = 0; round < 2000; round++) {
    uint32_t lengths[300];
    int count = 1 + rand() % (round % 10 == 0 ? 300 : 40);
    int most = (int[]){30, 130, 3000}[rand() % 3];
    size_t sum = 0;
    for (int i = 0; i < count; i++) sum += lengths[i] = (uint32_t)(rand() % most);
    uint8_t *bytes = malloc(sum > 0 ? sum : 1), seed[32], expected[32], root[32];
    for (size_t i = 0; i < sum; i++) bytes[i] = (uint8_t)rand();
    for (int i = 0; i < 32; i++) seed[i] = (uint8_t)rand();
    leafhash_row_root_by(LEAFHASH_PORTABLE, seed, (uint64_t)count, lengths, bytes, expected);
    for (int kernel = 0; kernel <= LEAFHASH_ARMV8; kernel++) {
      if (!leafhash_has((leafhash_kernel)kernel)) continue;
      leafhash_row_root_by((leafhash_kernel)kernel, seed, (uint64_t)count, lengths, bytes, root);
      if (memcmp(expected, root, 32) != 0) return printf("kernel %d, %d leaves\n", kernel, count), 1;
    }
    if (sum > 0 && checksum_crc32((uint32_t)round, bytes, sum) != crc32_z((uLong)round, bytes, sum)) {
      return printf("CRC-32 of %zu bytes\n", sum), 1;
    }
    free(bytes);
  }
  return 0;
}
"""

# ARMv8's compression function against the portable one.
BLOCKS = r"""
#include "kernel.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void) {
  if (!leafhash_has(LEAFHASH_ARMV8)) return printf("no SHA-2 instructions\n"), 2;
  srand(7);
  for (int round = 0; round < 3000; round++) {
    uint32_t one[8], other[8];
    size_t count = (size_t)(1 + rand() % 5);
    uint8_t *bytes = malloc(64 * count);
    for (size_t i = 0; i < 64 * count; i++) bytes[i] = (uint8_t)rand();
    for (int i = 0; i < 8; i++) one[i] = other[i] = (uint32_t)rand() * 2654435761u;
    leafhash_blocks_portable(one, bytes, count);
    leafhash_blocks_armv8(other, bytes, count);
    if (memcmp(one, other, 32) != 0) return printf("%zu blocks\n", count), 1;
    free(bytes);
  }
  return 0;
}
"""


def sources(folder, *names):
    return [os.path.join(folder, name) for name in names]


class KernelSources(unittest.TestCase):
    def setUp(self):
        self.work = tempfile.mkdtemp(prefix="rogatory-kernels-")
        self.addCleanup(shutil.rmtree, self.work)

    def need(self, *programs):
        for program in programs:
            if shutil.which(program) is None:
                self.skipTest(f"{program} isn't installed")

    def run_command(self, command, status=0):
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.work)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr[-4000:])

    def build(self, compiler, name, text, options):
        path = os.path.join(self.work, name + ".c")
        with open(path, "w") as file:
            file.write(text)
        program = os.path.join(self.work, name)
        self.run_command([compiler, path, "-o", program, "-I" + HASH, "-I" + HASH + "/include",
                          "-I" + SUM + "/include"] + options)
        return program

    def test_nothing_is_read_or_written_beside_the_rows(self):
        self.need("clang")
        probe = subprocess.run(
            ["clang", "-fsanitize=address,undefined", "-x", "c", "-", "-o", os.path.join(self.work, "p")],
            input="int main(void) { return 0; }", text=True, capture_output=True)
        if probe.returncode != 0:
            self.skipTest("clang has no sanitizers here")
        names = [n for n in os.listdir(HASH) if n.endswith(".c")]
        program = self.build(
            "clang", "rows", ROWS,
            ["-O1", "-g", "-Wall", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
            + sources(HASH, *names) + sources(SUM, "checksum.c") + ["-lcrypto", "-lz"])
        self.run_command([program])

    def test_arm64_is_compiled(self):
        self.need("clang")
        if not os.path.isdir(CROSS + "/include"):
            self.skipTest("libc6-dev-arm64-cross isn't installed")
        # leafhash.c needs libcrypto's headers of that system.
        for path in sources(HASH, "armv8.c", "portable.c", "kernel.c"):
            self.run_command(
                ["clang", "--target=aarch64-linux-gnu", "-I" + CROSS + "/include", "-I" + HASH + "/include",
                 "-Wall", "-Werror", "-fsyntax-only", path])

    def test_arm64_gives_the_same(self):
        self.need("aarch64-linux-gnu-gcc", "qemu-aarch64")
        program = self.build(
            "aarch64-linux-gnu-gcc", "blocks", BLOCKS,
            ["-O2", "-static", "-march=armv8-a+crypto"] + sources(HASH, "armv8.c", "portable.c", "kernel.c"))
        self.run_command(["qemu-aarch64", "-cpu", "max", program])


if __name__ == "__main__":
    unittest.main()
