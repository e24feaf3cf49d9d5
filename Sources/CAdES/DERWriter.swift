/// Writes the Distinguished Encoding Rules of X.690: one encoding for each value, and no other.
enum DER {
  static func sequence(_ parts: [UInt8]...) -> [UInt8] {
    element(Tag.sequence, parts.flatMap { $0 })
  }
  static func sequence(of parts: [[UInt8]]) -> [UInt8] {
    element(Tag.sequence, parts.flatMap { $0 })
  }

  /// A SET OF, whose elements stand in the order of their encodings (X.690, clause 11.6).
  static func set(of parts: [[UInt8]]) -> [UInt8] { set(of: parts, tag: Tag.set) }
  static func set(of parts: [[UInt8]], tag: UInt8) -> [UInt8] {
    element(tag, parts.sorted { $0.lexicographicallyPrecedes($1) }.flatMap { $0 })
  }

  static func integer(_ value: Int) -> [UInt8] {
    var bytes = withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) }
    while bytes.count > 1,
      (bytes[0] == 0 && bytes[1] < 0x80) || (bytes[0] == 0xff && bytes[1] >= 0x80)
    {
      bytes.removeFirst()
    }
    return element(Tag.integer, bytes)
  }

  /// The non-negative number with these big-endian bytes.
  static func integer(magnitude: some Sequence<UInt8>) -> [UInt8] {
    let digits = [UInt8](magnitude.drop { $0 == 0 })
    let needsZero = (digits.first ?? 0x80) >= 0x80
    return element(Tag.integer, needsZero ? [0] + digits : digits)
  }

  static let null: [UInt8] = [Tag.null, 0]
  static func boolean(_ value: Bool) -> [UInt8] { [Tag.boolean, 1, value ? 0xff : 0] }
  static func octets(_ bytes: some Collection<UInt8>) -> [UInt8] { element(Tag.octetString, bytes) }
  static func bits(_ bytes: some Collection<UInt8>) -> [UInt8] {
    element(Tag.bitString, [0] + bytes)
  }

  /// A BIT STRING of named bits, whose trailing zeros are left out (X.690, clause 11.2.2).
  static func namedBits(_ positions: [Int]) -> [UInt8] {
    guard let last = positions.max() else { return element(Tag.bitString, [0]) }
    var bytes = [UInt8](repeating: 0, count: last / 8 + 1)
    for position in positions { bytes[position / 8] |= 0x80 >> UInt8(position % 8) }
    return element(Tag.bitString, [UInt8(7 - last % 8)] + bytes)
  }

  static func identifier(_ identifier: ObjectIdentifier) -> [UInt8] {
    element(Tag.objectIdentifier, identifier.bytes)
  }
  static func utf8(_ text: String) -> [UInt8] { element(Tag.utf8String, Array(text.utf8)) }
  static func printable(_ text: String) -> [UInt8] {
    element(Tag.printableString, Array(text.utf8))
  }

  /// A context-specific tag around (`explicit`) or in place of (`implicit`) another.
  static func explicit(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    element(Tag.context(number), content)
  }
  static func implicit(_ number: UInt8, _ content: some Collection<UInt8>) -> [UInt8] {
    element(Tag.contextPrimitive(number), content)
  }

  static func element(_ tag: UInt8, _ content: some Collection<UInt8>) -> [UInt8] {
    var out = [tag]
    out.reserveCapacity(content.count + 6)
    if content.count < 0x80 {
      out.append(UInt8(content.count))
    } else {
      let length = withUnsafeBytes(of: content.count.bigEndian) { Array($0.drop { $0 == 0 }) }
      out.append(0x80 | UInt8(length.count))
      out += length
    }
    out += content
    return out
  }
}

/// Identifier octets, X.690, clause 8.1.2; numbers above 30 don't occur.
enum Tag {
  static let boolean: UInt8 = 0x01
  static let integer: UInt8 = 0x02
  static let bitString: UInt8 = 0x03
  static let octetString: UInt8 = 0x04
  static let null: UInt8 = 0x05
  static let objectIdentifier: UInt8 = 0x06
  static let enumerated: UInt8 = 0x0a
  static let utf8String: UInt8 = 0x0c
  static let printableString: UInt8 = 0x13
  static let ia5String: UInt8 = 0x16
  static let utcTime: UInt8 = 0x17
  static let generalizedTime: UInt8 = 0x18
  static let sequence: UInt8 = 0x30
  static let set: UInt8 = 0x31

  static let constructedBit: UInt8 = 0x20
  static func context(_ number: UInt8) -> UInt8 { 0xa0 | number }
  static func contextPrimitive(_ number: UInt8) -> UInt8 { 0x80 | number }
}
