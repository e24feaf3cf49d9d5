/// One thing that a record withholds: where, why, under which rule and law.
public struct Cut: Hashable, Sendable {
  /// The number of the item, from 1.
  public var item: Int
  /// What of the item.
  public var part: Part
  /// Shared by the neighbours in a record, most of which have the same.
  private var reason: Reason

  /// The reason code, `A-Z 0-9 -`; unknown ones are shown, not refused.
  public var code: String { reason.code }
  /// The number of the rule of the redactor's policy; 0 for by hand.
  public var rule: UInt64 { reason.rule }
  /// The legal provision.
  public var basis: String { reason.basis }
  /// What stands in its place: the redactor vouches for it.
  public var shown: String? { reason.shown }

  /// The part of an item that goes.
  public enum Part: Hashable, Sendable {
    /// The item with everything in it.
    case all
    /// These header leaves.
    case header(Range<UInt64>)
    /// These content leaves.
    case content(Range<UInt64>)
  }

  /// A cut; its syntax is checked when it becomes a part of a record.
  public init(
    item: Int, part: Part, code: String, rule: UInt64, basis: String, shown: String? = nil
  ) {
    self.item = item
    self.part = part
    reason = Reason(code: code, rule: rule, basis: basis, shown: shown)
  }

  /// Why something goes: a hundred bytes that hundreds of thousands of cuts have in common.
  private final class Reason: Hashable, Sendable {
    let code: String
    let rule: UInt64
    let basis: String
    let shown: String?

    init(code: String, rule: UInt64, basis: String, shown: String?) {
      self.code = code
      self.rule = rule
      self.basis = basis
      self.shown = shown
    }

    static func == (left: Reason, right: Reason) -> Bool {
      left === right
        || left.rule == right.rule && left.code == right.code && left.basis == right.basis
          && left.shown == right.shown
    }

    func hash(into hasher: inout Hasher) {
      hasher.combine(code)
      hasher.combine(rule)
      hasher.combine(basis)
      hasher.combine(shown)
    }

    /// Whether it has these bytes; to `==` a composed letter is the same as a decomposed one.
    func says(_ code: Substring, _ rule: UInt64, _ basis: Substring, _ shown: Substring?) -> Bool {
      self.rule == rule && self.code.utf8.elementsEqual(code.utf8)
        && self.basis.utf8.elementsEqual(basis.utf8) && (self.shown == nil) == (shown == nil)
        && (self.shown ?? "").utf8.elementsEqual((shown ?? "").utf8)
    }
  }

  /// The range of leaves; empty for `all`.
  var range: Range<UInt64> {
    switch part {
    case .all: 0..<0
    case .header(let range), .content(let range): range
    }
  }

  /// `all`, header, content: the order in a record.
  var rank: Int {
    switch part {
    case .all: 0
    case .header: Self.headerRank
    case .content: Self.contentRank
    }
  }

  static let headerRank = 1
  static let contentRank = 2

  /// The lines of the cut in a record.
  var text: String {
    let place =
      switch part {
      case .all: "all"
      case .header(let range): "header \(range.lowerBound)-\(range.upperBound)"
      case .content(let range): "content \(range.lowerBound)-\(range.upperBound)"
      }
    let line = "cut \(item) \(place) \(code) \(rule) \(basis)\n"
    return if let shown { line + "shown \(shown)\n" } else { line }
  }

  /// Whether `next` can follow this cut in a record.
  func precedes(_ next: Cut) -> Bool {
    if item != next.item { return item < next.item }
    if part == .all || rank > next.rank { return false }
    return rank < next.rank || range.upperBound <= next.range.lowerBound
  }

  /// Parses `cut …` and the `shown …` that may follow; `previous` is the cut before it.
  init(_ lines: inout StatementLines, after previous: Cut?) throws(RedactionError) {
    guard let line = lines.next(prefix: "cut ") else {
      _ = try lines.next()
      throw lines.fault(.cut)
    }
    var words = StatementWords(rest: line.utf8[...])
    guard let number = words.number(), 1...UInt64(UInt32.max) ~= number else {
      throw lines.fault(.number)
    }
    item = Int(number)
    switch words.next() {
    case "all": part = .all
    case "header":
      guard let range = words.range() else { throw lines.fault(.number) }
      part = .header(range)
    case "content":
      guard let range = words.range() else { throw lines.fault(.number) }
      part = .content(range)
    default: throw lines.fault(.cut)
    }
    guard let code = words.next(), Self.isCode(code) else { throw lines.fault(.code) }
    guard let rule = words.number() else { throw lines.fault(.number) }
    guard let basis = words.rest.map(Substring.init), isStatementText(basis) else {
      throw lines.fault(.text)
    }
    let shown = lines.next(prefix: "shown ")
    if let shown, !isStatementText(shown) { throw lines.fault(.text) }
    if let known = previous?.reason, known.says(code, rule, basis, shown) {
      reason = known
    } else {
      reason = Reason(
        code: String(code), rule: rule, basis: String(basis), shown: shown.map { String($0) })
    }
  }

  private static func isCode(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, UInt8(ascii: "A")...UInt8(ascii: "Z") ~= first else {
      return false
    }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"):
        true
      default: false
      }
    }
  }
}

/// The words of a line, parted by single spaces.
private struct StatementWords {
  /// What follows the words taken; nil after the last one.
  var rest: Substring.UTF8View?

  mutating func next() -> Substring? {
    guard let line = rest else { return nil }
    guard let space = line.firstIndex(of: UInt8(ascii: " ")) else {
      rest = nil
      return Substring(line)
    }
    rest = line[line.index(after: space)...]
    return Substring(line[..<space])
  }

  mutating func number() -> UInt64? {
    next().flatMap { UInt64(statement: $0) }
  }

  /// `a-b`, a < b
  mutating func range() -> Range<UInt64>? {
    guard let word = next(), let hyphen = word.utf8.firstIndex(of: UInt8(ascii: "-")),
      let lower = UInt64(statement: word[..<hyphen]),
      let upper = UInt64(statement: word[word.utf8.index(after: hyphen)...]), lower < upper
    else { return nil }
    return lower..<upper
  }
}
