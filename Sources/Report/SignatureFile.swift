/// What the commands that repeat a check need to know of a `.p7s`: places in its bytes.
///
/// It is found by walking the DER and judges nothing: a wrong place makes a command fail, no more.
public struct SignatureFile: Hashable, Sendable {
  /// Whether it brings revocation lists along, and revocation data of no other kind, so that
  /// `openssl` can be asked to look at them.
  public let hasListsAlone: Bool
  /// Its time stamp, where it has exactly one.
  public let stamp: StampPlace?

  /// Looks at the bytes of a signature.
  public init(_ bytes: [UInt8]) {
    stamp = StampPlace(in: bytes)
    hasListsAlone = Self.hasListsAlone(bytes)
  }

  /// SignedData.crls (RFC 5652, clause 5.1): certificate lists are SEQUENCEs, all else is tagged.
  private static func hasListsAlone(_ bytes: [UInt8]) -> Bool {
    guard let content = DERPlace(bytes, at: 0, tag: 0x30)?.inside.dropFirst().first,
      content.tag == 0xA0, let data = content.inside.first, data.tag == 0x30,
      let lists = data.inside.first(where: { $0.tag == 0xA1 })
    else { return false }
    return !lists.inside.isEmpty && lists.inside.allSatisfy { $0.tag == 0x30 }
  }
}

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
  fileprivate init?(in signature: [UInt8]) {
    let attribute = Self.identifier
    let found = signature.indices.filter { start in
      signature[start] == attribute[0]
        && signature[start...].prefix(attribute.count).elementsEqual(attribute)
    }
    guard found.count == 1, let identifier = found.first,
      let set = DERPlace(signature, at: identifier + attribute.count, tag: 0x31),
      let token = DERPlace(signature, at: set.content, tag: 0x30),
      let value = Self.signatureValue(signature, before: identifier)
    else { return nil }
    self.value = value
    self.token = token.start
  }

  /// The OCTET STRING that ends where the unsigned attributes begin; they are the innermost [1] that
  /// reaches over the attribute.
  private static func signatureValue(_ bytes: [UInt8], before attribute: Int) -> Int? {
    let first = max(0, attribute - maximumAttributes)
    let attributes = (first..<attribute).last { start in
      guard let place = DERPlace(bytes, at: start, tag: 0xA1) else { return false }
      return place.content < attribute && place.end >= attribute
        && DERPlace(bytes, at: place.content, tag: 0x30) != nil
    }
    guard let attributes else { return nil }
    return (max(0, attributes - maximumValue)..<attributes).last { start in
      guard let place = DERPlace(bytes, at: start, tag: 0x04), place.end == attributes else {
        return false
      }
      // An ECDSA value is a SEQUENCE; an RSA value has 2048 bits or more.
      return bytes[place.content] == 0x30 || place.end - place.content >= 256
    }
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

/// An element of DER by its offsets.
private struct DERPlace {
  let bytes: [UInt8]
  let start: Int
  let content: Int
  let end: Int

  var tag: UInt8 { bytes[start] }

  /// The element at `start`; nil where there is none that ends within the bytes, or of another tag.
  init?(_ bytes: [UInt8], at start: Int, tag: UInt8? = nil) {
    guard bytes.indices.contains(start), bytes.indices.contains(start + 1),
      tag == nil || bytes[start] == tag
    else { return nil }
    let first = Int(bytes[start + 1])
    var octets = 0
    var length = first
    if first >= 0x80 {
      octets = first & 0x7F
      // Four octets tell four gigabytes.
      guard 1...4 ~= octets, start + 2 + octets <= bytes.count else { return nil }
      length = bytes[(start + 2)..<(start + 2 + octets)].reduce(0) { $0 << 8 | Int($1) }
    }
    self.bytes = bytes
    self.start = start
    content = start + 2 + octets
    end = content + length
    guard length > 0, end <= bytes.count else { return nil }
  }

  /// The elements in it, as far as they can be told.
  var inside: [DERPlace] {
    var places: [DERPlace] = []
    var next = content
    while next < end, places.count < Self.maximumElements,
      let place = DERPlace(bytes, at: next)
    {
      places.append(place)
      next = place.end
    }
    return places
  }

  /// Lists of a signature's issuers; a structure with more isn't looked at to its end.
  private static let maximumElements = 1000
}
