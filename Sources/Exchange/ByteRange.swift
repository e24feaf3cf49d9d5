/// The part of a file that a `Range` field asks for (RFC 9110, section 14): one range of bytes.
///
/// Several ranges, other units and malformed fields are ignored, as that section allows: the whole
/// is the answer then.
package enum ByteRange: Hashable, Sendable {
  case whole
  case part(Range<UInt64>)
  /// Nothing of the file is in the range.
  case unsatisfiable

  package init(_ field: String?, of length: UInt64) {
    self = .whole
    guard let field, field.hasPrefix("bytes="), !field.contains(","), field.utf8.count <= 64 else {
      return
    }
    let ends = field.dropFirst("bytes=".count).split(
      separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard ends.count == 2 else { return }
    let (first, last) = (Self.number(ends[0]), Self.number(ends[1]))
    switch (first, last) {
    case (nil, let count?) where ends[0].isEmpty:
      self =
        count == 0 || length == 0 ? .unsatisfiable : .part(length - min(count, length)..<length)
    case (let first?, nil) where ends[1].isEmpty:
      self = first < length ? .part(first..<length) : .unsatisfiable
    case (let first?, let last?) where first <= last:
      self = first < length ? .part(first..<min(last, length - 1) + 1) : .unsatisfiable
    default: return
    }
  }

  /// Digits alone; `UInt64` itself takes a sign.
  private static func number(_ text: Substring) -> UInt64? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(text) : nil
  }
}
