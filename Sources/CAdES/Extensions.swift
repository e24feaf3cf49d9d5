/// The extensions of a certificate, a CRL or an entry of one (RFC 5280, clause 4.2 and 5.2).
struct Extensions: Hashable, Sendable {
  struct Item: Hashable, Sendable {
    var identifier: ObjectIdentifier
    var isCritical: Bool
    var value: [UInt8]
  }
  var items: [Item] = []

  init() {}

  /// Parses `Extensions`, wrapped in a context tag or not.
  init(_ wrapper: DERElement) throws(DERError) {
    var reader = wrapper.reader
    let list = wrapper.tag == Tag.sequence ? wrapper : try reader.next(Tag.sequence)
    if wrapper.tag != Tag.sequence { try reader.end() }
    for element in try list.elements(limit: Self.maximumCount) {
      guard element.tag == Tag.sequence else { throw element.failure }
      var item = element.reader
      let identifier = try item.identifier()
      let isCritical = try item.optional(Tag.boolean)?.boolean ?? false
      let value = Array(try item.next(Tag.octetString).content)
      try item.end()
      guard self[identifier] == nil else { throw element.failure }
      items.append(Item(identifier: identifier, isCritical: isCritical, value: value))
    }
  }

  subscript(_ identifier: ObjectIdentifier) -> Item? {
    items.first { $0.identifier == identifier }
  }

  /// Certificates have about ten.
  static let maximumCount = 64
}

/// Bits of keyUsage, RFC 5280, clause 4.2.1.3, by their number.
enum KeyUsage: Int, CaseIterable {
  case digitalSignature, nonRepudiation, keyEncipherment, dataEncipherment, keyAgreement
  case keyCertSign, crlSign, encipherOnly, decipherOnly

  var name: String { self == .crlSign ? "cRLSign" : "\(self)" }
}

extension Extensions {
  /// Nil where the certificate doesn't restrict its use.
  var keyUsage: [KeyUsage]? {
    guard let value = self[.keyUsage]?.value, let bits = try? DERReader.single(value, Tag.bitString)
    else { return nil }
    let octets = Array(bits.content.dropFirst())
    return KeyUsage.allCases.filter { usage in
      let (index, bit) = (usage.rawValue / 8, usage.rawValue % 8)
      return octets.indices.contains(index) && octets[index] & (0x80 >> UInt8(bit)) != 0
    }
  }

  /// Nil where the certificate doesn't restrict its purpose; empty where we can't read it.
  var extendedKeyUsage: [ObjectIdentifier]? {
    guard let value = self[.extendedKeyUsage]?.value else { return nil }
    guard let list = try? DERReader.single(value, Tag.sequence),
      let purposes = try? list.elements(limit: Self.maximumCount)
    else { return [] }
    return purposes.map { ObjectIdentifier(bytes: Array($0.content)) }
  }

  var isAuthority: Bool {
    guard let value = self[.basicConstraints]?.value,
      var constraints = try? DERReader.single(value, Tag.sequence).reader
    else { return false }
    return (try? constraints.optional(Tag.boolean))?.boolean ?? false
  }

  /// The URLs of OCSP responders that the issuer names (RFC 5280, clause 4.2.2.1).
  var responderURLs: [String] {
    guard let value = self[.authorityInformationAccess]?.value,
      let list = try? DERReader.single(value, Tag.sequence),
      let points = try? list.elements(limit: Self.maximumCount)
    else { return [] }
    return points.compactMap { point in
      var reader = point.reader
      guard (try? reader.identifier()) == .ocsp,
        let name = try? reader.next(Tag.contextPrimitive(6))
      else { return nil }
      return String(validating: name.content, as: UTF8.self)
    }
  }

  var dnsNames: [String] {
    guard let value = self[.subjectAlternativeName]?.value,
      let list = try? DERReader.single(value, Tag.sequence),
      let names = try? list.elements(limit: 256)
    else { return [] }
    return names.filter { $0.tag == Tag.contextPrimitive(2) }
      .compactMap { String(validating: $0.content, as: UTF8.self) }
  }

  /// Names in the distribution points of a certificate, as DER GeneralNames.
  var distributionPointNames: [[UInt8]] {
    guard let value = self[.crlDistributionPoints]?.value,
      let list = try? DERReader.single(value, Tag.sequence),
      let points = try? list.elements(limit: Self.maximumCount)
    else { return [] }
    return points.flatMap { point -> [[UInt8]] in
      var reader = point.reader
      guard let name = try? reader.optional(Tag.context(0)) else { return [] }
      return Self.fullNames(name)
    }
  }

  /// DistributionPointName: `[0] { fullName [0] GeneralNames }`.
  static func fullNames(_ pointName: DERElement) -> [[UInt8]] {
    var reader = pointName.reader
    guard let full = try? reader.optional(Tag.context(0)),
      let names = try? full.elements(limit: maximumCount)
    else { return [] }
    return names.map { Array($0.whole) }
  }
}
