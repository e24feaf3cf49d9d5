internal import Redaction

/// Ranges of lines or bytes that a rule takes, or looks within, over a moving window.
struct RangeSearch {
  private let rule: Rule
  /// Nil where the ranges themselves are taken.
  private let finder: RuleFinder?
  private let isLines: Bool
  private let wanted: [NumberRange]
  /// Ascending and apart.
  private let merged: [ClosedRange<UInt64>]
  /// How far the content was seen, until an earlier step's cut of unknown length: one past the last
  /// byte, or the last line.
  private var known: UInt64 = 0
  /// Whether the last line was seen to its end.
  private var isLineWhole = false

  /// Nil for a rule that is about something else.
  init?(_ rule: Rule, _ finder: RuleFinder?) {
    switch rule.within ?? rule.selector {
    case .lines(let ranges): (isLines, wanted) = (true, ranges)
    case .bytes(let ranges): (isLines, wanted) = (false, ranges)
    default: return nil
    }
    self.rule = rule
    self.finder = finder
    var merged: [ClosedRange<UInt64>] = []
    for bounds in wanted.map(\.bounds).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = merged.last, bounds.lowerBound <= last.upperBound + 1 {
        merged[merged.count - 1] = last.lowerBound...max(last.upperBound, bounds.upperBound)
      } else {
        merged.append(bounds)
      }
    }
    self.merged = merged
  }

  /// Marks what is in the window.
  ///
  /// - Parameter places: where matches may begin, and what is taken directly may lie.
  mutating func run(
    over window: inout LeafWindow, _ places: Range<Int>, _ results: inout FindResults
  ) throws(FindError) {
    let slices: [Range<Int>]
    if isLines {
      guard let line = window.start.line else { return }
      (slices, known) = linePlaces(window.bytes, from: line)
      isLineWhole = window.bytes.last == 0x0A
    } else {
      guard let offset = window.start.offset else { return }
      slices = bytePlaces(window, from: offset)
      known = offset + UInt64(window.bytes.count)
    }
    for slice in slices {
      guard let finder else {
        let part = slice.clamped(to: 0..<places.upperBound)
        if part.isEmpty { continue }
        var claim = Claim(rule: rule.number)
        if case .text(let text)? = rule.show { claim.parts = [.text(text)] }
        window.mark(
          part, claim, &results.claims,
          keepsFrame: isLines && window.form == .text && !window.isTable)
        continue
      }
      // The slice is a text of its own: what stands around it is neither seen nor taken.
      let text = SearchText(Array(window.bytes[slice]))
      for match in try finder.matches(in: text, isTable: window.isTable) {
        let start = slice.lowerBound + match.range.lowerBound
        guard places.contains(start) else { continue }
        results.mark(start..<slice.lowerBound + match.range.upperBound, match, rule, &window)
      }
    }
  }

  /// The lines that are wanted, without the last line end of each range; and the last line here.
  private func linePlaces(
    _ bytes: [UInt8], from first: UInt64
  ) -> (slices: [Range<Int>], last: UInt64) {
    var slices: [Range<Int>] = []
    var line = first
    var next = 0
    var begun: Int?
    var index = 0
    while index < bytes.count {
      let end = bytes[index...].firstIndex(of: 0x0A) ?? bytes.count
      while next < merged.count, merged[next].upperBound < line { next += 1 }
      if next < merged.count, merged[next].contains(line) {
        let start = begun ?? index
        if line == merged[next].upperBound || end == bytes.count {
          let isCRLF = end < bytes.count && end > start && bytes[end - 1] == 0x0D
          slices.append(start..<(isCRLF ? end - 1 : end))
          begun = nil
        } else {
          begun = start
        }
      }
      index = end + 1
      if end < bytes.count, index < bytes.count { line += 1 }
    }
    // The last range ends with the window.
    if let begun { slices.append(begun..<bytes.count) }
    return (slices, line)
  }

  /// The bytes that are wanted; in a grid of text, rounded out to whole scalars.
  private func bytePlaces(_ window: LeafWindow, from offset: UInt64) -> [Range<Int>] {
    let end = offset + UInt64(window.bytes.count)
    return merged.compactMap { bounds in
      let low = max(bounds.lowerBound, offset)
      let high = min(bounds.upperBound + 1, end)
      guard low < high else { return nil }
      return roundedOut(Int(low - offset)..<Int(high - offset), window.bytes)
    }
  }

  /// Says which ranges there weren't, and counts those that there were.
  ///
  /// - Parameter end: where the content ends.
  func finish(end: LeafWindow.Start, _ results: inout FindResults) {
    let isKnown = isLines ? end.line != nil : end.offset != nil
    // One past the last byte, or the last line.
    let last = isLines ? known : end.offset ?? known
    for range in wanted {
      let first = range.bounds.lowerBound
      let isThere = isLines ? first <= last : first < last
      if isThere, finder == nil { results.count(rule: rule.number) }
      if isKnown, !isThere {
        results.add(
          isLines
            ? .lineMissing(rule: rule.number, lines: range.description)
            : .bytesMissing(rule: rule.number, bytes: range.description))
      } else if !isKnown, range.bounds.upperBound >= last + (isLineWhole ? 1 : 0) {
        results.add(.structureWithheld(rule: rule.number))
      }
    }
  }
}

/// A range with the rest of the UTF-8 scalars that its ends cut.
///
/// Leaves of a table never part a scalar; a grid's do, and half of one tells which it may be.
private func roundedOut(_ range: Range<Int>, _ bytes: [UInt8]) -> Range<Int> {
  func whole(at place: Int) -> Range<Int>? {
    guard place < bytes.count, bytes[place] & 0xC0 == 0x80 else { return nil }
    for start in max(0, place - 3)..<place where bytes[start] >= 0xC2 {
      let scalar = bytes.withUnsafeBytes { decodeScalar($0, at: start) }
      if case .scalar(_, let count) = scalar, start + count > place { return start..<start + count }
    }
    return nil
  }
  let low = whole(at: range.lowerBound)?.lowerBound ?? range.lowerBound
  let high = whole(at: range.upperBound)?.upperBound ?? range.upperBound
  return low..<max(high, range.upperBound)
}
