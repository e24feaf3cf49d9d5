/// Base64 as RFC 4648, section 4, spells it: padded, and only the canonical spelling.
///
/// Foundation's decoder lets through stray bits in the last character, so that one value had
/// several spellings; what is signed or compared here must have one.
public enum Base64 {
  /// The spelling of `bytes`.
  public static func encode(_ bytes: some Collection<UInt8>) -> String {
    bytes.withContiguousStorageIfAvailable(encode) ?? Array(bytes).withUnsafeBufferPointer(encode)
  }

  /// The bytes that `text` spells, or nothing unless it is their canonical spelling.
  public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    // Twice optional: no storage, and no spelling.
    let decoded = text.withContiguousStorageIfAvailable(decode)
    return if let decoded { decoded } else { Array(text).withUnsafeBufferPointer(decode) }
  }

  /// The same of a text.
  public static func decode(_ text: String) -> [UInt8]? { decode(text.utf8) }

  // Buffers, since going through a collection of any kind takes calls for each byte.
  private static func encode(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { output in
      alphabet.withUnsafeBufferPointer { alphabet in
        var place = 0
        func put(_ bits: UInt32, _ count: Int) {
          for number in 0..<4 {
            let digit = alphabet[Int(bits >> UInt32(18 - 6 * number) & 63)]
            output[place + number] = number < count ? digit : padding
          }
          place += 4
        }
        var rest = bytes[...]
        while rest.count >= 3 {
          let first = rest.startIndex
          put(
            UInt32(rest[first]) << 16 | UInt32(rest[first + 1]) << 8 | UInt32(rest[first + 2]), 4)
          rest = rest[(first + 3)...]
        }
        if let first = rest.first {
          let second = rest.count == 2 ? UInt32(rest[rest.startIndex + 1]) << 8 : 0
          put(UInt32(first) << 16 | second, rest.count + 1)
        }
        return place
      }
    }
  }

  private static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    let padded = text.suffix(2).reversed().prefix { $0 == padding }.count
    var isCanonical = true
    let bytes = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3) { output, count in
      values.withUnsafeBufferPointer { values in
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for character in text.dropLast(padded) {
          let value = values[Int(character)]
          guard value < 64 else {
            isCanonical = false
            return
          }
          buffer = buffer << 6 | UInt32(value)
          bits += 6
          guard bits >= 8 else { continue }
          bits -= 8
          output[count] = UInt8(truncatingIfNeeded: buffer >> bits)
          count += 1
          buffer &= (1 << bits) - 1
        }
        // Bits that say nothing would give one value several spellings.
        isCanonical = buffer == 0
      }
    }
    return isCanonical ? bytes : nil
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
