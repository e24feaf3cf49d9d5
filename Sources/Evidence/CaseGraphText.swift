/// JSON text as it grows: keys in the order of the calls, two-space indentation, UTF-8.
struct CaseGraphText {
  private var buffer: [UInt8] = []
  private var depth = 0
  private var isEmpty = true

  /// Opens an object, as the value of `key` or as an element.
  mutating func beginObject(_ key: String? = nil) { begin(key, "{") }
  mutating func endObject() { end("}") }
  mutating func beginArray(_ key: String) { begin(key, "[") }
  mutating func endArray() { end("]") }

  /// Opens a node with its IRI and types.
  mutating func beginNode(_ key: String? = nil, _ iri: String, _ types: String...) {
    beginObject(key)
    string("@id", iri)
    if types.count == 1 { string("@type", types[0]) } else { strings("@type", types) }
  }

  /// A plain string; nothing at all where it is nil.
  mutating func string(_ key: String, _ value: String?) {
    guard let value else { return }
    next(key)
    quote(value)
  }

  /// An array of strings; nothing at all where there are none.
  mutating func strings(_ key: String, _ values: [String]) {
    guard !values.isEmpty else { return }
    beginArray(key)
    for value in values {
      next(nil)
      quote(value)
    }
    endArray()
  }

  /// A literal with its datatype; nothing at all where it is nil.
  mutating func literal(_ key: String, _ type: String, _ value: String?) {
    guard let value else { return }
    next(key)
    append("{ \"@type\": ")
    quote(type)
    append(", \"@value\": ")
    quote(value)
    append(" }")
  }

  /// A reference to another node, as the value of `key` or as an element.
  mutating func reference(_ key: String? = nil, _ iri: String) {
    next(key)
    append("{ \"@id\": ")
    quote(iri)
    append(" }")
  }

  /// An array of references; nothing at all where there are none.
  mutating func references(_ key: String, _ iris: [String]) {
    guard !iris.isEmpty else { return }
    beginArray(key)
    for iri in iris { reference(nil, iri) }
    endArray()
  }

  /// A text that goes on where this one ends, without what is here.
  var continuation: CaseGraphText {
    var text = self
    text.buffer = []
    return text
  }

  /// Takes what such a text has become.
  mutating func append(_ text: CaseGraphText) {
    buffer += text.buffer
    (depth, isEmpty) = (text.depth, text.isEmpty)
  }

  /// Hands on what there is once it is worth a call.
  mutating func drain(to write: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    if buffer.count >= Self.pieceByteCount { try flush(to: write) }
  }

  /// Hands on everything.
  mutating func flush(to write: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    try buffer.withUnsafeBytes { try write($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  private mutating func begin(_ key: String?, _ bracket: StaticString) {
    if depth > 0 { next(key) }
    append(bracket)
    depth += 1
    isEmpty = true
  }

  private mutating func end(_ bracket: StaticString) {
    depth -= 1
    if !isEmpty { newLine() }
    append(bracket)
    isEmpty = false
    if depth == 0 { append("\n") }
  }

  private mutating func next(_ key: String?) {
    if !isEmpty { append(",") }
    isEmpty = false
    newLine()
    if let key {
      quote(key)
      append(": ")
    }
  }

  private mutating func newLine() {
    buffer.append(UInt8(ascii: "\n"))
    for _ in 0..<2 * depth { buffer.append(UInt8(ascii: " ")) }
  }

  private mutating func append(_ text: StaticString) {
    buffer.append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// A JSON string (RFC 8259, clause 7).
  ///
  /// Beyond what must be escaped, so is what makes a viewer show another text than is there: C1
  /// controls, line separators and the controls of bidirectional text.
  private mutating func quote(_ value: String) {
    var value = value
    buffer.append(UInt8(ascii: "\""))
    let isPlain = value.withUTF8 { bytes in
      guard bytes.allSatisfy(Self.isPlain) else { return false }
      buffer.append(contentsOf: bytes)
      return true
    }
    if !isPlain { escape(value) }
    buffer.append(UInt8(ascii: "\""))
  }

  /// What stands for itself, in nearly every string.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x7f && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  private mutating func escape(_ value: String) {
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": append("\\\"")
      case "\\": append("\\\\")
      case "\n": append("\\n")
      case "\r": append("\\r")
      case "\t": append("\\t")
      case _ where Self.isHidden(scalar): appendEscape(scalar.value)
      default: buffer.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      }
    }
  }

  /// JSON's escape of four hexadecimal digits, enough for everything that ``isHidden(_:)`` names.
  private mutating func appendEscape(_ value: UInt32) {
    append("\\u")
    for shift in [12, 8, 4, 0] {
      buffer.append(Self.hexDigits[Int(value >> UInt32(shift)) & 15])
    }
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0...0x1f, 0x7f...0x9f, 0x61c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff:
      true
    default: false
    }
  }

  private static let hexDigits = Array("0123456789abcdef".utf8)
  /// Large enough that a call costs nothing beside the hashing of IRIs.
  private static let pieceByteCount = 32 << 10
}
