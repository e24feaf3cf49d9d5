/// Undoes the transfer encodings of a mail that is withheld whole (RFC 2045, section 6), so that its
/// text is known by what it says.
///
/// A small reader of lines: which part a line belongs to doesn't matter, only how it is encoded.
struct LeakMailDecoder {
  private enum Encoding { case none, quotedPrintable, base64 }

  private var passages: LeakPassages
  private var line: [UInt8] = []
  private var isInHeader = true
  private var encoding = Encoding.none

  init(_ passages: LeakPassages) { self.passages = passages }

  mutating func push(_ bytes: [UInt8]) throws {
    for byte in bytes {
      line.append(byte)
      if byte == 0x0A || line.count >= Self.longestLine { try endLine() }
    }
  }

  mutating func finish() throws {
    try endLine()
    try passages.finish()
  }

  private mutating func endLine() throws {
    defer { line.removeAll(keepingCapacity: true) }
    let text = LeakFold.folded(line)
    if text.starts(with: "--".utf8) {
      (isInHeader, encoding) = (true, .none)
      return try passages.finish()
    }
    if isInHeader {
      if text.isEmpty { isInHeader = false }
      if text.starts(with: "content-transfer-encoding:".utf8) {
        let value = String(decoding: text.drop { $0 != UInt8(ascii: ":") }, as: UTF8.self)
        encoding =
          value.contains("base64")
          ? .base64 : value.contains("quoted-printable") ? .quotedPrintable : .none
      }
      return
    }
    switch encoding {
    case .none: return
    case .quotedPrintable:
      // A soft line break takes its line end with it.
      try passages.push(LeakEncoding.quotedPrintable.reading(of: line) ?? line)
    case .base64: try passages.push(LeakEncoding.base64Reading(of: line))
    }
  }

  /// RFC 5322 allows 998; base64 in one line is cut at a multiple of four.
  private static let longestLine = 4096
}

extension LeakEncoding {
  /// All of a value as it reads; nil where nothing in it is written so.
  func reading(of value: [UInt8]) -> [UInt8]? {
    let output = LeakDecoded(capacity: value.count + 64)
    var hasEscape = false
    value.withUnsafeBufferPointer { bytes in
      let text = LeakText(bytes: bytes, origins: nil)
      var index = 0
      while index < bytes.count {
        let length =
          switch (self, bytes[index]) {
          case (.quotedPrintable, UInt8(ascii: "=")): quotedPrintableEscape(text, index, output)
          case (.json, UInt8(ascii: "\\")): jsonEscape(text, index, output)
          case (.html, UInt8(ascii: "&")): htmlEscape(text, index, output)
          case (.url, UInt8(ascii: "%")): urlEscape(text, index, output)
          default: 0
          }
        hasEscape = hasEscape || length > 0
        if length == 0 { output.append(bytes[index], 0) }
        index += max(1, length)
      }
      guard self == .mimeWords else { return }
      decode(text, into: [output])
      hasEscape = output.count > 0
    }
    return hasEscape ? Array(output.text.bytes.prefix { $0 != 0 || self != .mimeWords }) : nil
  }

  /// What the base64 digits of a line stand for.
  static func base64Reading(of line: [UInt8]) -> [UInt8] {
    let output = LeakDecoded(capacity: line.count + 64)
    line.withUnsafeBufferPointer { bytes in
      appendBase64(LeakText(bytes: bytes, origins: nil), 0..<bytes.count, to: output)
    }
    return Array(output.text.bytes)
  }
}

/// What a value of nothing but base64 says, where that is text: lines of a mail's body.
func base64Text(_ value: [UInt8]) -> [UInt8]? {
  let isBase64 = value.allSatisfy { base64Value($0) != nil || [0x0D, 0x0A, 0x3D].contains($0) }
  guard isBase64, value.count >= 16 else { return nil }
  let text = LeakEncoding.base64Reading(of: value)
  guard String(validating: text, as: UTF8.self) != nil,
    !text.contains(where: { $0 < 0x09 || $0 == 0x7F })
  else { return nil }
  return text
}
