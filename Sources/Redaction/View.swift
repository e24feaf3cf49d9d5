public import Merkle

/// What a bundle discloses: its tree, down to seeds of what is disclosed and hashes of what isn't.
///
/// Canonical: the same disclosure always has the same bytes. A view holds the secrets of
/// everything that it discloses, and of nothing else.
public struct View: Hashable, Sendable {
  /// The number of items, withheld ones too, at least 1.
  public let itemCount: Int
  let top: BundleNode

  /// The view that discloses everything, 54 bytes.
  ///
  /// - Parameters:
  ///   - seed: the bundle's seed.
  ///   - itemCount: 1 to ``maximumItemCount``.
  public init(seed: Seed, itemCount: Int) throws(RedactionError) {
    guard 1...Self.maximumItemCount ~= itemCount else {
      throw .view(.itemCount(UInt64(clamping: itemCount)))
    }
    self.init(top: .disclosed(seed), itemCount: itemCount)
  }

  init(top: BundleNode, itemCount: Int) {
    self.top = top
    self.itemCount = itemCount
  }

  /// The canonical bytes, `disclosure/view.bin`.
  public var bytes: [UInt8] {
    var bytes = Self.magic
    bytes.append(bigEndian: UInt32(itemCount))
    top.append(to: &bytes)
    return bytes
  }

  /// The view id that a redaction record names: SHA-256 of the bytes.
  public var id: Hash { Hash(digestOf: bytes) }

  /// What is disclosed of one item.
  public enum ItemState: Hashable, Sendable {
    /// All, under the item's seed.
    case disclosed(Seed)
    /// Nothing; the item's id, where the view doesn't give only a hash over several items.
    case withheld(Hash?)
    /// A part.
    case partial(ItemShape, header: NodeView, content: NodeView)
  }

  /// What is disclosed of item `number`, from 1 to ``itemCount``.
  public func state(ofItem number: Int) -> ItemState {
    let (node, index, count) = node(above: number)
    switch node {
    case .disclosed(let seed): return .disclosed(seed.leaf(index, of: count))
    case .withheld(let hash): return .withheld(count == 1 ? hash : nil)
    case .partial(let item):
      return .partial(item.shape, header: item.header, content: item.content)
    case .split: preconditionFailure("Redaction: a split is descended")
    }
  }

  /// Whether nothing of item `number` is disclosed: then the bundle has no file of it.
  public func isWithheld(_ number: Int) -> Bool { node(above: number).node.isWithheld }

  /// Whether a part of item `number` is withheld and a part isn't.
  public func isPartial(_ number: Int) -> Bool {
    if case .partial = node(above: number).node { true } else { false }
  }

  /// The undivided node that item `number` is below, and its place among so many items there.
  private func node(above number: Int) -> (node: BundleNode, index: UInt64, count: UInt64) {
    precondition(1...itemCount ~= number, "Redaction: no such item")
    var (node, index, count) = (top, UInt64(number - 1), UInt64(itemCount))
    while case .split(let left, let right) = node {
      let half = splitPoint(of: count)
      (node, index, count) =
        index < half ? (left, index, half) : (right, index - half, count - half)
    }
    return (node, index, count)
  }

  /// The numbers of the items of which nothing is disclosed, ascending and merged.
  public var withheldRanges: [Range<Int>] {
    var ranges: [Range<UInt64>] = []
    top.appendRanges(of: 1..<UInt64(itemCount) + 1, to: &ranges) { $0.isWithheld }
    return ranges.map { Int($0.lowerBound)..<Int($0.upperBound) }
  }

  /// The numbers of the items of which anything is disclosed, ascending and merged.
  public var shownRanges: [Range<Int>] {
    var ranges: [Range<UInt64>] = []
    top.appendRanges(of: 1..<UInt64(itemCount) + 1, to: &ranges) { !$0.isWithheld }
    return ranges.map { Int($0.lowerBound)..<Int($0.upperBound) }
  }

  /// The root of the bundle tree.
  ///
  /// - Parameter itemID: gives the id of an item of which anything is disclosed; asked for each,
  /// ascending.
  public func root<Failure: Error>(
    itemID: (Int) throws(Failure) -> Hash
  ) throws(Failure) -> Hash {
    try top.hash(of: 1..<UInt64(itemCount) + 1, itemID: itemID)
  }

  /// The view after a step, which gave these items the states that ``RedactedItem/state`` tells.
  public func applying(_ states: [Int: ItemState]) throws(RedactionError) -> View {
    for (number, state) in states {
      guard 1...itemCount ~= number, BundleNode(state) != nil else {
        throw .view(.state(item: number))
      }
      guard !isWithheld(number) else { throw .account(.notWithheld, item: number) }
    }
    let numbers = states.keys.sorted()[...]
    let view = View(
      top: top.applying(states, numbers, in: 1..<UInt64(itemCount) + 1), itemCount: itemCount)
    // No reader of ours would take a longer one.
    let byteCount = view.bytes.count
    guard byteCount <= Self.maximumByteCount else { throw .view(.tooLong(byteCount)) }
    return view
  }

  /// Views are held in memory: this is two million seeds and hashes, some 200,000 single leaves cut
  /// out of a long text.
  public static let maximumByteCount = 64 << 20
  /// More items than any container we accept has entries; bounds the work that 54 bytes can ask
  /// for.
  public static let maximumItemCount = 1 << 20
  static let magic = Array("evidence-view/v1\n".utf8)
}
