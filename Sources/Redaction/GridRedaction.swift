import Merkle

/// What a step makes of a grid item: its new state, and what becomes of its file.
public struct RedactedGrid: Hashable, Sendable {
  /// The new state of the item.
  public let item: RedactedItem
  /// The bytes of the old file that this step withholds, ascending and merged: zeros stand there
  /// in the new one.
  public let zeroed: [Range<UInt64>]
  /// The size of the new file. It is the old one's, or more: a withheld last leaf is filled to the
  /// grid.
  public let byteCount: UInt64
}

/// Fills a buffer with an item's bytes from an offset on.
public typealias ByteFetcher = (UnsafeMutableRawBufferPointer, UInt64) throws -> Void

/// Withholds a part of a grid item, reading only what goes.
///
/// In a grid every leaf's place follows from its position, and placeholders are zeros of its
/// length. So the new view needs the bytes of the leaves that are cut, `.leaves` needs the runs
/// alone, and the new file is the old one with zeros in some places: the caller copies it as it
/// likes. ``redactItem(number:view:leaves:content:previous:added:writeLeaves:writeContent:)`` gives
/// the same state and the same files after reading everything. The item should have been checked
/// before.
///
/// - Parameters:
///   - number: the item's number, from 1 to the view's item count.
///   - leaves: `disclosure/NNNN.leaves` before the step.
///   - byteCount: the size of the item's file before the step.
///   - fetch: reads that file.
///   - added: the item's cuts of this step, from ``completeCuts(_:view:head:)``; not `all`.
///   - writeLeaves: takes the new leaves file.
/// - Returns: nil where the item isn't a grid.
/// - Throws: ``RedactionError`` for cuts that no verifier would accept, and what the closures
/// throw.
public func redactGrid(
  number: Int, view: View, leaves: @escaping ByteReader, byteCount: UInt64, fetch: ByteFetcher,
  added: [Cut], writeLeaves: @escaping ByteWriter
) throws -> RedactedGrid? {
  let reader = try LeavesReader(leaves)
  guard case .grid(let grid) = reader.head.shape.mode else { return nil }
  let old = try OpenItem(view.state(ofItem: number), head: reader.head)
  try reader.checkRuns(gaps: old.contentGaps)
  guard added.allSatisfy({ $0.part != .all }) else {
    throw RedactionError.account(.claimedTwice, item: number)
  }
  let step = try ItemStep(old, cuts: added, number: number)
  let place = try GridPlace(shape: step.head.shape, grid: grid, byteCount: byteCount)
  let content = try withhold(
    step.contentCuts, old.content, 0..<step.head.shape.leafCount, place, fetch)
  try writeRuns(step, writeLeaves)
  let item = RedactedItem(
    state: .partial(step.head.shape, header: step.header, content: content), hasFiles: true,
    hasContent: step.hasContent, newlyWithheld: step.contentCuts.leafCount)
  return RedactedGrid(
    item: item, zeroed: step.contentCuts.map(place.bytes),
    byteCount: place.byteCount(withholding: step.contentGaps))
}

/// Checks an item's disclosure against the view, without its content, and returns how many content
/// leaves are withheld.
///
/// For a bundle whose contents were checked before. Nothing is said about the item's id.
public func checkDisclosure(number: Int, view: View, leaves: @escaping ByteReader) throws -> UInt64
{
  let reader = try LeavesReader(leaves)
  let item = try OpenItem(view.state(ofItem: number), head: reader.head)
  try item.checkDerived()
  try reader.checkRuns(gaps: item.contentGaps)
  return item.contentGaps.leafCount
}

private func writeRuns(_ step: ItemStep, _ write: @escaping ByteWriter) throws {
  let leaves = try LeavesWriter(head: step.head, write: write)
  var next: UInt64 = 0
  for gap in step.contentGaps {
    if gap.lowerBound > next {
      try leaves.beginRun(disclosed: true, count: gap.lowerBound - next)
    }
    try leaves.beginRun(disclosed: false, count: gap.leafCount)
    next = gap.upperBound
  }
  let count = step.head.shape.leafCount
  if count > next { try leaves.beginRun(disclosed: true, count: count - next) }
  try leaves.finish()
}

/// Walks the old view along the cuts only.
private func withhold(
  _ cuts: [Range<UInt64>], _ view: NodeView, _ range: Range<UInt64>, _ place: GridPlace,
  _ fetch: ByteFetcher
) throws -> NodeView {
  let cover = cuts.cover(of: range)
  if cover == .none { return view }
  switch view {
  // ItemStep has refused cuts of what is withheld already.
  case .withheld: return view
  case .disclosed(let seed) where cover == .all:
    return .withheld(try place.hash(range, seed: seed, fetch))
  default:
    let (first, second) = range.halves
    let (left, right) = view.halves
    let one = try withhold(cuts, left, first, place, fetch)
    return .join(one, try withhold(cuts, right, second, place, fetch))
  }
}

/// Where the leaves of a grid item lie in its file.
private struct GridPlace {
  let grid: UInt64
  let leafCount: UInt64
  let byteCount: UInt64

  init(shape: ItemShape, grid: UInt32, byteCount: UInt64) throws(RedactionError) {
    guard ItemShape.gridLeafCount(byteCount: byteCount, grid: grid) == shape.leafCount else {
      throw .truncated(.item, offset: byteCount)
    }
    self.grid = UInt64(grid)
    leafCount = shape.leafCount
    self.byteCount = byteCount
  }

  func bytes(of leaves: Range<UInt64>) -> Range<UInt64> {
    // The last leaf begins within the file, so only its end can lie behind it.
    let end = leaves.upperBound == leafCount ? byteCount : leaves.upperBound * grid
    return leaves.lowerBound * grid..<end
  }

  func byteCount(withholding gaps: [Range<UInt64>]) -> UInt64 {
    gaps.last?.upperBound == leafCount ? leafCount * grid : byteCount
  }

  /// The root of these leaves under the seed of the node above them.
  func hash(_ leaves: Range<UInt64>, seed: Seed, _ fetch: ByteFetcher) throws -> Hash {
    let bytes = bytes(of: leaves)
    let length = bytes.upperBound - bytes.lowerBound
    let hasher = GridHasher(seed: seed, grid: UInt32(grid), byteCount: length)
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Int(min(length, UInt64(4 * maximumBlockBytes))), alignment: 64)
    defer { buffer.deallocate() }
    var offset = bytes.lowerBound
    while offset < bytes.upperBound {
      let count = Int(min(UInt64(buffer.count), bytes.upperBound - offset))
      let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
      try fetch(piece, offset)
      try hasher.update(UnsafeRawBufferPointer(piece))
      offset += UInt64(count)
    }
    return try hasher.finish()
  }
}

extension LeavesReader {
  /// Reads all runs; they must withhold exactly these ranges.
  func checkRuns(gaps: [Range<UInt64>]) throws {
    var rest = gaps[...]
    while let run = try nextRun() {
      guard run.isDisclosed || rest.popFirst() == run.leaves else {
        throw RedactionError.leaves(.runs(leaf: run.leaves.lowerBound))
      }
    }
    if let gap = rest.first { throw RedactionError.leaves(.runs(leaf: gap.lowerBound)) }
  }
}
