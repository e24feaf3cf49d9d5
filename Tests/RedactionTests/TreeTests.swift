import Foundation
import Merkle
import Redaction
import Testing

/// Seeds, roots and views against the definition, and against the oracle's `tree.json`.
@Suite struct TreeTests {
  struct Tree: Decodable {
    var n: Int
    var seed, root, view: Hex
    var chunks, salts, leaves: [Hex]
    var cut: [Int]
  }

  @Test func treesOfTheOracle() throws {
    var count = 0
    for (_, _, trees) in try Vectors.all([Tree].self, where: { $0 == "tree.json" }) {
      for tree in trees {
        let seed = try Reference.seed(tree.seed.bytes)
        for index in 0..<tree.n {
          let salt = seed.leaf(UInt64(index), of: UInt64(tree.n))
          #expect(salt.withUnsafeBytes { Array($0) } == tree.salts[index].bytes)
        }
        let leaves = tree.chunks.map(\.bytes)
        #expect(try tableRoot(seed, leaves) == tree.root.bytes)
        #expect(Reference.root(tree.seed.bytes, leaves[...]) == tree.root.bytes)
        let view = Reference.view(tree.seed.bytes, leaves[...], without: Set(tree.cut))
        #expect(view == tree.view.bytes)
        count += 1
      }
    }
    print("redaction: \(count) trees equal")
    #expect(count > 0)
  }

  @Test(arguments: 1...65)
  func everyTreeIsTheOneThatTheDefinitionGives(count: Int) throws {
    let bytes = [UInt8](repeating: UInt8(count), count: 32)
    let seed = try Reference.seed(bytes)
    let leaves = (0..<count).map { [UInt8](repeating: UInt8($0), count: $0 * 7 % 300) }
    #expect(try tableRoot(seed, leaves) == Reference.root(bytes, leaves[...]))
    let salts = Reference.salts(bytes, count)
    for index in 0..<count {
      let salt = seed.leaf(UInt64(index), of: UInt64(count))
      #expect(salt.withUnsafeBytes { Array($0) } == salts[index])
    }
    for (grid, last) in [(1, 1), (64, 64), (64, 1), (7, 3)] {
      let leaves = (0..<count).map { index in
        [UInt8](repeating: UInt8(index), count: index == count - 1 ? last : grid)
      }
      for chunk in [1, 13, 100_000] {
        let root = try gridRoot(seed, leaves.flatMap { $0 }, grid: UInt32(grid), chunk: chunk)
        #expect(root == Reference.root(bytes, leaves[...]))
      }
    }
  }

  /// Many rows, so that two threads have some each; with leaves among them that are longer than what
  /// is hashed at once.
  @Test(arguments: [300, 2048, 5001])
  func bigTablesHashAsDefined(count: Int) throws {
    let bytes = [UInt8](repeating: 5, count: 32)
    let leaves = (0..<count).map { index in
      [UInt8](
        repeating: UInt8(truncatingIfNeeded: index),
        count: index % 1999 == 700 ? 70_000 : index * 13 % 29)
    }
    #expect(
      try tableRoot(Reference.seed(bytes), leaves) == Reference.root(bytes, leaves[...]))
  }

  /// Every length around the blocks of SHA-256 is padded by hand.
  @Test func leavesOfEveryLengthHashAsDefined() throws {
    let bytes = [UInt8](repeating: 77, count: 32)
    let seed = try Reference.seed(bytes)
    for length in 1...400 {
      let leaf = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ length) }
      let expected: [UInt8] = Reference.hash([0] + bytes + leaf)
      #expect(try gridRoot(seed, leaf, grid: UInt32(length), chunk: 97) == expected)
      #expect(try tableRoot(seed, [leaf]) == expected)
    }
  }

  @Test(arguments: [4096, 65_536, 65_537, 150_000])
  func longLeavesHashInPieces(grid: Int) throws {
    let seed = [UInt8](repeating: 9, count: 32)
    let bytes = (0..<grid * 5 + 17).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let leaves = stride(from: 0, to: bytes.count, by: grid).map { start in
      Array(bytes[start..<min(start + grid, bytes.count)])
    }
    for chunk in [999, 1 << 20] {
      let root = try gridRoot(Reference.seed(seed), bytes, grid: UInt32(grid), chunk: chunk)
      #expect(root == Reference.root(seed, leaves[...]))
    }
    #expect(try tableRoot(Reference.seed(seed), leaves) == Reference.root(seed, leaves[...]))
    let item = try SealedItem(seed: seed, mode: .grid(UInt32(grid)), leaves: leaves)
    var version = try Version(item)
    #expect(try version.check().id == item.id)
    try version.redact([contentCut(1..<2), contentCut(5..<6)])
    #expect(try version.check().id == item.id)
    #expect(version.content?.count == grid * 6)
    #expect(version.content?.suffix(grid) == ArraySlice([UInt8](repeating: 0, count: grid)))
  }

  @Test func anEmptyFileIsOneEmptyLeaf() throws {
    let bytes = [UInt8](repeating: 3, count: 32)
    let seed = try Reference.seed(bytes)
    #expect(try gridRoot(seed, [], grid: 64, chunk: 1) == Reference.root(bytes, [[]]))
    #expect(try gridRoot(seed, [], grid: 1 << 20, chunk: 1) == Reference.root(bytes, [[]]))
    #expect(try tableRoot(seed, [[]]) == Reference.root(bytes, [[]]))
  }

  @Test func hashersWantWhatWasAnnounced() throws {
    let seed = Seed.generate()
    let grid = GridHasher(seed: seed, grid: 4, byteCount: 9)
    try [UInt8](repeating: 0, count: 8).withUnsafeBytes { try grid.update($0) }
    #expect(throws: RedactionError.leaves(.count)) { try grid.finish() }
    #expect(throws: RedactionError.leaves(.count)) {
      try [UInt8](repeating: 0, count: 2).withUnsafeBytes { try grid.update($0) }
    }
    let table = LeafTreeHasher(seed: seed, leafCount: 2, lengths: lengthReader([[1, 2], [3]]))
    try [UInt8]([1, 2]).withUnsafeBytes { try table.update($0) }
    #expect(throws: RedactionError.leaves(.count)) { try table.finish() }
    try [UInt8(3)].withUnsafeBytes { try table.update($0) }
    _ = try table.finish()
    #expect(throws: RedactionError.leaves(.count)) {
      try [UInt8(4)].withUnsafeBytes { try table.update($0) }
    }
  }

  @Test func aSeedIsNotPrinted() throws {
    let seed = try Reference.seed(Array(repeating: 0xab, count: 32))
    for text in ["\(seed)", String(reflecting: seed), "\(try View(seed: seed, itemCount: 3))"] {
      #expect(!text.contains("ab") && !text.contains("171"))
    }
    var dumped = ""
    dump(seed, to: &dumped)
    #expect(!dumped.contains("171"))
    #expect(Seed.generate() != Seed.generate())
    #expect(Seed(bytes: [UInt8](repeating: 1, count: 31)) == nil)
  }

  private func tableRoot(_ seed: Seed, _ leaves: [[UInt8]]) throws -> [UInt8] {
    // In pieces of three sizes: within a leaf, some leaves at a time, many rows at a time.
    let roots = try [3, 1000, 1 << 20].map { size in
      let hasher = LeafTreeHasher(
        seed: seed, leafCount: UInt64(leaves.count), lengths: lengthReader(leaves))
      let bytes = leaves.flatMap(\.self)
      for start in stride(from: 0, to: bytes.count, by: size) {
        try bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { try hasher.update($0) }
      }
      return try hasher.finish().bytes
    }
    #expect(Set(roots).count == 1)
    return roots[0]
  }

  private func gridRoot(_ seed: Seed, _ bytes: [UInt8], grid: UInt32, chunk: Int) throws -> [UInt8]
  {
    let hasher = GridHasher(seed: seed, grid: grid, byteCount: UInt64(bytes.count))
    for start in stride(from: 0, to: bytes.count, by: chunk) {
      try bytes[start..<min(start + chunk, bytes.count)].withUnsafeBytes { try hasher.update($0) }
    }
    return try hasher.finish().bytes
  }
}
