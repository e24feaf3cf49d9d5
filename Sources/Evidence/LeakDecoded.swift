import Glibc

/// Bytes that are searched, and where each of them came from.
struct LeakText {
  let bytes: UnsafeBufferPointer<UInt8>
  /// For each byte its place in the block; nil where the bytes are the block.
  let origins: UnsafePointer<Int32>?

  /// Where the byte at `index` begins in the block.
  @inline(__always)
  func origin(_ index: Int) -> Int32 {
    origins.map { $0[index] } ?? Int32(truncatingIfNeeded: index)
  }

  /// The next place of `byte` at or after `index`.
  func firstIndex(of byte: UInt8, from index: Int) -> Int? {
    guard index < bytes.count, let start = bytes.baseAddress,
      let found = memchr(start + index, Int32(byte), bytes.count - index)
    else { return nil }
    return found - UnsafeMutableRawPointer(mutating: start)
  }
}

/// What a decoding gives: pieces of decoded text, each ended by a zero byte.
final class LeakDecoded {
  private let buffer: LeakBuffer
  private let origins: UnsafeMutablePointer<Int32>
  private(set) var count = 0
  var capacity: Int { buffer.capacity }

  init(capacity: Int) {
    buffer = LeakBuffer(capacity: capacity)
    origins = .allocate(capacity: capacity)
    origins.initialize(repeating: 0, count: capacity)
  }

  deinit { origins.deallocate() }

  var text: LeakText { LeakText(bytes: buffer.prefix(count), origins: UnsafePointer(origins)) }

  func removeAll() { count = 0 }

  @inline(__always)
  func append(_ byte: UInt8, _ origin: Int32) {
    // No decoding of ours makes more of its input than room is made for; if one did, the search of
    // the block would have to say so, and not go past the end.
    precondition(count < buffer.capacity, "Evidence: decoded text is no longer than its source")
    buffer.start[count] = byte
    origins[count] = origin
    count += 1
  }

  /// Appends up to `limit` bytes with their origins, as many as `body` says.
  @inline(__always)
  func append(
    upTo limit: Int,
    _ body: (UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<Int32>) -> Int
  ) {
    precondition(
      limit <= buffer.capacity - count, "Evidence: decoded text is no longer than its source")
    count += body(buffer.start + count, origins + count)
  }

  func append(_ scalar: Unicode.Scalar, _ origin: Int32) {
    for unit in UTF8.encode(scalar) ?? UTF8.encode("\u{FFFD}").unsafelyUnwrapped {
      append(unit, origin)
    }
  }

  func append(_ range: Range<Int>, of text: LeakText) {
    append(upTo: range.count) { bytes, origins in
      for (place, index) in range.enumerated() {
        bytes[place] = text.bytes[index]
        origins[place] = text.origin(index)
      }
      return range.count
    }
  }

  func endPiece(_ origin: Int32) { append(0, origin) }

  /// Takes back everything after the first `count` bytes.
  func truncate(to count: Int) { self.count = count }
}

/// An encoding that is undone before searching.
enum LeakEncoding: UInt8, CaseIterable, Sendable {
  // In the order in which they are tried: of two readings of one place the first is told, and the end
  // of a line of base64 may look like quoted-printable.
  case base64, hex, digits, url, quotedPrintable, json, html, mimeWords

  var words: String {
    switch self {
    case .url: "URL encoding"
    case .quotedPrintable: "quoted-printable"
    case .json: "JSON escapes"
    case .html: "HTML entities"
    case .mimeWords: "MIME encoded words"
    case .base64: "base64"
    case .hex: "hex"
    case .digits: "digits"
    }
  }

  /// In how many alignments it is undone: a value may begin at any digit of a row.
  var alignments: Int {
    switch self {
    case .base64: 4
    case .hex: 2
    default: 1
    }
  }

  /// Whether it is undone in what another decoding gave.
  var isNested: Bool { self != .digits && self != .hex }

  /// Undoes it wherever `text` may be encoded so.
  ///
  /// - Parameter outputs: one for each alignment.
  func decode(_ text: LeakText, into outputs: [LeakDecoded]) {
    for output in outputs { output.removeAll() }
    let output = outputs[0]
    switch self {
    case .url: decodeEscapes(text, ["%", "+"], into: output) { urlEscape(text, $0, output) }
    case .quotedPrintable:
      decodeEscapes(text, ["="], into: output) { quotedPrintableEscape(text, $0, output) }
    case .json: decodeEscapes(text, ["\\"], into: output) { jsonEscape(text, $0, output) }
    case .html: decodeEscapes(text, ["&"], into: output) { htmlEscape(text, $0, output) }
    case .mimeWords: decodeMimeWords(text, into: output)
    case .base64: decodeBase64(text, into: outputs)
    case .hex: decodeHex(text, into: outputs[0], outputs[1])
    case .digits: decodeDigits(text, into: output)
    }
  }
}
