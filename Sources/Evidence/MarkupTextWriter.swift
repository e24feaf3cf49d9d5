/// Collects the text of markup.
struct MarkupTextWriter {
  private(set) var text = DecodedText()
  /// Whether blanks are kept as they are, as inside `pre`.
  var isVerbatim = false

  /// Adds running text: blanks are one space, character references are what they stand for.
  mutating func addRunning(_ bytes: [UInt8], _ range: Range<Int>) {
    var index = range.lowerBound
    while index < range.upperBound {
      let byte = bytes[index]
      if isMarkupBlank(byte), !isVerbatim {
        let start = index
        while index < range.upperBound, isMarkupBlank(bytes[index]) { index += 1 }
        let isNeeded = text.bytes.last.map { $0 != 0x20 && $0 != 0x0A } ?? false
        if isNeeded { text.append(CollectionOfOne(0x20), standingFor: start..<index) }
      } else {
        index = addCharacter(bytes, index..<range.upperBound, isAttribute: false)
      }
    }
  }

  /// Adds an attribute's value on a line of its own.
  mutating func addAttribute(_ bytes: [UInt8], _ range: Range<Int>) {
    var index = range.lowerBound
    while index < range.upperBound {
      index = addCharacter(bytes, index..<range.upperBound, isAttribute: true)
    }
    breakLine()
  }

  /// Adds text that has no references, on lines of its own.
  mutating func addLine(_ bytes: [UInt8], _ range: Range<Int>) {
    addLiteral(bytes, range)
    breakLine()
  }

  mutating func addLiteral(_ bytes: [UInt8], _ range: Range<Int>) {
    if !range.isEmpty { text.append(contentsOf: bytes[range], from: range.lowerBound) }
  }

  /// Begins a new line, if one has begun.
  mutating func breakLine() {
    if let last = text.bytes.last, last != 0x0A { text.append(inserted: CollectionOfOne(0x0A)) }
  }

  mutating func append(_ other: MarkupTextWriter) { text.append(other.text) }

  /// Adds what stands at the beginning of a range: a run of plain letters, one other character, or a
  /// reference. Where it ends.
  private mutating func addCharacter(
    _ bytes: [UInt8], _ range: Range<Int>, isAttribute: Bool
  ) -> Int {
    var index = range.lowerBound
    let isPlain = { (byte: UInt8) in
      byte < 0x80 && byte != UInt8(ascii: "&") && (isAttribute || !isMarkupBlank(byte))
    }
    while index < range.upperBound, isPlain(bytes[index]) { index += 1 }
    if index > range.lowerBound {
      text.append(contentsOf: bytes[range.lowerBound..<index], from: range.lowerBound)
      return index
    }
    if bytes[index] == UInt8(ascii: "&"),
      let (scalar, end) = reference(bytes, range, isAttribute: isAttribute)
    {
      add(utf8Bytes(scalar), standingFor: index..<end)
      return end
    }
    // What decoding left is UTF-8, so a lead byte says how many follow.
    let length = bytes[index] < 0xC0 ? 1 : bytes[index] < 0xE0 ? 2 : bytes[index] < 0xF0 ? 3 : 4
    let end = min(range.upperBound, index + length)
    let character = Array(bytes[index..<end])
    if isSpecial(character) {
      add(character, standingFor: index..<end)
    } else {
      text.append(contentsOf: character[...], from: index)
    }
    return end
  }

  private mutating func add(_ character: [UInt8], standingFor range: Range<Int>) {
    if invisible.contains(character) { return }
    text.append(spaces.contains(character) ? [0x20] : character, standingFor: range)
  }

  private func isSpecial(_ character: [UInt8]) -> Bool {
    invisible.contains(character) || spaces.contains(character)
  }
}

/// The character that a reference at the beginning of a range stands for, and where it ends.
///
/// By HTML section 13.2.5.72 on: some names need no semicolon, but in an attribute they do where a
/// letter, digit or `=` follows.
private func reference(
  _ bytes: [UInt8], _ range: Range<Int>, isAttribute: Bool
) -> (Unicode.Scalar, Int)? {
  let start = range.lowerBound + 1
  guard start < range.upperBound else { return nil }
  if bytes[start] == UInt8(ascii: "#") { return numericReference(bytes, start..<range.upperBound) }
  var end = start
  let limit = min(range.upperBound, start + CharacterReferences.maximumNameByteCount)
  while end < limit, isAlphanumeric(bytes[end]) { end += 1 }
  if end < range.upperBound, bytes[end] == UInt8(ascii: ";"),
    let scalar = CharacterReferences.scalar(bytes[start..<end])
  {
    return (scalar, end + 1)
  }
  let longest = min(end - start, CharacterReferences.maximumOldNameByteCount)
  for length in stride(from: longest, through: 2, by: -1) {
    let after = start + length
    guard let scalar = CharacterReferences.oldScalar(bytes[start..<after]) else { continue }
    let next = after < range.upperBound ? bytes[after] : 0
    return isAttribute && (isAlphanumeric(next) || next == 0x3D) ? nil : (scalar, after)
  }
  return nil
}

private func numericReference(_ bytes: [UInt8], _ range: Range<Int>) -> (Unicode.Scalar, Int)? {
  var index = range.lowerBound + 1
  let isHex = index < range.upperBound && bytes[index] | 0x20 == UInt8(ascii: "x")
  if isHex { index += 1 }
  let first = index
  var value: UInt32 = 0
  while index < range.upperBound, isHex ? isHexDigit(bytes[index]) : isDigit(bytes[index]) {
    let byte = bytes[index]
    let digit = UInt32(isDigit(byte) ? byte - 0x30 : (byte | 0x20) - 0x61 + 10)
    value = min(0x110000, value * (isHex ? 16 : 10) + digit)
    index += 1
  }
  guard index > first else { return nil }
  if index < range.upperBound, bytes[index] == UInt8(ascii: ";") { index += 1 }
  // The upper controls are read as the windows-1252 characters that their writers meant.
  if (0x80...0x9F).contains(value) {
    let text = String(decoding: windows1252(UInt8(value)), as: UTF8.self)
    return text.unicodeScalars.first.map { ($0, index) }
  }
  return ((value == 0 ? nil : Unicode.Scalar(value)) ?? "\u{FFFD}", index)
}

/// Soft hyphen, zero width space, word joiner, byte order mark: they part letters and aren't seen.
private let invisible: Set<[UInt8]> = Set(
  ["\u{AD}", "\u{200B}", "\u{2060}", "\u{FEFF}"].map { Array($0.utf8) })

/// Spaces at which a line doesn't break.
private let spaces: Set<[UInt8]> = Set(["\u{A0}", "\u{2007}", "\u{202F}"].map { Array($0.utf8) })
