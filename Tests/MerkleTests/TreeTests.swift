import Merkle
import Testing

@Suite struct TreeTests {
  /// The definition of RFC 6962, section 2.1, by itself: slow, and nothing shared with the module.
  static func root(_ leaves: ArraySlice<Hash>) -> Hash {
    guard let first = leaves.first else { return .emptyTree }
    if leaves.count == 1 { return first }
    var k = 1
    while 2 * k < leaves.count { k *= 2 }
    let middle = leaves.startIndex + k
    return Hash(left: root(leaves[..<middle]), right: root(leaves[middle...]))
  }

  static let leaves = (0..<65).map { Hash(leaf: Array("leaf \($0)".utf8)) }

  static func stored(_ level: Int, _ index: UInt64) -> Hash {
    let start = Int(index) << level
    return root(leaves[start..<start + 1 << level])
  }

  @Test func hashesOfTheEmptyTreeAndOfKnownLeaves() {
    #expect(Hash.emptyTree.base64 == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    // RFC 6962's leaf without content, as transparency-dev's test data has it.
    #expect(Hash(leaf: [] as [UInt8]).base64 == "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=")
    #expect(Hash(leaf: "a".utf8) == Hash(leaf: [0x61] as [UInt8]))
  }

  @Test func splitPointsAreTheLargestPowersBelow() {
    #expect([2, 3, 4, 5, 8, 9].map(splitPoint(of:)) == [1, 2, 2, 4, 4, 8])
    #expect(splitPoint(of: .max) == 1 << 63)
  }

  @Test(arguments: 0...65)
  func aGrowingTreeHasTheDefinedRootAndNodes(size: Int) throws {
    var tree = CompactTree()
    for leaf in Self.leaves[..<size] {
      tree.append(leaf: leaf) { #expect(Self.stored($0, $1) == $2) }
    }
    let root = Self.root(Self.leaves[..<size])
    #expect(tree.root == root)
    #expect(treeRoot(size: UInt64(size), hash: Self.stored) == root)
    #expect(CompactTree(size: tree.size, edge: tree.edge) == tree)
    #expect(CompactTree(size: tree.size, edge: tree.edge + [root]) == nil)
  }

  @Test(arguments: 1...65)
  func everyLeafProvesAndNoBrokenProofDoes(size: Int) throws {
    let root = Self.root(Self.leaves[..<size])
    for index in 0..<size {
      let (leaf, i, n) = (Self.leaves[index], UInt64(index), UInt64(size))
      let proof = inclusionProof(index: i, size: n, hash: Self.stored)
      try proof.check(leaf: leaf, index: i, size: n, root: root)
      for broken in mutations(of: proof.path) {
        #expect(throws: MerkleError.proofFailed) {
          try InclusionProof(path: broken).check(leaf: leaf, index: i, size: n, root: root)
        }
      }
      for other in 0..<UInt64(size) where other != i {
        #expect(throws: MerkleError.proofFailed) {
          try proof.check(leaf: leaf, index: other, size: n, root: root)
        }
      }
    }
  }

  @Test(arguments: 1...65)
  func everyBeginningIsConsistentAndNoBrokenProofIs(new: Int) throws {
    let newRoot = Self.root(Self.leaves[..<new])
    for old in 1...new {
      let (m, n) = (UInt64(old), UInt64(new))
      let oldRoot = Self.root(Self.leaves[..<old])
      let proof = consistencyProof(from: m, to: n, hash: Self.stored)
      try proof.check(from: m, root: oldRoot, to: n, root: newRoot)
      for broken in mutations(of: proof.path) {
        #expect(throws: MerkleError.proofFailed) {
          try ConsistencyProof(path: broken).check(from: m, root: oldRoot, to: n, root: newRoot)
        }
      }
      if old < new {
        #expect(throws: MerkleError.proofFailed) {
          try proof.check(from: m, root: newRoot, to: n, root: oldRoot)
        }
      }
    }
  }

  @Test func sizesAtTheEndOfTheNumberRangeOnlyThrow() {
    let path = Array(repeating: Hash.emptyTree, count: 70)
    for count in 0...70 {
      let sizes: [(UInt64, UInt64)] = [(0, .max), (.max - 1, .max), (.max, .max), (1 << 63, .max)]
      for (a, b) in sizes {
        let (p, root) = (Array(path[..<count]), Hash.emptyTree)
        #expect(throws: MerkleError.proofFailed) {
          try InclusionProof(path: p).check(leaf: root, index: a, size: b, root: root)
        }
        if a < b {
          #expect(throws: MerkleError.proofFailed) {
            try ConsistencyProof(path: p).check(from: a, root: root, to: b, root: root)
          }
        }
      }
    }
  }

  private func mutations(of path: [Hash]) -> [[Hash]] {
    let other = Hash(leaf: "other".utf8)
    let changed = path.indices.map { i in
      var copy = path
      copy[i] = other
      return copy
    }
    return changed + [path + [other], [other] + path] + (path.isEmpty ? [] : [path.dropLast()])
  }
}
