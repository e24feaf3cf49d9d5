/// Cuts text into words and what stands between them.
struct TextSegmenter: Sendable {
  /// Whether the open leaf is a word; nil before the first scalar.
  private var isWord: Bool?
  private var partial = PartialScalar()
  private var offset: UInt64 = 0

  mutating func push(
    _ bytes: UnsafeRawBufferPointer, _ emit: (SegmentPiece) throws -> Void
  ) throws {
    defer { offset += UInt64(bytes.count) }
    var index = try completePartial(bytes, emit)
    var start = index
    while index < bytes.count {
      let byte = bytes[index]
      var length = 1
      let word: Bool
      if byte < 0x80 {
        word = asciiIsWord(byte)
      } else {
        switch decodeScalar(bytes, at: index) {
        case .scalar(let scalar, let count):
          word = scalarIsWord(scalar)
          length = count
        case .incomplete:
          try bytes.give(start..<index, emit)
          partial.append(bytes, from: index)
          return
        case .malformed: throw SegmentError.notUTF8(offset: offset + UInt64(index))
        }
      }
      if word != isWord {
        try bytes.give(start..<index, emit)
        if isWord != nil { try emit(.endLeaf) }
        isWord = word
        start = index
      }
      index += length
    }
    try bytes.give(start..<index, emit)
  }

  mutating func finish(_ emit: (SegmentPiece) throws -> Void) throws {
    guard partial.isEmpty else { throw SegmentError.notUTF8(offset: offset) }
    try emit(.endLeaf)
  }

  /// Finishes the scalar that the chunk before began; how many bytes of this chunk that took.
  private mutating func completePartial(
    _ bytes: UnsafeRawBufferPointer, _ emit: (SegmentPiece) throws -> Void
  ) throws -> Int {
    var index = 0
    while !partial.isEmpty, index < bytes.count {
      partial.append(bytes[index])
      index += 1
      let (result, storage, count) = partial.decoded()
      switch result {
      case .incomplete: continue
      case .malformed: throw SegmentError.notUTF8(offset: offset + UInt64(index - 1))
      case .scalar(let scalar, _):
        let word = scalarIsWord(scalar)
        if isWord != nil, word != isWord { try emit(.endLeaf) }
        isWord = word
        try withUnsafeBytes(of: storage) { try $0.give(0..<count, emit) }
        partial = PartialScalar()
      }
    }
    return index
  }
}

/// Whether a stream of bytes is UTF-8.
struct UTF8Check: Sendable {
  private var partial = PartialScalar()
  private var offset: UInt64 = 0

  mutating func push(_ bytes: UnsafeRawBufferPointer) throws(SegmentError) {
    var index = 0
    while index < bytes.count {
      if partial.isEmpty, bytes[index] < 0x80 {
        index += 1
        continue
      }
      partial.append(bytes[index])
      switch partial.decoded().result {
      case .incomplete: break
      case .malformed: throw .notUTF8(offset: offset + UInt64(index))
      case .scalar: partial = PartialScalar()
      }
      index += 1
    }
    offset += UInt64(bytes.count)
  }

  func finish() throws(SegmentError) {
    guard partial.isEmpty else { throw .notUTF8(offset: offset) }
  }
}

/// The first bytes of a scalar whose last bytes are in the next chunk.
struct PartialScalar: Sendable {
  private var storage: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
  private var count = 0

  var isEmpty: Bool { count == 0 }

  /// Adds one byte; a scalar has at most four, and is decoded as soon as it is complete.
  mutating func append(_ byte: UInt8) {
    let place = count
    withUnsafeMutableBytes(of: &storage) { $0[place] = byte }
    count += 1
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer, from start: Int) {
    for index in start..<bytes.count { append(bytes[index]) }
  }

  func decoded() -> (result: DecodedScalar, storage: (UInt8, UInt8, UInt8, UInt8), count: Int) {
    let result = withUnsafeBytes(of: storage) {
      decodeScalar(UnsafeRawBufferPointer(rebasing: $0[..<count]), at: 0)
    }
    return (result, storage, count)
  }
}

/// What the bytes at a place are, Unicode chapter 3, table 3-7.
package enum DecodedScalar {
  case scalar(Unicode.Scalar, byteCount: Int)
  /// The bytes so far are the beginning of a scalar.
  case incomplete
  case malformed
}

package func decodeScalar(_ bytes: UnsafeRawBufferPointer, at start: Int) -> DecodedScalar {
  let lead = bytes[start]
  let length: Int
  switch lead {
  case 0..<0x80: return .scalar(Unicode.Scalar(lead), byteCount: 1)
  case 0xC2...0xDF: length = 2
  case 0xE0...0xEF: length = 3
  case 0xF0...0xF4: length = 4
  default: return .malformed
  }
  var value = UInt32(lead) & (0x7F >> UInt32(length))
  for index in 1..<length {
    guard start + index < bytes.count else { return .incomplete }
    let byte = bytes[start + index]
    guard (index == 1 ? secondByteRange(lead) : 0x80...0xBF).contains(byte) else {
      return .malformed
    }
    value = value << 6 | UInt32(byte & 0x3F)
  }
  return Unicode.Scalar(value).map { .scalar($0, byteCount: length) } ?? .malformed
}

/// Narrower than a continuation byte where a form would be overlong, a surrogate or past U+10FFFF.
private func secondByteRange(_ lead: UInt8) -> ClosedRange<UInt8> {
  switch lead {
  case 0xE0: 0xA0...0xBF
  case 0xED: 0x80...0x9F
  case 0xF0: 0x90...0xBF
  case 0xF4: 0x80...0x8F
  default: 0x80...0xBF
  }
}

/// Whether a scalar belongs to a word: its general category is L, M or N.
package func scalarIsWord(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
    .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
    true
  default: false
  }
}

private func asciiIsWord(_ byte: UInt8) -> Bool {
  (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
}
