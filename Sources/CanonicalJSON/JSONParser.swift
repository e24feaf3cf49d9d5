extension JSON {
  /// How deep arrays and objects may be nested.
  ///
  /// The parser recurses, and what we sign nests four deep: 32 leaves room and bounds the stack.
  public static let maximumDepth = 32

  /// Reads one JSON text, with any white space that RFC 8259 allows around its tokens.
  ///
  /// - Parameters:
  ///   - bytes: the whole text, UTF-8 without a byte order mark.
  ///   - limit: the most bytes that are looked at; more are refused before anything is read.
  /// - Throws: ``JSONError`` with the offset of the first fault.
  public init(parsing bytes: some Collection<UInt8>, limit: Int) throws(JSONError) {
    guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
    var parser = JSONParser(bytes: Array(bytes))
    self = try parser.document()
  }

  /// Reads one JSON text that must be in its RFC 8785 form, byte for byte.
  ///
  /// - Parameters:
  ///   - bytes: the whole text.
  ///   - limit: the most bytes that are looked at; more are refused before anything is read.
  /// - Throws: ``JSONError``; ``JSONError/notCanonical(offset:)`` for JSON in another form.
  public init(canonical bytes: some Collection<UInt8>, limit: Int) throws(JSONError) {
    guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
    // As an array: comparing through the protocol takes a call for each byte, more than parsing.
    let bytes = Array(bytes)
    var parser = JSONParser(bytes: bytes)
    let value = try parser.document()
    let canonical = value.canonicalBytes
    guard canonical == bytes else {
      let same = zip(canonical, bytes).prefix { $0 == $1 }.count
      throw .notCanonical(offset: same)
    }
    self = value
  }
}

/// Recursive descent over RFC 8259, bounded by ``JSON/maximumDepth``.
struct JSONParser {
  let bytes: [UInt8]
  private var offset = 0
  private var depth = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONError) -> JSON {
    skipSpace()
    let value = try value()
    skipSpace()
    guard offset == bytes.count else { throw .trailingBytes(offset: offset) }
    return value
  }

  private mutating func value() throws(JSONError) -> JSON {
    switch try peek() {
    case UInt8(ascii: "{"): return try nested { (parser) throws(JSONError) in try parser.object() }
    case UInt8(ascii: "["): return try nested { (parser) throws(JSONError) in try parser.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"):
      try literal("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try literal("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      let start = offset
      try literal("null")
      throw .null(offset: start)
    default: return .integer(try integer())
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(JSONError) -> JSON
  ) throws(JSONError) -> JSON {
    guard depth < JSON.maximumDepth else { throw .tooDeep(offset: offset) }
    depth += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func array() throws(JSONError) -> JSON {
    offset += 1
    skipSpace()
    var elements: [JSON] = []
    if try take(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      elements.append(try value())
      skipSpace()
      if try take(UInt8(ascii: "]")) { return .array(elements) }
      try expect(UInt8(ascii: ","))
      skipSpace()
    }
  }

  private mutating func object() throws(JSONError) -> JSON {
    offset += 1
    skipSpace()
    var members: [String: JSON] = [:]
    if try take(UInt8(ascii: "}")) { return .object(members) }
    while true {
      let start = offset
      guard try peek() == UInt8(ascii: "\"") else { throw unexpected() }
      let key = try string()
      guard members[key] == nil else { throw .duplicateKey(key, offset: start) }
      skipSpace()
      try expect(UInt8(ascii: ":"))
      skipSpace()
      members[key] = try value()
      skipSpace()
      if try take(UInt8(ascii: "}")) { return .object(members) }
      try expect(UInt8(ascii: ","))
      skipSpace()
    }
  }

  /// RFC 8259 clause 6 without `frac` and `exp`.
  private mutating func integer() throws(JSONError) -> Int64 {
    let start = offset
    let negative = try take(UInt8(ascii: "-"))
    let digits = offset
    guard Self.isDigit(try peek()) else { throw unexpected() }
    var magnitude: Int64 = 0
    var isInRange = true
    while offset < bytes.count, Self.isDigit(bytes[offset]) {
      if isInRange {
        magnitude = magnitude * 10 + Int64(bytes[offset] - UInt8(ascii: "0"))
        isInRange = magnitude <= JSON.integerRange.upperBound
      }
      offset += 1
    }
    let hasLeadingZero = bytes[digits] == UInt8(ascii: "0") && offset - digits > 1
    let next = offset < bytes.count ? bytes[offset] : 0
    let isFloat = next == 0x2E || next == 0x65 || next == 0x45
    guard !hasLeadingZero, !isFloat else { throw .notAnInteger(offset: start) }
    guard isInRange else { throw .integerOutOfRange(offset: start) }
    return negative ? -magnitude : magnitude
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}

// Strings, RFC 8259 clause 7.
extension JSONParser {
  private mutating func string() throws(JSONError) -> String {
    offset += 1
    let start = offset
    skipPlain()
    // Most have no escape, and are taken as they stand.
    var text: [UInt8] = []
    var plain = start
    while try peek() != UInt8(ascii: "\"") {
      guard bytes[offset] == UInt8(ascii: "\\") else { throw unexpected() }
      text += bytes[plain..<offset]
      text.append(contentsOf: String(try escape()).utf8)
      plain = offset
      skipPlain()
    }
    let end = offset
    offset += 1
    let string =
      plain == start
      ? String(validating: bytes[start..<end], as: UTF8.self)
      : String(validating: text + bytes[plain..<end], as: UTF8.self)
    guard let string else { throw .invalidUTF8(offset: start) }
    return string
  }

  /// Goes on to the next quotation mark, backslash or control character, or to the end.
  private mutating func skipPlain() {
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { return }
      offset += 1
    }
  }

  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    let start = offset
    offset += 1
    let letter = try peek()
    offset += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): break
    default: throw .invalidEscape(offset: start)
    }
    let unit = try hexUnit(start)
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard UTF16.isLeadSurrogate(UInt16(unit)), offset + 1 < bytes.count,
      bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
    else { throw .loneSurrogate(offset: start) }
    offset += 2
    let low = try hexUnit(offset - 2)
    guard UTF16.isTrailSurrogate(UInt16(low)),
      let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    else { throw .loneSurrogate(offset: start) }
    return scalar
  }

  /// The four hexadecimal digits of an escape; `start` is the place of its backslash.
  private mutating func hexUnit(_ start: Int) throws(JSONError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(try peek())).hexDigitValue else {
        throw .invalidEscape(offset: start)
      }
      unit = unit << 4 | UInt32(digit)
      offset += 1
    }
    return unit
  }
}

// Single bytes.
extension JSONParser {
  private mutating func skipSpace() {
    while offset < bytes.count, Self.isSpace(bytes[offset]) { offset += 1 }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
  }

  private func peek() throws(JSONError) -> UInt8 {
    guard offset < bytes.count else { throw .truncated(offset: offset) }
    return bytes[offset]
  }

  private mutating func take(_ byte: UInt8) throws(JSONError) -> Bool {
    guard try peek() == byte else { return false }
    offset += 1
    return true
  }

  private mutating func expect(_ byte: UInt8) throws(JSONError) {
    guard try take(byte) else { throw unexpected() }
  }

  private mutating func literal(_ word: StaticString) throws(JSONError) {
    for index in 0..<word.utf8CodeUnitCount { try expect(word.utf8Start[index]) }
  }

  private func unexpected() -> JSONError {
    offset < bytes.count
      ? .unexpectedByte(bytes[offset], offset: offset) : .truncated(offset: offset)
  }
}
