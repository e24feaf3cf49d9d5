/// Numbers of cuts in a listing, from 1, as people write them: `1-5,9`.
public struct CutNumbers: Hashable, Sendable {
  /// The ranges, in the order in which they were written.
  public let ranges: [ClosedRange<Int>]

  /// Numbers in these ranges.
  public init(_ ranges: [ClosedRange<Int>]) { self.ranges = ranges }

  /// The numbers of a list, put together to ranges.
  public init(_ numbers: some Sequence<Int>) {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers.sorted() {
      if let last = ranges.last, last.upperBound >= number - 1 {
        ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, number)
      } else {
        ranges.append(number...number)
      }
    }
    self.ranges = ranges
  }

  /// Parses numbers and ranges parted by commas, white space or line ends; what stands behind `#` on a
  /// line is passed over. Nil for anything else, and where there is no number.
  public init?(parsing text: String) {
    guard text.utf8.count <= Self.maximumByteCount else { return nil }
    var ranges: [ClosedRange<Int>] = []
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.prefix { $0 != "#" }.split { $0 == "," || $0.isWhitespace }
      for word in words {
        let ends = word.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count <= 2, let first = Self.number(ends[0]),
          let last = Self.number(ends[ends.count - 1]), first <= last
        else { return nil }
        ranges.append(first...last)
      }
    }
    guard !ranges.isEmpty else { return nil }
    self.ranges = ranges
  }

  /// Whether a number is among them.
  public func contains(_ number: Int) -> Bool { ranges.contains { $0.contains(number) } }

  /// The largest number; 0 where there is none.
  public var largest: Int { ranges.map(\.upperBound).max() ?? 0 }

  /// As people write it; empty where there is none.
  public var text: String {
    ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }

  private static func number(_ word: Substring) -> Int? {
    guard word.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
      let number = Int(word), 1...maximumNumber ~= number
    else { return nil }
    return number
  }

  /// A file that names a quarter of a million cuts one by one.
  public static let maximumByteCount = 4 << 20
  /// More cuts than a record holds.
  private static let maximumNumber = 1 << 24
}

/// What a person decided about the numbered cuts of a proposal.
public struct CutChoice: Hashable, Sendable {
  /// The cuts that are accepted; nil for all.
  public var accepted: CutNumbers?
  /// Of those, the ones that are rejected all the same.
  public var rejected: CutNumbers?

  /// A choice; without any numbers everything is accepted.
  public init(accepted: CutNumbers? = nil, rejected: CutNumbers? = nil) {
    self.accepted = accepted
    self.rejected = rejected
  }

  /// Whether cut `number` stays in.
  public func accepts(_ number: Int) -> Bool {
    (accepted?.contains(number) ?? true) && !(rejected?.contains(number) ?? false)
  }

  /// The largest number that is named.
  public var largest: Int { max(accepted?.largest ?? 0, rejected?.largest ?? 0) }
}
