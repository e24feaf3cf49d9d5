/// Base64 (RFC 4648, section 4) in its one canonical form: no white space, spare bits zero.
///
/// Foundation's decoder accepts spare bits that are not zero, which would give a header many texts.
enum Base64 {
  /// Returns the base64 text of `bytes` without padding, as headers have it.
  static func encodeUnpadded(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    bytes.withUnsafeBytes { append($0, to: &text) }
    while text.last == padding { text.removeLast() }
    return text
  }

  /// Appends the padded base64 text of `bytes`.
  static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
    var index = 0
    while index + 3 <= bytes.count {
      let (first, second, third) = (bytes[index], bytes[index + 1], bytes[index + 2])
      text.append(alphabet[Int(first >> 2)])
      text.append(alphabet[Int(first << 4 & 63 | second >> 4)])
      text.append(alphabet[Int(second << 2 & 63 | third >> 6)])
      text.append(alphabet[Int(third & 63)])
      index += 3
    }
    let rest = bytes.count - index
    guard rest > 0 else { return }
    let group = UInt32(bytes[index]) << 16 | (rest == 2 ? UInt32(bytes[index + 1]) << 8 : 0)
    text.append(alphabet[Int(group >> 18 & 63)])
    text.append(alphabet[Int(group >> 12 & 63)])
    text.append(rest == 2 ? alphabet[Int(group >> 6 & 63)] : padding)
    text.append(padding)
  }

  /// Returns the bytes of unpadded text, or nil when it isn't canonical.
  static func decodeUnpadded(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    guard text.count % 4 != 1 else { return nil }
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: text.count * 3 / 4) { buffer, count in
      count = text.count * 3 / 4
      failed = !decode(text, into: UnsafeMutableRawBufferPointer(buffer))
      if failed { count = 0 }
    }
    return failed ? nil : bytes
  }

  /// Decodes one padded text into `output`, which must have room for 3 bytes in each 4 characters.
  ///
  /// Returns the number of bytes, or nil when the text isn't canonical.
  static func decodePadded(
    _ text: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> Int? {
    guard text.count % 4 == 0 else { return nil }
    var length = text.count
    while length > 0, text.count - length < 2, text[length - 1] == padding { length -= 1 }
    let body = UnsafeRawBufferPointer(rebasing: text[..<length])
    return decode(body, into: output) ? length * 3 / 4 : nil
  }

  private static func decode(
    _ text: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) -> Bool {
    values.withUnsafeBufferPointer { values in
      var accumulator: UInt32 = 0
      var bits: UInt32 = 0
      var written = 0
      for character in text {
        let value = values[Int(character)]
        guard value < 64 else { return false }
        accumulator = (accumulator << 6 | UInt32(value)) & 0xfff
        bits += 6
        if bits >= 8 {
          bits -= 8
          output[written] = UInt8(truncatingIfNeeded: accumulator >> bits)
          written += 1
        }
      }
      return accumulator & (1 << bits - 1) == 0
    }
  }

  private static let padding = UInt8(ascii: "=")
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The value of each character, or 255.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }()
}
