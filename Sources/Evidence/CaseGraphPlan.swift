import Crypto

/// What the first pass keeps: which items there are, and which of them were acquired together.
struct CaseGraphPlan {
  /// The numbers of the items that aren't withheld whole, ascending, neighbours joined.
  private(set) var visible: [Range<Int>] = []
  /// The acquisitions, in the order of their first items.
  private(set) var acquisitions: [Acquisition] = []
  private var acquisitionIndex: [SHA256Digest: Int] = [:]
  private var firstItem: [SHA256Digest: Int] = [:]
  private var last: Last?

  /// What the item before says of its acquisition.
  private struct Last {
    let values: [String?]
    let acquisition: Int?

    /// By bytes: to a String, composed and decomposed letters are the same.
    func isLike(_ others: [String?]) -> Bool {
      zip(values, others).allSatisfy { one, other in
        guard let one, let other else { return one == nil && other == nil }
        return one.utf8.elementsEqual(other.utf8)
      }
    }
  }

  /// Items that were acquired by the same person at the same time in the same way.
  struct Acquisition {
    /// The number of its first item, which is its own number too.
    let number: Int
    fileprivate(set) var items: [Range<Int>]
  }

  /// Takes the next item; numbers ascend.
  mutating func add(_ item: CaseGraph.Item, number: Int) {
    visible.extend(by: number)
    // Most items were acquired as the one before, which saves looking at them.
    let values = Self.acquisitionHeaders.map { item[$0] }
    if let last, last.isLike(values) {
      if let index = last.acquisition { acquisitions[index].items.extend(by: number) }
      return
    }
    guard let key = Self.acquisitionKey(item) else {
      last = Last(values: values, acquisition: nil)
      return
    }
    defer { last = Last(values: values, acquisition: acquisitionIndex[key]) }
    if let index = acquisitionIndex[key] {
      acquisitions[index].items.extend(by: number)
    } else {
      acquisitionIndex[key] = acquisitions.count
      acquisitions.append(Acquisition(number: number, items: [number..<number + 1]))
    }
    for header in Self.sharedHeaders {
      if let value = item[header] {
        let key = Self.digest([header, value])
        if firstItem[key] == nil { firstItem[key] = number }
      }
    }
  }

  /// The visible items in rows of at most so many neighbours; the first item of an acquisition is a row
  /// of its own.
  func rows(of count: Int) -> [Range<Int>] {
    var rows: [Range<Int>] = []
    var firsts = acquisitions.lazy.map(\.number)[...]
    for run in visible {
      var start = run.lowerBound
      while start < run.upperBound {
        let isFirst = firsts.first == start
        if isFirst { firsts = firsts.dropFirst() }
        let next = min(firsts.first ?? run.upperBound, run.upperBound)
        let end = isFirst ? start + 1 : min(start + count, next)
        rows.append(start..<end)
        start = end
      }
    }
    return rows
  }

  /// Whether an acquisition has this item's number.
  func isFirstOfAcquisition(_ number: Int) -> Bool {
    var (low, high) = (0, acquisitions.count)
    while low < high {
      let middle = (low + high) / 2
      if acquisitions[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low < acquisitions.count && acquisitions[low].number == number
  }

  /// Whether item number `number` isn't withheld whole.
  func isVisible(_ number: Int) -> Bool {
    // The first run that ends after it.
    var low = 0
    var high = visible.count
    while low < high {
      let middle = (low + high) / 2
      if visible[middle].upperBound > number { high = middle } else { low = middle + 1 }
    }
    return low < visible.count && visible[low].contains(number)
  }

  /// The acquisition that an item belongs to.
  func acquisition(of item: CaseGraph.Item) -> Acquisition? {
    if let last, last.isLike(Self.acquisitionHeaders.map({ item[$0] })) {
      return last.acquisition.map { acquisitions[$0] }
    }
    return Self.acquisitionKey(item).flatMap { acquisitionIndex[$0] }.map { acquisitions[$0] }
  }

  /// The first item with this value in this header; its number is the person's, tool's or place's.
  func number(of header: String, _ item: CaseGraph.Item) -> Int? {
    item[header].flatMap { firstItem[Self.digest([header, $0])] }
  }

  private static func acquisitionKey(_ item: CaseGraph.Item) -> SHA256Digest? {
    let values = acquisitionHeaders.map { item[$0] }
    return values.contains { $0 != nil } ? digest(values) : nil
  }

  /// Not a Swift string comparison, which takes composed and decomposed letters for the same.
  private static func digest(_ values: [String?]) -> SHA256Digest {
    var hash = SHA256()
    for value in values {
      let bytes = value.map { Array($0.utf8) }
      hash.update(data: Array("\(bytes?.count ?? -1) ".utf8))
      hash.update(data: bytes ?? [])
    }
    return hash.finalize()
  }

  private static let sharedHeaders = ["acquired-by", "acquired-tool", "acquired-place"]
  private static let acquisitionHeaders = sharedHeaders + ["acquired-at", "acquired-method"]
}

extension [Range<Int>] {
  fileprivate mutating func extend(by number: Int) {
    if let last, last.upperBound == number {
      self[count - 1] = last.lowerBound..<number + 1
    } else {
      append(number..<number + 1)
    }
  }
}
