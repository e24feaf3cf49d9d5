public import Merkle

/// What a header tree or a content tree discloses.
///
/// Canonical views only: no split of two disclosed or two withheld halves, so that the view of a
/// set of leaves doesn't tell in which steps they were withheld.
public indirect enum NodeView: Hashable, Sendable {
  /// Everything below is disclosed, under this seed.
  case disclosed(Seed)
  /// Everything below is withheld.
  case withheld(Hash)
  /// The halves differ.
  case split(NodeView, NodeView)

  /// The ranges of withheld leaves, ascending and merged.
  ///
  /// - Parameter count: the number of leaves of the tree.
  public func gaps(count: UInt64) -> [Range<UInt64>] {
    var gaps: [Range<UInt64>] = []
    appendGaps(of: 0..<count, to: &gaps)
    return gaps
  }

  private func appendGaps(of range: Range<UInt64>, to gaps: inout [Range<UInt64>]) {
    switch self {
    case .disclosed: break
    case .withheld: gaps.appendMerging(range)
    case .split(let left, let right):
      let (first, second) = range.halves
      left.appendGaps(of: first, to: &gaps)
      right.appendGaps(of: second, to: &gaps)
    }
  }

  var isWhollyDisclosed: Bool { if case .disclosed = self { true } else { false } }
  var isWhollyWithheld: Bool { if case .withheld = self { true } else { false } }

  /// The view above two halves: two withheld ones become one.
  static func join(_ left: NodeView, _ right: NodeView) -> NodeView {
    if case .withheld(let one) = left, case .withheld(let other) = right {
      return .withheld(nodeHash(one, other))
    }
    return .split(left, right)
  }

  /// The two halves; `self` isn't withheld.
  var halves: (NodeView, NodeView) {
    switch self {
    case .disclosed(let seed): (.disclosed(seed.left), .disclosed(seed.right))
    case .split(let left, let right): (left, right)
    case .withheld: preconditionFailure("Redaction: nothing is known below a withheld node")
    }
  }

  /// The root of a tree whose disclosed leaves are in memory.
  ///
  /// - Parameter leaves: the disclosed leaves, ascending; as many as the view discloses.
  func root(count: UInt64, leaves: inout ArraySlice<[UInt8]>) -> Hash {
    switch self {
    case .withheld(let hash): return hash
    case .disclosed(let seed):
      defer { leaves = leaves.dropFirst(Int(count)) }
      return leafRoot(seed: seed, leaves: leaves.prefix(Int(count)))
    case .split(let left, let right):
      let half = splitPoint(of: count)
      let one = left.root(count: half, leaves: &leaves)
      return nodeHash(one, right.root(count: count - half, leaves: &leaves))
    }
  }

  /// The view after the leaves in `cuts` go as well, where all leaves are in memory.
  ///
  /// - Parameters:
  ///   - range: the positions of the tree's leaves.
  ///   - cuts: ascending, merged.
  ///   - leaf: gives a disclosed leaf by its position.
  func withholding(
    _ cuts: [Range<UInt64>], in range: Range<UInt64>, leaf: (UInt64) -> [UInt8]
  ) -> NodeView {
    let cover = cuts.cover(of: range)
    switch self {
    case .withheld: return self
    case _ where cover == .none: return self
    case .disclosed(let seed) where cover == .all:
      return .withheld(leafRoot(seed: seed, leaves: range.map(leaf)[...]))
    default:
      let (first, second) = range.halves
      let (left, right) = halves
      return .join(
        left.withholding(cuts, in: first, leaf: leaf),
        right.withholding(cuts, in: second, leaf: leaf))
    }
  }

  /// The bytes of the node and everything below it, in preorder.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return bytes
  }

  func append(to bytes: inout [UInt8]) {
    switch self {
    case .split(let left, let right):
      bytes.append(NodeKind.split)
      left.append(to: &bytes)
      right.append(to: &bytes)
    case .disclosed(let seed):
      bytes.append(NodeKind.disclosed)
      seed.withUnsafeBytes { bytes.append(contentsOf: $0) }
    case .withheld(let hash):
      bytes.append(NodeKind.withheld)
      bytes += hash.bytes
    }
  }
}

/// The first byte of a node of a view.
enum NodeKind {
  static let split: UInt8 = 0
  static let disclosed: UInt8 = 1
  static let withheld: UInt8 = 2
  static let partial: UInt8 = 3
}
