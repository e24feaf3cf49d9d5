/// The form of a structure: whether it is DER to the last byte, and its DER if it is only BER.
enum DERForm {
  /// Checks `bytes`, which are one element, as far down as tags tell what is inside.
  ///
  /// OCTET STRINGs stay closed: what is in them is either signed or parsed on its own.
  static func check(_ bytes: some Collection<UInt8>) throws(DERError) {
    let bytes = Array(bytes)
    let failure = bytes.withUnsafeBufferPointer { bytes -> DERError? in
      do throws(DERError) {
        let end = try check(bytes, 0..<bytes.count, depth: 0).upperBound
        return end == bytes.count ? nil : DERError(offset: end)
      } catch { return error }
    }
    if let failure { throw failure }
  }

  /// Checks the element at the beginning of a range, and returns where it lies. In place, as every
  /// slice that ``DERReader`` hands out is counted, and a signature has hundreds of elements.
  private static func check(
    _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, depth: Int
  ) throws(DERError) -> Range<Int> {
    let failure = DERError(offset: range.lowerBound)
    guard let (tag, content) = header(bytes, range), depth < Limits.depth else { throw failure }
    let whole = range.lowerBound..<content.upperBound
    if tag & Tag.constructedBit == 0 {
      guard isPrimitiveForm(tag, bytes, content) else { throw failure }
      return whole
    }
    // Of the universal types only SEQUENCE and SET are constructed in DER.
    guard tag >= 0x40 || tag == Tag.sequence || tag == Tag.set else { throw failure }
    var rest = content
    var previous: Range<Int>?
    while !rest.isEmpty {
      let inner = try check(bytes, rest, depth: depth + 1)
      if tag == Tag.set {
        if let previous, bytes[inner].lexicographicallyPrecedes(bytes[previous]) {
          throw DERError(offset: inner.lowerBound)
        }
        previous = inner
      }
      rest = inner.upperBound..<content.upperBound
    }
    return whole
  }

  /// Tag and content of the element at the beginning of a range, with a definite and minimal length.
  private static func header(
    _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) -> (tag: UInt8, content: Range<Int>)? {
    let start = range.lowerBound
    guard range.count >= 2, bytes[start] & 0x1f != 0x1f else { return nil }
    let first = bytes[start + 1]
    var (length, begin) = (Int(first), start + 2)
    if first >= 0x80 {
      // Four octets count to 4 GiB, more than any limit of ours.
      let count = Int(first & 0x7f)
      guard (1...4).contains(count), range.count >= 2 + count, bytes[begin] != 0 else { return nil }
      length = bytes[begin..<begin + count].reduce(0) { $0 << 8 | Int($1) }
      guard length >= 0x80 else { return nil }
      begin += count
    }
    guard length <= range.upperBound - begin else { return nil }
    return (bytes[start], begin..<begin + length)
  }

  private static func isPrimitiveForm(
    _ tag: UInt8, _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) -> Bool {
    let content = bytes[range]
    switch tag {
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
    case Tag.utcTime, Tag.generalizedTime:
      let content = Array(content)[...]
      return DERElement(tag: tag, content: content, whole: content).time != nil
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
