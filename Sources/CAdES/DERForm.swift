/// The form of a structure: whether it is DER to the last byte, and its DER if it is only BER.
enum DERForm {
  /// Checks `bytes`, which are one element, as far down as tags tell what is inside.
  ///
  /// OCTET STRINGs stay closed: what is in them is either signed or parsed on its own.
  static func check(_ bytes: some Collection<UInt8>) throws(DERError) {
    var reader = DERReader(Array(bytes))
    try check(reader.next(), depth: 0)
    try reader.end()
  }

  private static func check(_ element: DERElement, depth: Int) throws(DERError) {
    guard depth < Limits.depth else { throw element.failure }
    if element.tag & Tag.constructedBit == 0 {
      guard isPrimitiveForm(element) else { throw element.failure }
      return
    }
    // Of the universal types only SEQUENCE and SET are constructed in DER.
    guard element.tag >= 0x40 || element.tag == Tag.sequence || element.tag == Tag.set
    else { throw element.failure }
    var reader = element.reader
    var previous: ArraySlice<UInt8>?
    while !reader.isAtEnd {
      let inner = try reader.next()
      try check(inner, depth: depth + 1)
      if element.tag == Tag.set {
        if let previous, inner.whole.lexicographicallyPrecedes(previous) { throw inner.failure }
        previous = inner.whole
      }
    }
  }

  private static func isPrimitiveForm(_ element: DERElement) -> Bool {
    let content = element.content
    switch element.tag {
    case 0, Tag.sequence & ~Tag.constructedBit, Tag.set & ~Tag.constructedBit: return false
    case Tag.boolean: return content.count == 1 && (content.first == 0 || content.first == 0xff)
    case Tag.integer, Tag.enumerated:
      guard let first = content.first else { return false }
      guard content.count > 1 else { return true }
      let second = content[content.startIndex + 1]
      return !(first == 0 && second < 0x80) && !(first == 0xff && second >= 0x80)
    case Tag.bitString:
      guard let unused = content.first, unused < 8, let last = content.last else { return false }
      return unused == 0 || (content.count > 1 && last & (1 << unused - 1) == 0)
    case Tag.null: return content.isEmpty
    case Tag.objectIdentifier: return ObjectIdentifier.isForm(content)
    case Tag.utcTime, Tag.generalizedTime: return element.time != nil
    default: return true
    }
  }

  /// The same element with definite and minimal lengths and with strings in one piece.
  ///
  /// The order of sets stays, since what is signed is what the signer wrote. Signers of long files
  /// write BER because they don't know a length in advance.
  static func normalise(_ bytes: [UInt8]) throws(DERError) -> [UInt8] {
    var rest = bytes[...]
    let out = try normalise(&rest, depth: 0)
    guard rest.isEmpty else { throw DERError(offset: rest.startIndex) }
    return out
  }

  private static func normalise(
    _ rest: inout ArraySlice<UInt8>, depth: Int
  ) throws(DERError) -> [UInt8] {
    guard depth < Limits.depth else { throw DERError(offset: rest.startIndex) }
    let header = try DERHeader(rest)
    var content = rest.dropFirst(header.byteCount)
    if let length = header.length {
      guard length <= content.count else { throw DERError(offset: rest.startIndex) }
      content = content.prefix(length)
    }
    guard header.tag & Tag.constructedBit != 0 else {
      rest = rest[content.endIndex...]
      return DER.element(header.tag, content)
    }

    var parts: [[UInt8]] = []
    while !content.isEmpty, !(header.length == nil && content.starts(with: [0, 0])) {
      parts.append(try normalise(&content, depth: depth + 1))
    }
    if header.length == nil {
      guard content.starts(with: [0, 0]) else { throw DERError(offset: rest.startIndex) }
      content = content.dropFirst(2)
    }
    rest = rest[content.startIndex...]
    guard header.tag == Tag.octetString | Tag.constructedBit else {
      return DER.element(header.tag, Array(parts.joined()))
    }
    var joined: [UInt8] = []
    for part in parts { joined += try DERReader.single(part, Tag.octetString).content }
    return DER.octets(joined)
  }
}
