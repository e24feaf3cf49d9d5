/// The union of the cuts of all records: what should be withheld, and what each leaf is withheld
/// for.
public struct Claims: Hashable, Sendable {
  /// By item; of an item `all`, header and content, each ascending and without overlap.
  private var cuts: [Cut]
  /// The numbers of the items of which anything is claimed, ascending.
  public let items: [Int]

  /// Unites the records; throws where a leaf is claimed twice, an item is cut again after `all`, or
  /// there are more than ``maximumCuts``.
  ///
  /// A later `all` may take over an item whose parts were claimed before.
  public init(_ records: [RedactionRecord]) throws(RedactionError) {
    let count = records.reduce(0) { $0 + $1.cuts.count }
    guard count <= Self.maximumCuts else {
      throw .account(.tooManyCuts, item: records.last?.cuts.last?.item ?? 0)
    }
    var whole: Set<Int> = []
    cuts = []
    cuts.reserveCapacity(count)
    for record in records {
      for cut in record.cuts {
        guard !whole.contains(cut.item) else { throw .account(.claimedTwice, item: cut.item) }
        if cut.part == .all { whole.insert(cut.item) }
        cuts.append(cut)
      }
    }
    cuts.sort { one, other in
      (one.item, one.rank, one.range.lowerBound) < (other.item, other.rank, other.range.lowerBound)
    }
    for (one, next) in zip(cuts, cuts.dropFirst()) where one.item == next.item {
      guard one.rank < next.rank || one.range.upperBound <= next.range.lowerBound else {
        throw .account(.claimedTwice, item: one.item)
      }
    }
    var items: [Int] = []
    for cut in cuts where cut.item != items.last { items.append(cut.item) }
    self.items = items
  }

  /// All cuts of an item: `all`, header, content, each ascending.
  public func cuts(ofItem item: Int) -> [Cut] { Array(cuts[place(of: item)]) }

  /// The items that a later `all` took over from parts: the bounds of those parts remain visible.
  public var supersededItems: [Int] {
    zip(cuts, cuts.dropFirst()).filter { $0.part == .all && $0.item == $1.item }.map(\.0.item)
  }

  /// Checks that the view withholds exactly what is claimed.
  public func account(for view: View) throws(RedactionError) {
    var left = Set(items)
    // The number of items of a view is limited, and so is this loop.
    for number in view.withheldRanges.joined() {
      guard left.remove(number) != nil, isWhole(number) else {
        throw .account(.notCut, item: number)
      }
    }
    try view.forEachPartialItem { number, item throws(RedactionError) in
      left.remove(number)
      guard !isWhole(number) else { throw .account(.notWithheld, item: number) }
      guard
        ranges(ofItem: number, rank: Cut.headerRank)
          == item.header.gaps(count: UInt64(item.shape.headerCount))
      else { throw .account(.header, item: number) }
      guard
        ranges(ofItem: number, rank: Cut.contentRank)
          == item.content.gaps(count: item.shape.leafCount)
      else { throw .account(.content, item: number) }
    }
    if let number = left.min() { throw .account(.notWithheld, item: number) }
  }

  /// Checks that nothing is claimed that the terms lock.
  public func check(locked terms: Terms) throws(RedactionError) {
    for (item, locks) in Dictionary(grouping: terms.locked, by: \.item) {
      guard !place(of: item).isEmpty else { continue }
      let ranges = ranges(ofItem: item, rank: Cut.contentRank)
      let isKept = locks.allSatisfy { lock in
        guard let content = lock.content else { return false }
        return ranges.cover(of: content) == .none
      }
      guard !isWhole(item), isKept else { throw .locked(item: item) }
    }
  }

  /// Whether a cut withholds the item as a whole.
  private func isWhole(_ item: Int) -> Bool { cuts[place(of: item)].first?.part == .all }

  /// The ranges that are cut in the header or in the content of an item, ascending, merged.
  private func ranges(ofItem item: Int, rank: Int) -> [Range<UInt64>] {
    var ranges: [Range<UInt64>] = []
    for cut in cuts[place(of: item)] where cut.rank == rank { ranges.appendMerging(cut.range) }
    return ranges
  }

  /// Where an item's cuts stand.
  private func place(of item: Int) -> Range<Int> {
    let start = firstPlace(notBefore: item)
    return start..<cuts[start...].prefix { $0.item == item }.endIndex
  }

  private func firstPlace(notBefore item: Int) -> Int {
    var (low, high) = (0, cuts.count)
    while low < high {
      let middle = (low + high) / 2
      if cuts[middle].item < item { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// In all records together: half as many again as one record of ordinary lines has room for. They are
  /// kept while a bundle is open, forty bytes for each, in the records and here.
  public static let maximumCuts = 1 << 19
}

extension View {
  /// Calls `body` with each item of which a part is withheld, ascending.
  func forEachPartialItem<Failure: Error>(
    _ body: (Int, BundleNode.PartialItem) throws(Failure) -> Void
  ) throws(Failure) {
    try top.forEachPartialItem(of: 1..<UInt64(itemCount) + 1, body)
  }
}

extension BundleNode {
  fileprivate func forEachPartialItem<Failure: Error>(
    of numbers: Range<UInt64>, _ body: (Int, PartialItem) throws(Failure) -> Void
  ) throws(Failure) {
    switch self {
    case .disclosed, .withheld: break
    case .partial(let item): try body(Int(numbers.lowerBound), item)
    case .split(let left, let right):
      let (first, second) = numbers.halves
      try left.forEachPartialItem(of: first, body)
      try right.forEachPartialItem(of: second, body)
    }
  }
}
