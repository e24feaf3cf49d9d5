/// A certificate revocation list (RFC 5280, clause 5): strict DER without anything behind it.
public struct RevocationList: Hashable, Sendable {
  /// The list as it was signed.
  public let der: [UInt8]
  /// The issuer as RFC 2253 writes names.
  public let issuer: String
  /// When it was issued, in Unix seconds.
  public let thisUpdate: Int64
  /// When the next one comes at the latest, in Unix seconds.
  public let nextUpdate: Int64?
  /// The number of certificates in it.
  public let revokedCount: Int

  let issuerName: [UInt8]
  let extensions: Extensions
  private let signed: Range<Int>
  private let entries: Range<Int>
  private let algorithm: SignatureAlgorithm?
  private let signature: [UInt8]

  private static let known = ParsedOnce<RevocationList>()

  /// Parses one list of at most 16 MiB.
  public init(der bytes: some Collection<UInt8>) throws(CAdESError) {
    guard bytes.count <= Limits.revocationListByteCount else {
      throw .tooLarge(.revocationList, limit: Limits.revocationListByteCount)
    }
    self = try Self.known.value(Array(bytes)) { (der) throws(CAdESError) in
      try RevocationList(parsing: der)
    }
  }

  private init(parsing der: [UInt8]) throws(CAdESError) {
    self.der = der
    do throws(DERError) {
      try DERForm.check(der)
      var list = try DERReader.single(der, Tag.sequence).reader
      let body = try list.next(Tag.sequence)
      signed = body.whole.indices
      var reader = body.reader
      if let version = try reader.optional(Tag.integer), version.smallInteger != 1 {
        throw version.failure
      }
      let inner = try AlgorithmIdentifier(reader.next(Tag.sequence))
      issuerName = Array(try reader.next(Tag.sequence).whole)
      let issued = try reader.next()
      guard let time = issued.time else { throw issued.failure }
      thisUpdate = time
      if let next = try Self.optionalTime(&reader) {
        guard let time = next.time else { throw next.failure }
        nextUpdate = time
      } else {
        nextUpdate = nil
      }
      let revoked = try reader.optional(Tag.sequence)
      entries = revoked?.content.indices ?? reader.offset..<reader.offset
      if let wrapper = try reader.optional(Tag.context(0)) {
        extensions = try Extensions(wrapper)
      } else {
        extensions = Extensions()
      }
      try reader.end()

      let outer = try AlgorithmIdentifier(list.next(Tag.sequence))
      let bits = try list.next(Tag.bitString)
      guard let octets = bits.wholeBits, outer.whole == inner.whole else { throw bits.failure }
      algorithm = SignatureAlgorithm(outer)
      signature = Array(octets)
      try list.end()
      revokedCount = try Self.check(revoked)
    } catch { throw .malformed(.revocationList, offset: error.offset) }
    issuer = try nameText(issuerName)
  }

  /// The list's number, which grows with each issue; nil also where it exceeds 64 bits.
  public var number: UInt64? {
    guard let value = extensions[.crlNumber]?.value,
      let number = try? DERReader.single(value, Tag.integer),
      number.content.drop(while: { $0 == 0 }).count <= 8
    else { return nil }
    return number.content.reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Whether it is signed by the key of `certificate`, with an algorithm that was good at `time`.
  func isSigned(
    by certificate: Certificate, at time: Int64, _ parsed: ParsedCertificates
  ) -> Bool {
    guard issuerName == certificate.subjectName, let algorithm,
      time <= AlgorithmLife.end(algorithm.digest)
    else { return false }
    // Without the extension the key isn't restricted, RFC 5280, clause 6.3.3 (f).
    guard certificate.extensions.keyUsage?.contains(.crlSign) ?? true else { return false }
    return CheckedSignatures.shared.isSigned(self, by: certificate) {
      parsed.verify(signature, over: der[signed], algorithm, by: certificate)
    }
  }

  /// When and why the certificate with these serial octets was revoked, or nil.
  func revocation(of serial: [UInt8]) -> (time: Int64, reason: UInt8?)? {
    var reader = DERReader(der[entries])
    while var entry = try? reader.sequence() {
      guard let number = try? entry.next(Tag.integer) else { return nil }
      guard number.content.elementsEqual(serial) else { continue }
      guard let time = (try? entry.next())?.time else { return nil }
      let list = entry.isAtEnd ? nil : try? Extensions(entry.next(Tag.sequence))
      return (time, list?[.crlReason]?.value.last)
    }
    return nil
  }

  private static func optionalTime(_ reader: inout DERReader) throws(DERError) -> DERElement? {
    if let time = try reader.optional(Tag.utcTime) { return time }
    return try reader.optional(Tag.generalizedTime)
  }

  /// Every entry is well-formed, so that a search can't stop early; returns their number.
  private static func check(_ entries: DERElement?) throws(DERError) -> Int {
    guard var reader = entries?.reader else { return 0 }
    var count = 0
    while !reader.isAtEnd {
      let element = try reader.next(Tag.sequence)
      var entry = element.reader
      _ = try entry.next(Tag.integer)
      guard try entry.next().time != nil else { throw element.failure }
      if !entry.isAtEnd {
        let extensions = try Extensions(entry.next(Tag.sequence))
        // An indirect list's entries speak of other issuers; that extension is always critical.
        guard extensions.items.allSatisfy({ !$0.isCritical || $0.identifier == .crlReason })
        else { throw element.failure }
      }
      try entry.end()
      count += 1
      guard count <= Limits.revocationEntryCount else { throw element.failure }
    }
    return count
  }

  /// Equality of the bytes is all there is.
  public static func == (a: Self, b: Self) -> Bool { a.der == b.der }
  /// Hashes the bytes, all at once.
  public func hash(into hasher: inout Hasher) { der.withUnsafeBytes { hasher.combine(bytes: $0) } }
}
