/// Cuts a table into cells and delimiters, in turn: separator, LF or CRLF outside quotes.
///
/// A quote opens only at the start of a cell; within quotes a doubled one stands for itself. What
/// follows the closing quote up to the next delimiter belongs to the cell, and so does a lone CR. A
/// byte order mark belongs to the first cell, which may begin with a quote behind it.
struct CellSegmenter: Sendable {
  private enum State: Sendable {
    /// Nothing yet, or the first one or two bytes of a byte order mark.
    case start, mark, longerMark
    case cellStart, bare, quoted, quoteInQuotes
  }

  /// What parts the cells of a row: comma, semicolon or TAB.
  private let separator: UInt8
  private var state = State.start
  /// A CR at the end of a chunk: part of the delimiter if an LF follows, else of the cell.
  private var holdsCR = false
  /// Whether a cell is owed although nothing follows: at the start, and after a separator.
  private var owesCell = true

  init(separator: UInt8) { self.separator = separator }

  mutating func push(
    _ bytes: UnsafeRawBufferPointer, _ emit: (SegmentPiece) throws -> Void
  ) throws {
    guard let first = bytes.first else { return }
    var start = 0
    var index = 0
    if holdsCR {
      holdsCR = false
      if first == Self.lf {
        try emit(.endLeaf)
        try Self.crlf.withUnsafeBytes { try emit(.bytes($0)) }
        try endDelimiter(first, emit)
        start = 1
        index = 1
      } else {
        try Self.crlf.withUnsafeBytes { try $0.give(0..<1, emit) }
      }
    }
    while index < bytes.count {
      let byte = bytes[index]
      if continuesCell(byte) {
        index += 1
        continue
      }
      var end = index + 1
      if byte == Self.cr {
        guard end < bytes.count else {
          try bytes.give(start..<index, emit)
          holdsCR = true
          return
        }
        guard bytes[end] == Self.lf else {
          index = end
          continue
        }
        end += 1
      }
      try bytes.give(start..<index, emit)
      try emit(.endLeaf)
      try bytes.give(index..<end, emit)
      try endDelimiter(byte, emit)
      start = end
      index = end
    }
    try bytes.give(start..<index, emit)
  }

  mutating func finish(_ emit: (SegmentPiece) throws -> Void) throws {
    if holdsCR { try Self.crlf.withUnsafeBytes { try $0.give(0..<1, emit) } }
    switch state {
    case .quoted: throw SegmentError.unclosedQuote
    case .mark, .longerMark, .bare, .quoteInQuotes: try emit(.endLeaf)
    case .start, .cellStart: if owesCell { try emit(.endLeaf) }
    }
  }

  /// Moves on by one byte; false if it is, or begins, a delimiter, or is a CR that may.
  private mutating func continuesCell(_ byte: UInt8) -> Bool {
    switch state {
    case .quoted:
      if byte == Self.quote { state = .quoteInQuotes }
      return true
    case .quoteInQuotes where byte == Self.quote:
      state = .quoted
      return true
    case .start where byte == 0xEF:
      state = .mark
      return true
    case .mark where byte == 0xBB:
      state = .longerMark
      return true
    case .longerMark where byte == 0xBF:
      state = .cellStart
      return true
    case .start where byte == Self.quote, .cellStart where byte == Self.quote:
      state = .quoted
      return true
    default:
      state = .bare
      return byte != separator && byte != Self.lf && byte != Self.cr
    }
  }

  private mutating func endDelimiter(
    _ byte: UInt8, _ emit: (SegmentPiece) throws -> Void
  ) rethrows {
    try emit(.endLeaf)
    state = .cellStart
    owesCell = byte == separator
  }

  private static let quote = UInt8(ascii: "\"")
  private static let cr: UInt8 = 0x0D
  private static let lf: UInt8 = 0x0A
  private static let crlf: [UInt8] = [0x0D, 0x0A]
}

/// Cuts JSON, or lines of it, into tokens without asking whether they are well-formed.
struct JSONSegmenter: Sendable {
  private enum State: Sendable { case start, other, structure, string, escape, between }

  private var state = State.start

  mutating func push(
    _ bytes: UnsafeRawBufferPointer, _ emit: (SegmentPiece) throws -> Void
  ) throws {
    var start = 0
    for index in 0..<bytes.count {
      let byte = bytes[index]
      switch state {
      case .escape: state = .string
      case .string:
        if byte == UInt8(ascii: "\\") {
          state = .escape
        } else if byte == UInt8(ascii: "\"") {
          try bytes.give(start..<index + 1, emit)
          try emit(.endLeaf)
          start = index + 1
          state = .between
        }
      default:
        let next = Self.state(at: byte)
        if state != next || next == .string {
          try bytes.give(start..<index, emit)
          if state == .other || state == .structure { try emit(.endLeaf) }
          start = index
          state = next
        }
      }
    }
    try bytes.give(start..<bytes.count, emit)
  }

  func finish(_ emit: (SegmentPiece) throws -> Void) throws {
    switch state {
    case .string, .escape: throw SegmentError.unclosedQuote
    case .start, .other, .structure: try emit(.endLeaf)
    case .between: break
    }
  }

  private static func state(at byte: UInt8) -> State {
    if byte == UInt8(ascii: "\"") { return .string }
    return isJSONStructure(byte) ? .structure : .other
  }
}

/// Whether a byte outside strings belongs to JSON's structure or to white space, RFC 8259 clause 2.
package func isJSONStructure(_ byte: UInt8) -> Bool {
  switch byte {
  case 0x20, 0x09, 0x0A, 0x0D, 0x7B, 0x7D, 0x5B, 0x5D, 0x3A, 0x2C: true
  default: false
  }
}

/// Cuts into leaves of one length.
struct GridSegmenter: Sendable {
  private let leafByteCount: Int
  private var filled = 0
  private var isEmpty = true

  init(leafByteCount: UInt32) { self.leafByteCount = max(1, Int(leafByteCount)) }

  mutating func push(
    _ bytes: UnsafeRawBufferPointer, _ emit: (SegmentPiece) throws -> Void
  ) throws {
    var index = 0
    while index < bytes.count {
      let count = min(leafByteCount - filled, bytes.count - index)
      try bytes.give(index..<index + count, emit)
      index += count
      filled += count
      isEmpty = false
      if filled == leafByteCount {
        try emit(.endLeaf)
        filled = 0
      }
    }
  }

  func finish(_ emit: (SegmentPiece) throws -> Void) throws {
    if filled > 0 || isEmpty { try emit(.endLeaf) }
  }
}
