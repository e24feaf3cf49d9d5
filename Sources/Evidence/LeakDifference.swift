import Redaction

/// What one copy of a bundle withholds and another discloses.
struct LeakDifference {
  /// An item of which the redacted copy discloses less.
  struct Item {
    let number: Int
    /// Whether the redacted copy discloses nothing of it.
    let isWhole: Bool
    /// Whether the full copy discloses all of its content.
    let hasAllContent: Bool
    /// The positions of header leaves that went.
    let headers: [Range<UInt64>]
    /// The content leaves that went, ascending and merged.
    let content: [Range<UInt64>]
  }

  let items: [Item]

  /// Compares two copies of one seal.
  ///
  /// - Throws: ``LeakError/disclosesMore(item:)``.
  init(_ redacted: EvidenceBundle, _ full: EvidenceBundle) throws {
    var items: [Item] = []
    for number in 1...full.seal.itemCount {
      let less = redacted.view.state(ofItem: number)
      let more = full.view.state(ofItem: number)
      if case .withheld = more {
        guard case .withheld = less else { throw LeakError.disclosesMore(item: number) }
        continue
      }
      if case .disclosed = less {
        guard case .disclosed = more else { throw LeakError.disclosesMore(item: number) }
        continue
      }
      let shape = try full.head(ofItem: number).shape
      let before = Gaps(more, shape)
      let after = Gaps(less, shape)
      guard let headers = after.headers.subtracting(before.headers),
        let content = after.content.subtracting(before.content)
      else { throw LeakError.disclosesMore(item: number) }
      guard !headers.isEmpty || !content.isEmpty else { continue }
      let isWhole = if case .withheld = less { true } else { false }
      items.append(
        Item(
          number: number, isWhole: isWhole, hasAllContent: before.content.isEmpty,
          headers: headers, content: content))
    }
    self.items = items
  }

  private struct Gaps {
    var headers: [Range<UInt64>] = []
    var content: [Range<UInt64>] = []

    init(_ state: View.ItemState, _ shape: ItemShape) {
      switch state {
      case .disclosed: break
      case .withheld:
        headers = [0..<UInt64(shape.headerCount)]
        content = [0..<shape.leafCount]
      case .partial(_, let header, let content):
        headers = header.gaps(count: UInt64(shape.headerCount))
        self.content = content.gaps(count: shape.leafCount)
      }
    }
  }
}

extension [Range<UInt64>] {
  /// These ascending, merged ranges without those of `other`; nil where `other` has more.
  fileprivate func subtracting(_ other: [Range<UInt64>]) -> [Range<UInt64>]? {
    var result: [Range<UInt64>] = []
    var index = 0
    for range in self {
      var begin = range.lowerBound
      while index < other.count, other[index].lowerBound < range.upperBound {
        let taken = other[index]
        guard taken.lowerBound >= begin, taken.upperBound <= range.upperBound else { return nil }
        if begin < taken.lowerBound { result.append(begin..<taken.lowerBound) }
        begin = taken.upperBound
        index += 1
      }
      if begin < range.upperBound { result.append(begin..<range.upperBound) }
    }
    return index == other.count ? result : nil
  }
}
