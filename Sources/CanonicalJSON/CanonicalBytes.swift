extension JSON {
  /// The RFC 8785 form: no white space, keys by UTF-16 code units, the fewest escapes.
  ///
  /// An integer outside ``JSON/integerRange`` is written, but no reader of ours takes it back.
  public var canonicalBytes: [UInt8] {
    var output: [UInt8] = []
    append(to: &output, indent: nil)
    return output
  }

  /// The same value for people: one member or element a line, two spaces a level, keys sorted.
  ///
  /// There is no line end after the last line. Only ``canonicalBytes`` are signed.
  public var prettyText: String {
    var output: [UInt8] = []
    append(to: &output, indent: 0)
    return String(decoding: output, as: UTF8.self)
  }

  func append(to output: inout [UInt8], indent: Int?) {
    switch self {
    case .string(let text): Self.append(text, to: &output)
    case .integer(let value): output.append(contentsOf: String(value).utf8)
    case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
    case .array(let elements):
      Self.append(elements, between: ("[", "]"), to: &output, indent: indent) {
        $0.append(to: &$1, indent: $2)
      }
    case .object(let members):
      let sorted = Self.sorted(members)
      Self.append(sorted, between: ("{", "}"), to: &output, indent: indent) {
        Self.appendKey($0.key, to: &$1, indent: $2)
        $0.value.append(to: &$1, indent: $2)
      }
    }
  }

  /// RFC 8785 section 3.2.3: by arrays of UTF-16 code units, which is not the order of scalars.
  static func sorted<Value>(_ members: [String: Value]) -> [(key: String, value: Value)] {
    // Where all keys are ASCII, and ours are, it is the order of strings, which is found much faster.
    let isASCII = members.keys.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
    return isASCII
      ? members.sorted { $0.key < $1.key }
      : members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
  }

  static func appendKey(_ key: String, to output: inout [UInt8], indent: Int?) {
    append(key, to: &output)
    output.append(contentsOf: (indent == nil ? ":" : ": ").utf8)
  }

  static func append<Elements: Collection>(
    _ elements: Elements, between brackets: (String, String), to output: inout [UInt8],
    indent: Int?, _ each: (Elements.Element, inout [UInt8], Int?) throws -> Void
  ) rethrows {
    output.append(contentsOf: brackets.0.utf8)
    let inner = indent.map { $0 + 2 }
    for (index, element) in elements.enumerated() {
      if index > 0 { output.append(UInt8(ascii: ",")) }
      newLine(to: &output, indent: inner)
      try each(element, &output, inner)
    }
    if !elements.isEmpty { newLine(to: &output, indent: indent) }
    output.append(contentsOf: brackets.1.utf8)
  }

  private static func newLine(to output: inout [UInt8], indent: Int?) {
    guard let indent else { return }
    output.append(UInt8(ascii: "\n"))
    output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent))
  }

  /// RFC 8785 section 3.2.2.2.
  static func append(_ text: String, to output: inout [UInt8]) {
    var text = text
    text.withUTF8 { utf8 in
      output.append(UInt8(ascii: "\""))
      let isPlain = utf8.allSatisfy {
        $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
      }
      if isPlain { output.append(contentsOf: utf8) } else { appendEscaped(utf8, to: &output) }
      output.append(UInt8(ascii: "\""))
    }
  }

  private static func appendEscaped(
    _ utf8: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]
  ) {
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "\""): output.append(contentsOf: "\\\"".utf8)
      case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
      case 0x08: output.append(contentsOf: "\\b".utf8)
      case 0x09: output.append(contentsOf: "\\t".utf8)
      case 0x0A: output.append(contentsOf: "\\n".utf8)
      case 0x0C: output.append(contentsOf: "\\f".utf8)
      case 0x0D: output.append(contentsOf: "\\r".utf8)
      case 0..<0x10: output.append(contentsOf: "\\u000\(String(byte, radix: 16))".utf8)
      case 0x10..<0x20: output.append(contentsOf: "\\u00\(String(byte, radix: 16))".utf8)
      default: output.append(byte)
      }
    }
  }
}
