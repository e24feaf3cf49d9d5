/// The union of the cuts of all records: what should be withheld, and what each leaf is withheld
/// for.
public struct Claims: Hashable, Sendable {
  private var claims: [Int: ItemClaims] = [:]

  /// The cuts of one item.
  public struct ItemClaims: Hashable, Sendable {
    /// The cut that withholds the item as a whole.
    public fileprivate(set) var all: Cut?
    /// Cuts of header leaves, ascending, without overlap.
    public fileprivate(set) var header: [Cut] = []
    /// Cuts of content leaves, ascending, without overlap.
    public fileprivate(set) var content: [Cut] = []
  }

  /// Unites the records; throws where a leaf is claimed twice, or an item is cut again after `all`.
  ///
  /// A later `all` may take over an item whose parts were claimed before.
  public init(_ records: [RedactionRecord]) throws(RedactionError) {
    for record in records {
      for cut in record.cuts {
        guard claims[cut.item]?.all == nil else { throw .account(.claimedTwice, item: cut.item) }
        switch cut.part {
        case .all: claims[cut.item, default: ItemClaims()].all = cut
        case .header: claims[cut.item, default: ItemClaims()].header.append(cut)
        case .content: claims[cut.item, default: ItemClaims()].content.append(cut)
        }
      }
    }
    for item in items {
      guard claims[item]?.sort() ?? true else { throw .account(.claimedTwice, item: item) }
    }
  }

  /// What is claimed of an item; nil where nothing is.
  public subscript(item: Int) -> ItemClaims? { claims[item] }

  /// The numbers of the items of which anything is claimed, ascending.
  public var items: [Int] { claims.keys.sorted() }

  /// All cuts of an item: `all`, header, content, each ascending.
  public func cuts(ofItem item: Int) -> [Cut] {
    guard let mine = claims[item] else { return [] }
    return [mine.all].compactMap { $0 } + mine.header + mine.content
  }

  /// The items that a later `all` took over from parts: the bounds of those parts remain visible.
  public var supersededItems: [Int] {
    items.filter { item in
      guard let mine = claims[item], mine.all != nil else { return false }
      return !mine.header.isEmpty || !mine.content.isEmpty
    }
  }

  /// Checks that the view withholds exactly what is claimed.
  public func account(for view: View) throws(RedactionError) {
    var left = claims
    // The number of items of a view is limited, and so is this loop.
    for number in view.withheldRanges.joined() {
      guard left.removeValue(forKey: number)?.all != nil else {
        throw .account(.notCut, item: number)
      }
    }
    try view.forEachPartialItem { number, item throws(RedactionError) in
      let mine = left.removeValue(forKey: number) ?? ItemClaims()
      guard mine.all == nil else { throw .account(.notWithheld, item: number) }
      let headerGaps = item.header.gaps(count: UInt64(item.shape.headerCount))
      guard mine.header.map(\.range).merged() == headerGaps else {
        throw .account(.header, item: number)
      }
      guard mine.content.map(\.range).merged() == item.content.gaps(count: item.shape.leafCount)
      else { throw .account(.content, item: number) }
    }
    if let number = left.keys.min() { throw .account(.notWithheld, item: number) }
  }

  /// Checks that nothing is claimed that the terms lock.
  public func check(locked terms: Terms) throws(RedactionError) {
    for (item, locks) in Dictionary(grouping: terms.locked, by: \.item) {
      guard let mine = claims[item] else { continue }
      let ranges = mine.content.map(\.range)
      let isKept = locks.allSatisfy { lock in
        guard let content = lock.content else { return false }
        return ranges.cover(of: content) == .none
      }
      guard mine.all == nil, isKept else { throw .locked(item: item) }
    }
  }
}

extension Claims.ItemClaims {
  /// Sorts each part; false where two cuts overlap.
  fileprivate mutating func sort() -> Bool {
    header.sort { $0.range.lowerBound < $1.range.lowerBound }
    content.sort { $0.range.lowerBound < $1.range.lowerBound }
    return header.map(\.range).merged() != nil && content.map(\.range).merged() != nil
  }
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
