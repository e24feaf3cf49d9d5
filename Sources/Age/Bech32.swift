/// Bech32 as age uses it: BIP 173 without the limit of 90 characters.
enum Bech32 {
  /// Returns the text of `bytes` under the human-readable part `prefix`, in the case of `prefix`.
  static func encode(_ bytes: some Sequence<UInt8>, prefix: String) -> String {
    let lowered = Array(prefix.lowercased().utf8)
    var values = regroup(bytes, from: 8, to: 5, padding: true) ?? []
    var checksum = Checksum(prefix: lowered)
    for value in values { checksum.add(value) }
    values += checksum.finished
    let text =
      prefix.lowercased() + "1" + String(decoding: values.map { alphabet[Int($0)] }, as: UTF8.self)
    return prefix == prefix.lowercased() ? text : text.uppercased()
  }

  /// Returns the bytes of `text` when it is the canonical text of some bytes under exactly `prefix`.
  ///
  /// The case of the prefix is the case of the whole: mixed case is refused, and so is the other.
  static func decode(_ text: String, prefix: String) -> [UInt8]? {
    let lower = prefix == prefix.lowercased()
    guard text.hasPrefix(prefix + "1") else { return nil }
    var checksum = Checksum(prefix: Array(prefix.lowercased().utf8))
    var values: [UInt8] = []
    for character in text.utf8.dropFirst(prefix.utf8.count + 1) {
      guard let value = self.value(of: character, lower: lower) else { return nil }
      checksum.add(value)
      values.append(value)
    }
    guard values.count >= 6, checksum.isRight else { return nil }
    return regroup(values.dropLast(6), from: 5, to: 8, padding: false)
  }

  private static func value(of character: UInt8, lower: Bool) -> UInt8? {
    let isLetter = character | 0x20 >= UInt8(ascii: "a") && character | 0x20 <= UInt8(ascii: "z")
    if isLetter && (character & 0x20 != 0) != lower { return nil }
    guard let index = alphabet.firstIndex(of: isLetter ? character | 0x20 : character) else {
      return nil
    }
    return UInt8(index)
  }

  /// Cuts groups of `from` bits into groups of `to` bits; without padding, what is left over must
  /// be fewer than `from` zero bits.
  private static func regroup(
    _ values: some Sequence<UInt8>, from: Int, to: Int, padding: Bool
  ) -> [UInt8]? {
    var accumulator: UInt32 = 0
    var bits = 0
    var result: [UInt8] = []
    for value in values {
      accumulator = (accumulator << UInt32(from) | UInt32(value)) & 0xfff
      bits += from
      while bits >= to {
        bits -= to
        result.append(
          UInt8(truncatingIfNeeded: accumulator >> UInt32(bits) & (1 << UInt32(to) - 1)))
      }
    }
    let rest = accumulator & (1 << UInt32(bits) - 1)
    if padding {
      if bits > 0 { result.append(UInt8(truncatingIfNeeded: rest << UInt32(to - bits))) }
    } else if bits >= from || rest != 0 {
      return nil
    }
    return result
  }

  /// The BCH code of BIP 173.
  private struct Checksum {
    private var state: UInt32 = 1

    init(prefix: [UInt8]) {
      for byte in prefix { add(byte >> 5) }
      add(0)
      for byte in prefix { add(byte & 31) }
    }

    mutating func add(_ value: UInt8) {
      let top = state >> 25
      state = (state & 0x1ff_ffff) << 5 ^ UInt32(value)
      for (bit, generator) in Self.generators.enumerated() where top >> UInt32(bit) & 1 == 1 {
        state ^= generator
      }
    }

    var isRight: Bool { state == 1 }

    var finished: [UInt8] {
      var copy = self
      for _ in 0..<6 { copy.add(0) }
      let value = copy.state ^ 1
      return (0..<6).map { UInt8(truncatingIfNeeded: value >> UInt32(5 * (5 - $0)) & 31) }
    }

    private static let generators: [UInt32] = [
      0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3,
    ]
  }

  private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
}
