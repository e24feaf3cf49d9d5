import CLeafHash
import SeededNumbers
import Testing

/// All kernels that this processor has give the same roots as a naive walk with libcrypto's SHA-256.
struct KernelTests {
  private static let all = [LEAFHASH_PORTABLE, LEAFHASH_SHA_NI, LEAFHASH_AVX512, LEAFHASH_ARMV8]
  private static let kernels = all.filter { leafhash_has($0) != 0 }

  private let seed: [UInt8]
  private let bytes: [UInt8]
  private var random: SplitMix64

  init() {
    random = SplitMix64(seed: 7)
    var random = random
    seed = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
    bytes = (0..<300 * 300).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 8) }
  }

  @Test func oneOfThemIsTheBest() {
    #expect(Self.kernels.contains(leafhash_best()))
    print("hash kernels here: \(Self.kernels.map(\.rawValue)), best \(leafhash_best().rawValue)")
  }

  /// Every number of leaves up to 300, with lengths at the edges of SHA-256's blocks.
  @Test(arguments: 1...300)
  func rows(count: Int) {
    let edges: [UInt32] = [0, 1, 21, 22, 23, 30, 31, 32, 86, 87, 94, 95, 96]
    let lengths = (0..<count).map { edges[($0 * 7 + count) % edges.count] }
    let expected = naive(lengths)
    for kernel in Self.kernels { #expect(row(lengths, kernel) == expected, "\(kernel)") }
  }

  /// Every size of a leaf up to 300, in trees with full and broken rows of lanes.
  @Test(arguments: 1...300)
  func grids(size: Int) {
    for count in [1, 15, 16, 17, 47, 64, 300] {
      let last = 1 + (size * count) % size
      let lengths = [UInt32](repeating: UInt32(size), count: count - 1) + [UInt32(last)]
      let expected = naive(lengths)
      let total = size * (count - 1) + last
      for kernel in Self.kernels {
        var root = [UInt8](repeating: 0, count: 32)
        leafhash_grid_root_by(
          kernel, seed, UInt64(count), UInt32(size), bytes, total, &root)
        #expect(root == expected, "\(kernel), \(count) leaves")
      }
    }
  }

  @Test func bigRandomRows() {
    var random = random
    for _ in 0..<20 {
      let count = Int.random(in: 1...3000, using: &random)
      let lengths = (0..<count).map { _ in UInt32.random(in: 0...29, using: &random) }
      let expected = naive(lengths)
      for kernel in Self.kernels { #expect(row(lengths, kernel) == expected, "\(count) leaves") }
    }
  }

  private func row(_ lengths: [UInt32], _ kernel: leafhash_kernel) -> [UInt8] {
    var root = [UInt8](repeating: 0, count: 32)
    // As long as it must be, so that a sanitizer sees a byte too many.
    let row = Array(bytes[..<Int(lengths.reduce(0, +))])
    leafhash_row_root_by(kernel, seed, UInt64(lengths.count), lengths, row, &root)
    return root
  }

  private func naive(_ lengths: [UInt32]) -> [UInt8] {
    var start = 0
    let leaves = lengths.map { length in
      defer { start += Int(length) }
      return bytes[start..<start + Int(length)]
    }
    return root(seed, leaves[...])
  }

  private func root(_ seed: [UInt8], _ leaves: ArraySlice<ArraySlice<UInt8>>) -> [UInt8] {
    guard leaves.count > 1, let first = leaves.indices.first else {
      return sha256([0] + seed + (leaves.first ?? []))
    }
    var half = 1
    while 2 * half < leaves.count { half *= 2 }
    let left = root(sha256([2] + seed), leaves[..<(first + half)])
    return sha256([1] + left + root(sha256([3] + seed), leaves[(first + half)...]))
  }

  private func sha256(_ message: [UInt8]) -> [UInt8] {
    var state = leafhash_sha256()
    var digest = [UInt8](repeating: 0, count: 32)
    leafhash_sha256_begin(&state)
    leafhash_sha256_update(&state, message, message.count)
    leafhash_sha256_digest(&state, &digest)
    return digest
  }
}
