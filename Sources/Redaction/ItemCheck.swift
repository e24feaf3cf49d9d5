public import Merkle

/// What the check of one item gives; the item is the sealed one if the bundle's root is.
public struct CheckedItem: Hashable, Sendable {
  /// The item's leaf of the bundle tree.
  public let id: Hash
  /// The item's shape and its disclosed header leaves.
  public let head: ItemHead
  /// SHA-256 of the file as it stands, placeholders included; nil where there is no file, or where
  /// the caller digests it.
  public let sha256: Hash?
  /// The size of the file as it stands, in bytes.
  public let size: UInt64
  /// How many header leaves are withheld.
  public let withheldHeaderCount: UInt64
  /// How many content leaves are withheld.
  public let withheldLeafCount: UInt64
}

/// Checks an item's file against its leaves, the view and the canonical placeholders, in one pass.
///
/// The caller collects the ids and compares ``View/root(itemID:)`` with the sealed root: only then
/// is it certain that disclosed leaves are the sealed ones. Files of an item of which nothing is
/// disclosed are refused, here and by the caller who finds one.
///
/// - Parameters:
///   - number: the item's number, from 1 to the view's item count.
///   - leaves: `disclosure/NNNN.leaves`; nil where the bundle has none.
///   - content: the item's file; nil where the bundle has none.
///   - cuts: what ``Claims/cuts(ofItem:)`` says.
///   - digesting: false where the caller digests the file while it passes.
/// - Throws: ``RedactionError``, and what the readers throw.
public func checkItem(
  number: Int, view: View, leaves: ByteReader?, content: ByteReader?, cuts: [Cut],
  digesting: Bool = true
) throws -> CheckedItem {
  let state = view.state(ofItem: number)
  if case .withheld = state { throw RedactionError.leaves(.ofWithheldItem) }
  guard let leaves else { throw RedactionError.leaves(.missing) }
  let reader = try LeavesReader(leaves)
  let item = try OpenItem(state, head: reader.head)
  let scanner = try LeafScanner(
    reader, content: content, cuts: cuts, gaps: item.contentGaps, digesting: digesting)
  try item.checkDerived()
  let contentRoot = try scanner.root(of: item.content, in: 0..<item.head.shape.leafCount)
  try scanner.finish()
  return CheckedItem(
    id: itemID(shape: item.head.shape, headerRoot: item.headerRoot, contentRoot: contentRoot),
    head: item.head, sha256: scanner.digest?.hash, size: scanner.byteCount,
    withheldHeaderCount: item.headerGaps.leafCount,
    withheldLeafCount: item.contentGaps.leafCount)
}

/// An item of which anything is disclosed: its head, which agrees with the view, and its two views.
struct OpenItem {
  let head: ItemHead
  let header: NodeView
  let content: NodeView
  let headerGaps: [Range<UInt64>]
  let contentGaps: [Range<UInt64>]

  /// - Parameter state: not withheld.
  init(_ state: View.ItemState, head: ItemHead) throws(RedactionError) {
    switch state {
    case .disclosed(let seed):
      (header, content) = (.disclosed(seed.header), .disclosed(seed.content))
    case .partial(let shape, let header, let content):
      guard shape == head.shape else { throw .leaves(.shape) }
      (self.header, self.content) = (header, content)
    case .withheld: throw .leaves(.ofWithheldItem)
    }
    self.head = head
    headerGaps = header.gaps(count: UInt64(head.shape.headerCount))
    contentGaps = content.gaps(count: head.shape.leafCount)
    guard head.gaps == headerGaps else { throw .leaves(.headers) }
  }

  /// Refuses a field that would let withheld content be found by trying.
  func checkDerived() throws(RedactionError) {
    guard !contentGaps.isEmpty else { return }
    for header in head.headers where header.field.isDerived {
      throw .header(.derived(header.field.key))
    }
  }

  var headerRoot: Hash {
    var leaves = head.headers.map(\.field.bytes)[...]
    return header.root(count: UInt64(head.shape.headerCount), leaves: &leaves)
  }
}

extension LeafScanner {
  /// The root of a content tree, whose disclosed leaves are read on the way.
  func root(of view: NodeView, in range: Range<UInt64>) throws -> Hash {
    switch view {
    case .withheld(let hash):
      try enter(range, disclosed: false)
      return hash
    case .disclosed(let seed):
      try enter(range, disclosed: true)
      return try hash(range.leafCount, seed: seed)
    case .split(let left, let right):
      let (first, second) = range.halves
      let one = try root(of: left, in: first)
      return nodeHash(one, try root(of: right, in: second))
    }
  }
}
