/// A proof that one leaf is contained in the tree with a given root.
///
/// RFC 6962, section 2.1.1, calls this a *Merkle audit path*. Hashes run from the leaf's sibling
/// towards the root.
public struct InclusionProof: Hashable, Sendable {
  /// The siblings, lowest first.
  public var path: [Hash]

  /// A proof made of `path`, not checked yet.
  public init(path: [Hash]) {
    self.path = path
  }

  /// Checks that leaf number `index` of the tree of `size` leaves and root `root` is `leaf`.
  public func check(
    leaf: Hash, index: UInt64, size: UInt64, root: Hash
  ) throws(MerkleError) {
    guard try impliedRoot(leaf: leaf, index: index, size: size) == root else { throw .proofFailed }
  }

  /// The root that the path leads to, RFC 9162, section 2.1.3.2.
  ///
  /// Throws when a path for this index and size would have another length. The loop runs once for
  /// each hash, and ends with an error after 64 at most, since `last` has no more bits.
  public func impliedRoot(
    leaf: Hash, index: UInt64, size: UInt64
  ) throws(MerkleError) -> Hash {
    guard index < size else { throw .proofFailed }
    var climb = Climb(node: index, last: size - 1)
    var root = leaf
    for sibling in path {
      switch try climb.step() {
      case .siblingIsLeft: root = Hash(left: sibling, right: root)
      case .siblingIsRight: root = Hash(left: root, right: sibling)
      }
    }
    guard climb.isAtTop else { throw .proofFailed }
    return root
  }
}

/// A proof that one tree is the beginning of another.
///
/// RFC 6962, section 2.1.2.
public struct ConsistencyProof: Hashable, Sendable {
  /// The hashes in the order of RFC 6962.
  public var path: [Hash]

  /// A proof made of `path`, not checked yet.
  public init(path: [Hash]) {
    self.path = path
  }

  /// Checks that the tree of `oldSize` leaves and `oldRoot` begins the one of `newSize` leaves.
  ///
  /// RFC 9162, section 2.1.4.2. From size 0 is refused: every tree continues the empty one, so such
  /// a proof would prove nothing.
  public func check(
    from oldSize: UInt64, root oldRoot: Hash, to newSize: UInt64, root newRoot: Hash
  ) throws(MerkleError) {
    guard 0 < oldSize, oldSize <= newSize else { throw .proofFailed }
    if oldSize == newSize {
      guard path.isEmpty, oldRoot == newRoot else { throw .proofFailed }
      return
    }
    // A complete old tree is itself the first hash, and is left out of the proof.
    let isComplete = oldSize & (oldSize - 1) == 0
    guard let start = isComplete ? oldRoot : path.first else { throw .proofFailed }
    var climb = Climb(node: oldSize - 1, last: newSize - 1)
    climb.skipCompleteSubtree()
    var (old, new) = (start, start)
    for hash in isComplete ? path[...] : path.dropFirst() {
      switch try climb.step() {
      case .siblingIsLeft:
        old = Hash(left: hash, right: old)
        new = Hash(left: hash, right: new)
      case .siblingIsRight:
        new = Hash(left: new, right: hash)
      }
    }
    guard climb.isAtTop, old == oldRoot, new == newRoot else { throw .proofFailed }
  }
}

/// The way from a node to the root, as `fn` and `sn` of RFC 9162 walk it.
private struct Climb {
  enum Step { case siblingIsLeft, siblingIsRight }

  var node: UInt64
  var last: UInt64

  var isAtTop: Bool { last == 0 }

  /// Goes one hash up.
  mutating func step() throws(MerkleError) -> Step {
    guard last != 0 else { throw .proofFailed }
    defer {
      node >>= 1
      last >>= 1
    }
    guard node & 1 == 1 || node == last else { return .siblingIsRight }
    // At the right edge, levels where the node has no sibling pass without a hash. `last` is not 0,
    // so a node without an odd bit below is 0 and smaller than it: the count is below 64.
    if node & 1 == 0 {
      let levels = UInt64(node.trailingZeroBitCount)
      node >>= levels
      last >>= levels
    }
    return .siblingIsLeft
  }

  /// Starts at the largest complete subtree that ends with the node.
  mutating func skipCompleteSubtree() {
    let levels = UInt64((~node).trailingZeroBitCount)
    node >>= levels
    last >>= levels
  }
}
