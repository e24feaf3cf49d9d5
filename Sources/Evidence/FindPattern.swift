internal import Foundation
internal import Redaction

/// A regular expression of a rule, ICU's language; `^` and `$` also stand at line ends.
struct FindPattern {
  private let expression: NSRegularExpression
  private let rule: Int
  /// Whether it asks where a text begins or ends, so that it is tried on each cell and string too.
  let hasAnchors: Bool

  init(_ pattern: String, rule: Int) throws(PolicyError) {
    guard !pattern.isEmpty,
      let expression = try? NSRegularExpression(pattern: pattern, options: .anchorsMatchLines)
    else { throw .badPattern(rule: rule) }
    self.expression = expression
    self.rule = rule
    hasAnchors =
      pattern.contains { "^$".contains($0) }
      || ["\\A", "\\z", "\\Z", "\\b", "\\B", "(?<", "(?="].contains { pattern.contains($0) }
  }

  /// The places of all matches that aren't empty, as ranges of bytes; those that overlap are one.
  ///
  /// A greedy pattern can need more memory for a long run of letters than ICU gives it, and some
  /// patterns need time without end. Then the text is searched in slices, which bounds both; a
  /// slice that fails too is an error, since what it hides would go out.
  func matches(in text: SearchText) throws(FindError) -> [Range<Int>] {
    let count = text.unitCount
    let deadline = ContinuousClock.now + .seconds(2) + .microseconds(count)
    if let found = search(text, 0..<count, while: { ContinuousClock.now < deadline }) {
      return text.byteRanges(of: found)
    }
    var all: [Range<Int>] = []
    for start in stride(from: 0, to: count, by: Self.sliceUnitCount) {
      let end = min(count, start + 2 * Self.sliceUnitCount)
      // The search reports at each place that it tries, and after each ten thousand steps there.
      // Counting them, unlike a clock, gives everybody the same verdict.
      var patience = end - start + Self.patience
      let found = search(text, start..<end) {
        patience -= 1
        return patience > 0
      }
      guard let found else { throw .patternFailed(rule: rule) }
      for range in found {
        if let last = all.last, range.lowerBound < last.upperBound {
          all[all.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
        } else {
          all.append(range)
        }
      }
    }
    return text.byteRanges(of: all)
  }

  /// The matches in a range of UTF-16 units, ascending; nil if ICU or the caller gave up.
  private func search(
    _ text: SearchText, _ range: Range<Int>, while isPatient: @escaping () -> Bool
  ) -> [Range<Int>]? {
    var found: [Range<Int>] = []
    var hasFailed = false
    expression.enumerateMatches(
      in: text.string,
      options: [
        .reportCompletion, .reportProgress, .withTransparentBounds, .withoutAnchoringBounds,
      ],
      range: NSRange(range)
    ) { result, flags, stop in
      if let match = result?.range, match.length > 0 {
        found.append(match.location..<match.location + match.length)
      }
      if flags.contains(.internalError) { hasFailed = true }
      if flags.contains(.progress), !isPatient() {
        hasFailed = true
        stop.pointee = true
      }
    }
    return hasFailed ? nil : found
  }

  /// Half of what is searched at a time where the whole is too much: the longest match that is
  /// then found at every place.
  private static let sliceUnitCount = 4 << 10
  /// Some two seconds of a pattern that tries the same letters again and again.
  private static let patience = 10_000
}

/// Bytes as the text that a regular expression sees.
///
/// What isn't UTF-8 is read as Latin-1, byte by byte, so that patterns work in any file and old
/// texts stay readable.
struct SearchText {
  let bytes: [UInt8]
  let string: String
  let unitCount: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    string = String(validating: bytes, as: UTF8.self) ?? Self.lenientString(bytes)
    unitCount = string.utf16.count
  }

  /// The bytes of ranges of UTF-16 units; the ranges ascend.
  func byteRanges(of ranges: [Range<Int>]) -> [Range<Int>] {
    if unitCount == bytes.count { return ranges }
    var cursor = TextCursor(bytes: bytes)
    return ranges.map { range in
      let start = cursor.advance(toUnit: range.lowerBound)
      return start..<cursor.advance(toUnit: range.upperBound)
    }
  }

  private static func lenientString(_ bytes: [UInt8]) -> String {
    var scalars = String.UnicodeScalarView()
    var cursor = TextCursor(bytes: bytes)
    while let scalar = cursor.next() { scalars.append(scalar) }
    return String(scalars)
  }
}

/// Walks over bytes by the scalars that they stand for, counting UTF-16 units.
private struct TextCursor {
  let bytes: [UInt8]
  private var byte = 0
  private var unit = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func advance(toUnit target: Int) -> Int {
    while unit < target, next() != nil {}
    return byte
  }

  mutating func next() -> Unicode.Scalar? {
    guard byte < bytes.count else { return nil }
    let (scalar, length) = scalarOrByte()
    byte += length
    unit += UTF16.width(scalar)
    return scalar
  }

  private func scalarOrByte() -> (Unicode.Scalar, Int) {
    bytes.withUnsafeBytes { raw in
      if case .scalar(let scalar, let length) = decodeScalar(raw, at: byte) {
        return (scalar, length)
      }
      return (Unicode.Scalar(raw[byte]), 1)
    }
  }
}
