/// Whether a stream of bytes is JSON, RFC 8259, or JSON texts one after the other with white space
/// between them, as in a file of lines. A byte order mark may stand in front.
///
/// It only warns: content that isn't JSON is cut by the same tokens, which are finer than words, but
/// a pointer may not find what a person sees in it.
struct JSONCheck: Sendable {
  private enum Expected: Sendable {
    case value, valueOrEnd, key, keyOrEnd, colon, separator
  }
  private enum Token: Sendable {
    case none
    case string(isKey: Bool)
    case escape(isKey: Bool)
    /// How many hexadecimal digits of `\u` are still to come.
    case hex(Int, isKey: Bool)
    /// What is still to come of `true`, `false` or `null`.
    case literal(ArraySlice<UInt8>)
    case number(Number)
  }
  /// The last thing that was read of a number.
  fileprivate enum Number: Sendable {
    case minus, zero, digits, point, fraction, exponent, sign, power
  }

  private var expected = Expected.value
  private var token = Token.none
  /// The open arrays (false) and objects (true).
  private var frames: [Bool] = []
  private var offset: UInt64 = 0
  private var markCount = 0

  /// The offset of the first byte that can't stand where it does; the length of the content where
  /// something is missing at its end; nil where nothing is wrong so far.
  private(set) var fault: UInt64?

  mutating func push(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes where fault == nil {
      if markCount < Self.mark.count, offset == UInt64(markCount), byte == Self.mark[markCount] {
        markCount += 1
      } else if !take(byte) {
        fault = offset
      }
      offset += 1
    }
  }

  mutating func finish() {
    if case .number(let number) = token, number.isComplete { endValue() }
    guard case .none = token, frames.isEmpty, expected == .value else {
      fault = fault ?? offset
      return
    }
  }

  /// Moves on by one byte; false if it can't stand here.
  private mutating func take(_ byte: UInt8) -> Bool {
    switch token {
    case .none: return begin(byte)
    case .string(let isKey):
      if byte == UInt8(ascii: "\\") {
        token = .escape(isKey: isKey)
      } else if byte == UInt8(ascii: "\"") {
        token = .none
        if isKey { expected = .colon } else { endValue() }
      }
      return byte >= 0x20
    case .escape(let isKey):
      token = byte == UInt8(ascii: "u") ? .hex(4, isKey: isKey) : .string(isKey: isKey)
      return Self.escapes.contains(byte)
    case .hex(let left, let isKey):
      token = left == 1 ? .string(isKey: isKey) : .hex(left - 1, isKey: isKey)
      return Self.isDigit(byte) || 6 > (byte | 0x20) &- UInt8(ascii: "a")
    case .literal(let rest):
      guard rest.first == byte else { return false }
      token = .literal(rest.dropFirst())
      if rest.count == 1 { endValue() }
      return true
    case .number(let number):
      if let next = number.next(byte) {
        token = .number(next)
        return true
      }
      guard number.isComplete else { return false }
      endValue()
      return begin(byte)
    }
  }

  /// Begins a token, or takes a byte of structure.
  private mutating func begin(_ byte: UInt8) -> Bool {
    switch (byte, expected) {
    case (0x20, _), (0x09, _), (0x0A, _), (0x0D, _): return true
    case (UInt8(ascii: "}"), .keyOrEnd), (UInt8(ascii: "]"), .valueOrEnd):
      frames.removeLast()
      endValue()
      return true
    case (UInt8(ascii: "}"), .separator) where frames.last == true,
      (UInt8(ascii: "]"), .separator) where frames.last == false:
      frames.removeLast()
      endValue()
      return true
    case (UInt8(ascii: ","), .separator):
      expected = frames.last == true ? .key : .value
      return true
    case (UInt8(ascii: ":"), .colon):
      expected = .value
      return true
    case (UInt8(ascii: "\""), .key), (UInt8(ascii: "\""), .keyOrEnd):
      token = .string(isKey: true)
      return true
    case (_, .value), (_, .valueOrEnd): return beginValue(byte)
    default: return false
    }
  }

  private mutating func beginValue(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      guard frames.count < Self.maximumDepth else { return false }
      frames.append(byte == UInt8(ascii: "{"))
      expected = byte == UInt8(ascii: "{") ? .keyOrEnd : .valueOrEnd
    case UInt8(ascii: "\""): token = .string(isKey: false)
    case UInt8(ascii: "t"): token = .literal(Self.literals[0][...])
    case UInt8(ascii: "f"): token = .literal(Self.literals[1][...])
    case UInt8(ascii: "n"): token = .literal(Self.literals[2][...])
    case UInt8(ascii: "-"): token = .number(.minus)
    case UInt8(ascii: "0"): token = .number(.zero)
    case _ where Self.isDigit(byte): token = .number(.digits)
    default: return false
    }
    return true
  }

  private mutating func endValue() {
    token = .none
    expected = frames.isEmpty ? .value : .separator
  }

  fileprivate static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private static let escapes = Array("\"\\/bfnrtu".utf8)
  private static let literals = ["rue", "alse", "ull"].map { Array($0.utf8) }
  /// A byte of memory each; no program that people use reads JSON that is nested deeper.
  private static let maximumDepth = 1 << 16
}

extension JSONCheck.Number {
  /// Whether a number can end here.
  fileprivate var isComplete: Bool {
    switch self {
    case .zero, .digits, .fraction, .power: true
    case .minus, .point, .exponent, .sign: false
    }
  }

  /// What the next byte makes of the number; nil if it doesn't belong to it.
  fileprivate func next(_ byte: UInt8) -> Self? {
    let isDigit = JSONCheck.isDigit(byte)
    switch self {
    case .minus where isDigit: return byte == UInt8(ascii: "0") ? .zero : .digits
    case .digits where isDigit: return .digits
    case .point where isDigit, .fraction where isDigit: return .fraction
    case .exponent where isDigit, .sign where isDigit, .power where isDigit: return .power
    case .zero, .digits, .fraction:
      if byte == UInt8(ascii: "."), self != .fraction { return .point }
      return byte | 0x20 == UInt8(ascii: "e") ? .exponent : nil
    case .exponent: return byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") ? .sign : nil
    default: return nil
    }
  }
}
