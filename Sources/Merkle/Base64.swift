/// Base64 as RFC 4648, section 4, spells it: padded, and only the canonical spelling.
///
/// Foundation's decoder lets through stray bits in the last character, so that one value had
/// several spellings; what is signed or compared here must have one.
public enum Base64 {
  /// The spelling of `bytes`.
  public static func encode(_ bytes: some Collection<UInt8>) -> String {
    encode(bytes: Array(bytes))
  }

  /// The bytes that `text` spells, or nothing unless it is their canonical spelling.
  public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    decode(text: Array(text))
  }

  // Arrays, since going through a collection of any kind takes calls for each byte.
  private static func encode(bytes: [UInt8]) -> String {
    var output: [UInt8] = []
    output.reserveCapacity((bytes.count + 2) / 3 * 4)
    var buffer: UInt32 = 0
    var pending = 0
    for byte in bytes {
      buffer = buffer << 8 | UInt32(byte)
      pending += 1
      guard pending == 3 else { continue }
      for shift in [18, 12, 6, 0] as [UInt32] { output.append(alphabet[Int(buffer >> shift & 63)]) }
      (buffer, pending) = (0, 0)
    }
    if pending == 1 {
      output += [alphabet[Int(buffer >> 2)], alphabet[Int(buffer << 4 & 63)], padding, padding]
    } else if pending == 2 {
      output += [alphabet[Int(buffer >> 10)], alphabet[Int(buffer >> 4 & 63)]]
      output += [alphabet[Int(buffer << 2 & 63)], padding]
    }
    return String(decoding: output, as: UTF8.self)
  }

  private static func decode(text: [UInt8]) -> [UInt8]? {
    let count = text.count
    guard count % 4 == 0 else { return nil }
    let padded = text.suffix(2).reversed().prefix { $0 == padding }.count
    var output: [UInt8] = []
    output.reserveCapacity(count / 4 * 3)
    var buffer: UInt32 = 0
    var bits: UInt32 = 0
    for character in text.dropLast(padded) {
      let value = values[Int(character)]
      guard value < 64 else { return nil }
      buffer = buffer << 6 | UInt32(value)
      bits += 6
      guard bits >= 8 else { continue }
      bits -= 8
      output.append(UInt8(truncatingIfNeeded: buffer >> bits))
      buffer &= (1 << bits) - 1
    }
    return buffer == 0 ? output : nil
  }

  private static let padding = UInt8(ascii: "=")
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 64, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }()
}
