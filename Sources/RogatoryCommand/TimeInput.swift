import Redaction

extension StatementTime {
  /// A time as people and other programs give it (RFC 3339): in any offset from UTC, and with
  /// fractions of a second, which are dropped. Nil for any other form.
  init?(given text: String) {
    let bytes = Array(text.utf8)
    let seconds = String(decoding: bytes.prefix(19), as: UTF8.self) + "Z"
    guard let local = StatementTime(seconds) else { return nil }
    var rest = bytes.dropFirst(19)
    if rest.first == UInt8(ascii: ".") {
      let fraction = rest.dropFirst().prefix(while: Self.isDigit)
      guard !fraction.isEmpty else { return nil }
      rest = rest.dropFirst(1 + fraction.count)
    }
    guard let offset = Self.offset(Array(rest)) else { return nil }
    self.init(unixSeconds: local.unixSeconds - offset)
  }

  /// The seconds by which a clock is ahead of UTC that has this behind its time: `Z` or `+01:00`.
  private static func offset(_ bytes: [UInt8]) -> Int64? {
    if bytes == [UInt8(ascii: "Z")] { return 0 }
    guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"),
      [1, 2, 4, 5].allSatisfy({ isDigit(bytes[$0]) })
    else { return nil }
    let digits = bytes.map { Int64($0) - 0x30 }
    let (hours, minutes) = (digits[1] * 10 + digits[2], digits[4] * 10 + digits[5])
    guard hours < 24, minutes < 60 else { return nil }
    switch bytes[0] {
    case UInt8(ascii: "+"): return hours * 3600 + minutes * 60
    case UInt8(ascii: "-"): return -(hours * 3600 + minutes * 60)
    default: return nil
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
