/// The id of a transfer: a UUID version 7 (RFC 9562, clause 5.7), lower case.
///
/// It sorts by time and is safe as a file name; code that holds one never asks again.
public struct TransferID: Hashable, Sendable, CustomStringConvertible {
  /// The id, 36 characters.
  public let text: String

  /// Parses an id; nil unless it is a UUIDv7 in its canonical form.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 36 else { return nil }
    for (index, byte) in bytes.enumerated() {
      switch index {
      case 8, 13, 18, 23: guard byte == UInt8(ascii: "-") else { return nil }
      default: guard Self.digits.contains(byte) else { return nil }
      }
    }
    guard bytes[14] == UInt8(ascii: "7"), Self.variants.contains(bytes[19]) else { return nil }
    self.text = text
  }

  /// A new id of this time, in milliseconds since 1970, and ten random bytes.
  public init(milliseconds: Int64, random: [UInt8]) {
    precondition(random.count == 10, "Exchange: the caller gives ten random bytes")
    let time = UInt64(clamping: milliseconds)
    var bytes = (0..<6).map { UInt8(truncatingIfNeeded: time >> UInt64(40 - 8 * $0)) } + random
    bytes[6] = bytes[6] & 0x0F | 0x70
    bytes[8] = bytes[8] & 0x3F | 0x80
    var text: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
      text += [Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]]
    }
    self.text = String(decoding: text, as: UTF8.self)
  }

  /// A new id of this time with the system's randomness.
  static func make(milliseconds: Int64) -> TransferID {
    var generator = SystemRandomNumberGenerator()
    return TransferID(
      milliseconds: milliseconds,
      random: (0..<10).map { _ in UInt8.random(in: 0...255, using: &generator) })
  }

  public var description: String { text }

  private static let digits = Array("0123456789abcdef".utf8)
  private static let variants = Array("89ab".utf8)
}
