/// The characters of an XML document: names, values, texts, references, comments.
///
/// Every method reads at ``position`` and moves it past what it has read.
struct XMLScanner {
  let bytes: [UInt8]
  private(set) var position = 0

  /// Checks that the bytes are UTF-8, and characters that XML allows (production 2).
  init(_ bytes: [UInt8]) throws(ManifestError) {
    guard bytes.count <= Manifest.maximumSize else {
      throw .tooLarge(bytes.count, limit: Manifest.maximumSize)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
    guard text.unicodeScalars.allSatisfy(Self.isCharacter) else { throw .malformed(offset: 0) }
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  var isAtEnd: Bool { position == bytes.count }

  /// The rest of a comment.
  mutating func skipComment() throws(ManifestError) {
    let start = position
    while position < bytes.count {
      if skip("--") {
        guard skip(">") else { throw .malformed(offset: position) }
        return
      }
      position += 1
    }
    throw .malformed(offset: start)
  }

  /// Text up to the next tag, or what looks like one.
  mutating func readText() throws(ManifestError) -> String {
    var text: [UInt8] = []
    while position < bytes.count, bytes[position] != UInt8(ascii: "<") {
      if starts(with: "]]>") { throw .malformed(offset: position) }
      try readCharacter(into: &text)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// A value in either sort of quotes.
  mutating func readAttributeValue() throws(ManifestError) -> String {
    guard position < bytes.count, "\"'".utf8.contains(bytes[position]) else {
      throw .malformed(offset: position)
    }
    let quote = bytes[position]
    position += 1
    var value: [UInt8] = []
    while position < bytes.count, bytes[position] != quote {
      guard bytes[position] >= 0x20, bytes[position] != UInt8(ascii: "<") else {
        throw .malformed(offset: position)
      }
      try readCharacter(into: &value)
    }
    guard position < bytes.count else { throw .malformed(offset: position) }
    position += 1
    return String(decoding: value, as: UTF8.self)
  }

  /// A byte, or what a reference stands for. Line ends become one line feed (XML 1.0, 2.11).
  private mutating func readCharacter(into text: inout [UInt8]) throws(ManifestError) {
    let byte = bytes[position]
    if byte == UInt8(ascii: "&") {
      text.append(contentsOf: try readReference().utf8)
      return
    }
    position += 1
    guard byte == UInt8(ascii: "\r") else {
      text.append(byte)
      return
    }
    text.append(UInt8(ascii: "\n"))
    _ = skip("\n")
  }

  private mutating func readReference() throws(ManifestError) -> String {
    let start = position
    let name = bytes[(start + 1)...].prefix(Self.longestReference)
      .prefix { $0 != UInt8(ascii: ";") }
    position = name.endIndex
    guard skip(";") else { throw .malformed(offset: start) }
    let text = String(decoding: name, as: UTF8.self)
    if let predefined = Self.entities[text] { return predefined }
    guard text.first == "#" else { throw .unknownEntity(offset: start) }
    let isHexadecimal = text.dropFirst().first == "x"
    let digits = text.dropFirst(isHexadecimal ? 2 : 1)
    guard
      digits.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
      let value = UInt32(digits, radix: isHexadecimal ? 16 : 10),
      let scalar = Unicode.Scalar(value), Self.isCharacter(scalar)
    else { throw .malformed(offset: start) }
    return String(Character(scalar))
  }

  /// A name as written, its prefix included.
  mutating func readName() throws(ManifestError) -> Range<Int> {
    let start = position
    while position < bytes.count, Self.isNameByte(bytes[position]) { position += 1 }
    guard start < position, Self.isNameStart(bytes[start]) else { throw .malformed(offset: start) }
    return start..<position
  }

  /// Whether there was space.
  @discardableResult
  mutating func skipSpace() -> Bool {
    let start = position
    while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    return position > start
  }

  func starts(with text: StaticString) -> Bool {
    text.withUTF8Buffer { bytes[position...].starts(with: $0) }
  }

  /// Whether `text` was there.
  @discardableResult
  mutating func skip(_ text: StaticString) -> Bool {
    guard starts(with: text) else { return false }
    position += text.utf8CodeUnitCount
    return true
  }

  static func isSpace(_ byte: UInt8) -> Bool { " \t\r\n".utf8.contains(byte) }

  static func isNameStart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    default: byte == UInt8(ascii: "_")
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    isNameStart(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || "-.:".utf8.contains(byte)
  }

  private static func isCharacter(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x20
      ? scalar.value & 0xFFFE != 0xFFFE : "\t\n\r".unicodeScalars.contains(scalar)
  }

  private static let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]
  /// `#x10FFFF`, and a few zeros before it.
  private static let longestReference = 12
}
