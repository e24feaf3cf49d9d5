/// Where a signature's time stamp and the octets that it stamps lie in a `.p7s`, so that
/// `openssl asn1parse -strparse` takes them out (CAdES, EN 319 122-1, clause 5.3).
///
/// It is found by its bytes and judges nothing: a wrong place makes a command fail, and no more.
public struct StampPlace: Hashable, Sendable {
  /// The offset of the OCTET STRING with the signature value.
  public let value: Int
  /// The offset of the time stamp token, a ContentInfo.
  public let token: Int

  /// The place in the bytes of a signature; nil where there is no time stamp, or more than one.
  public init?(in signature: [UInt8]) {
    let attribute = Self.identifier
    let found = signature.indices.filter { start in
      signature[start] == attribute[0]
        && signature[start...].prefix(attribute.count).elementsEqual(attribute)
    }
    guard found.count == 1, let identifier = found.first,
      let set = Self.content(signature, identifier + attribute.count, tag: 0x31),
      signature.indices.contains(set), signature[set] == 0x30,
      let value = Self.signatureValue(signature, before: identifier)
    else { return nil }
    self.value = value
    token = set
  }

  /// The OCTET STRING that ends where the unsigned attributes begin; they are the innermost [1] that
  /// reaches over the attribute.
  private static func signatureValue(_ bytes: [UInt8], before attribute: Int) -> Int? {
    let tag: UInt8 = 0xA1
    let first = max(0, attribute - maximumAttributes)
    guard
      let attributes = (first..<attribute).last(where: { start in
        guard bytes[start] == tag, let inside = content(bytes, start, tag: tag),
          let length = length(bytes, start + 1)
        else { return false }
        return inside < attribute && inside + length.value >= attribute
          && content(bytes, inside, tag: 0x30) != nil
      })
    else { return nil }
    let nearest = max(0, attributes - maximumValue)
    return (nearest..<attributes).last { start in
      guard bytes[start] == 0x04, let length = length(bytes, start + 1) else { return false }
      let inside = start + 1 + length.octets
      // An ECDSA value is a SEQUENCE; an RSA value has 2048 bits or more.
      return inside + length.value == attributes && (bytes[inside] == 0x30 || length.value >= 256)
    }
  }

  /// Where the content of the element at `start` begins; nil where it has another tag.
  private static func content(_ bytes: [UInt8], _ start: Int, tag: UInt8) -> Int? {
    guard bytes.indices.contains(start), bytes[start] == tag,
      let length = length(bytes, start + 1)
    else { return nil }
    return start + 1 + length.octets
  }

  private static func length(_ bytes: [UInt8], _ start: Int) -> (value: Int, octets: Int)? {
    guard bytes.indices.contains(start) else { return nil }
    let first = Int(bytes[start])
    guard first >= 0x80 else { return (first, 1) }
    let count = first & 0x7F
    guard 1...4 ~= count, start + count < bytes.count else { return nil }
    return (bytes[(start + 1)...(start + count)].reduce(0) { $0 << 8 | Int($1) }, 1 + count)
  }

  /// 1.2.840.113549.1.9.16.2.14
  private static let identifier: [UInt8] = [
    0x06, 0x0B, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x02, 0x0E,
  ]
  /// Attributes that a signer puts before the time stamp.
  private static let maximumAttributes = 64 << 10
  /// The signature value of an RSA key of 16384 bits, with its head.
  private static let maximumValue = 4096
}
