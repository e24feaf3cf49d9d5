/// A growing tree of which only the right edge is kept: at most 64 hashes, whatever its size.
public struct CompactTree: Hashable, Sendable {
  /// The number of leaves.
  public private(set) var size: UInt64 = 0

  /// The roots of the complete subtrees that make up the tree, largest (leftmost) first.
  ///
  /// One for each bit that is set in `size`.
  public private(set) var edge: [Hash] = []

  /// The tree without leaves.
  public init() {}

  /// The tree of `size` leaves with that edge, or nothing when the edge has the wrong length.
  public init?(size: UInt64, edge: [Hash]) {
    guard edge.count == size.nonzeroBitCount else { return nil }
    self.size = size
    self.edge = edge
  }

  /// Appends a leaf.
  public mutating func append(leaf: Hash) {
    append(leaf: leaf) { _, _, _ in }
  }

  /// Appends a leaf, and names each hash of a complete subtree that this fixes.
  ///
  /// `store(level, index, hash)` is called for the leaf (level 0), then upwards.
  public mutating func append(
    leaf: Hash, store: (Int, UInt64, Hash) throws -> Void
  ) rethrows {
    // A tree of 2^64 - 1 leaves is never reached: at 10⁹ a second that takes 584 years.
    precondition(size < .max, "Merkle: the tree is full")
    try store(0, size, leaf)
    var hash = leaf
    for level in 0..<(~size).trailingZeroBitCount {
      guard let left = edge.popLast() else { preconditionFailure("Merkle: edge shorter than size") }
      hash = Hash(left: left, right: hash)
      try store(level + 1, size >> UInt64(level + 1), hash)
    }
    edge.append(hash)
    size += 1
  }

  /// The root of the tree.
  public var root: Hash {
    guard var root = edge.last else { return .emptyTree }
    for left in edge.dropLast().reversed() { root = Hash(left: left, right: root) }
    return root
  }
}
