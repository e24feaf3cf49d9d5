internal import ASiC
internal import Redaction

/// Rules about ranges of bytes, in an item whose leaves all have one size: where a range lies is
/// arithmetic, so only the leaves at and beside it are read.
///
/// The bundle was checked before, so the bytes that nobody asks for needn't be seen again. What is
/// found is what ``Finder`` finds when it is given every leaf.
struct GridRangeSearch {
  private let number: Int
  private let shape: ItemShape
  private let grid: UInt64
  private let content: StoredBytes
  /// What earlier steps withheld: ascending, apart.
  private let withheld: [Range<UInt64>]
  /// What must be read: ascending, apart.
  private let wanted: [Range<UInt64>]

  /// Nil where a rule needs the text itself, or the item isn't a grid stored as it is.
  init?(_ rules: [Rule], item: ItemReport, of bundle: EvidenceBundle, shape: ItemShape) {
    var ranges: [ClosedRange<UInt64>] = []
    for rule in rules {
      guard case .bytes(let bytes) = rule.selector, rule.within == nil else { return nil }
      ranges += bytes.map(\.bounds)
    }
    guard case .grid(let size) = shape.mode, size <= Self.maximumGrid,
      let content = bundle.storedContent(ofItem: item.number, name: item.name)
    else { return nil }
    let grid = UInt64(size)
    number = item.number
    self.shape = shape
    self.grid = grid
    self.content = content
    withheld = joined(
      bundle.claims.cuts(ofItem: item.number).compactMap { cut in
        if case .content(let leaves) = cut.part { leaves } else { nil }
      })
    let last = shape.leafCount - 1
    // The last leaf tells how long the content is.
    wanted = joined(
      [last..<last + 1]
        + ranges.compactMap { range in
          let first = (range.lowerBound - min(range.lowerBound, Self.margin)) / grid
          let end = range.upperBound.addingReportingOverflow(Self.margin)
          guard first <= last else { return nil }
          return first..<min(last, end.overflow ? last : end.partialValue / grid) + 1
        })
  }

  /// Looks for the ranges, and reads what lies there.
  func find(_ finder: inout Finder, _ labels: inout PseudonymLabels) throws -> Findings {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Int(grid), alignment: 16)
    defer { buffer.deallocate() }
    var next: UInt64 = 0
    for (leaves, isWithheld) in steps() {
      if next < leaves.lowerBound { try finder.skip(next..<leaves.lowerBound) }
      next = leaves.upperBound
      if isWithheld {
        try finder.withheld(leaves)
      } else {
        for leaf in leaves { try push(leaf, to: &finder, buffer) }
      }
    }
    return try finder.finish(&labels)
  }

  private func push(
    _ leaf: UInt64, to finder: inout Finder, _ buffer: UnsafeMutableRawBufferPointer
  ) throws {
    let (offset, overflow) = leaf.multipliedReportingOverflow(by: grid)
    let count = overflow || offset > content.count ? 0 : min(grid, content.count - offset)
    // A verified bundle has all bytes but the end of its last leaf.
    guard count == grid || leaf == shape.leafCount - 1 else {
      throw EvidenceError.changedSinceChecked(Layout.leaves(number))
    }
    let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(count)])
    if count > 0 {
      try content.read(into: bytes, at: offset)
      try finder.push(leaf: leaf, bytes: UnsafeRawBufferPointer(bytes))
    }
    try finder.end(leaf: leaf)
  }

  /// The leaves that are withheld or must be read, in order.
  private func steps() -> [(leaves: Range<UInt64>, isWithheld: Bool)] {
    let read = wanted.flatMap { range in
      pieces(of: range, without: withheld).map { (leaves: $0, isWithheld: false) }
    }
    let all = read + withheld.map { (leaves: $0, isWithheld: true) }
    return all.sorted { $0.leaves.lowerBound < $1.leaves.lowerBound }
  }

  /// A scalar that a range's end cuts has at most three bytes on its other side.
  private static let margin: UInt64 = 4
  /// The bytes of a leaf that memory is taken for; our own leaves have 4,096 at most.
  private static let maximumGrid: UInt32 = 1 << 20
}

/// Ranges in order, with those that touch as one.
private func joined(_ ranges: [Range<UInt64>]) -> [Range<UInt64>] {
  var joined: [Range<UInt64>] = []
  for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
    if let last = joined.last, range.lowerBound <= last.upperBound {
      joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
    } else {
      joined.append(range)
    }
  }
  return joined
}

/// What is left of a range when others, ascending and apart, are taken out.
private func pieces(
  of range: Range<UInt64>, without holes: [Range<UInt64>]
) -> [Range<UInt64>] {
  var pieces: [Range<UInt64>] = []
  var next = range.lowerBound
  for hole in holes where hole.upperBound > range.lowerBound && hole.lowerBound < range.upperBound {
    if next < hole.lowerBound { pieces.append(next..<hole.lowerBound) }
    next = max(next, hole.upperBound)
  }
  if next < range.upperBound { pieces.append(next..<range.upperBound) }
  return pieces
}
