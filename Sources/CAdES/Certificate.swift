/// An X.509 certificate (RFC 5280): strict DER without anything behind it.
///
/// Parsing says nothing about trust: see ``validate(signature:content:anchors:at:now:)``.
public struct Certificate: Hashable, Sendable {
  /// The certificate as it was signed.
  public let der: [UInt8]
  /// The subject and the issuer as RFC 2253 writes names, in UTF-8.
  public let subject, issuer: String
  /// The serial number in upper-case hexadecimal, two digits for each octet.
  public let serial: String
  /// The first and the last second of the validity, in Unix time.
  public let notBefore, notAfter: Int64
  /// The public key as DER SubjectPublicKeyInfo.
  public let spki: [UInt8]

  /// Names as DER, which is how they are compared.
  let subjectName, issuerName: [UInt8]
  /// The serial number's content octets.
  let serialOctets: [UInt8]
  let extensions: Extensions
  /// How the issuer signed it; nil for an algorithm that we don't know.
  let signatureAlgorithm: SignatureAlgorithm?
  /// The same as libcrypto has it.
  let decoded: DecodedCertificate

  private static let known = ParsedOnce<Certificate>()

  /// Parses one certificate of at most 64 KiB.
  public init(der bytes: some Collection<UInt8>) throws(CAdESError) {
    guard bytes.count <= Limits.certificateByteCount else {
      throw .tooLarge(.certificate, limit: Limits.certificateByteCount)
    }
    self = try Self.known.value(Array(bytes)) { (der) throws(CAdESError) in
      try Certificate(parsing: der)
    }
  }

  private init(parsing der: [UInt8]) throws(CAdESError) {
    let fields: Fields
    do throws(DERError) {
      try DERForm.check(der)
      fields = try Fields(der)
    } catch { throw .malformed(.certificate, offset: error.offset) }
    self.der = der
    serialOctets = fields.serial
    serial = hexadecimal(fields.serial)
    (subjectName, issuerName) = (fields.subject, fields.issuer)
    (notBefore, notAfter) = (fields.notBefore, fields.notAfter)
    spki = fields.spki
    extensions = fields.extensions
    signatureAlgorithm = fields.algorithm
    subject = try nameText(subjectName)
    issuer = try nameText(issuerName)
    decoded = DecodedCertificate(der)
  }

  /// SHA-256 of the DER, and of ``spki``.
  public var sha256: [UInt8] { DigestAlgorithm.sha256.hash(der) }
  /// SHA-256 of ``spki``, which pins a key across renewals of its certificate.
  public var spkiSHA256: [UInt8] { DigestAlgorithm.sha256.hash(spki) }
  /// Subject and issuer are the same name, as roots have it; nothing is said about the signature.
  public var isSelfSigned: Bool { subjectName == issuerName }
  /// Whether basicConstraints says that it may issue certificates.
  public var isAuthority: Bool { extensions.isAuthority }
  /// The first common name of the subject.
  public var commonName: String? { nameAttribute(.commonName, of: subjectName) }
  /// The first organization name of the subject.
  public var organization: String? { nameAttribute(.organization, of: subjectName) }
  /// The first country code of the subject.
  public var country: String? { nameAttribute(.country, of: subjectName) }
  /// The DNS names of the subject's alternative names.
  public var dnsNames: [String] { extensions.dnsNames }
  /// Where its issuer says that OCSP responders answer, and revocation lists lie: URLs.
  public var responderURLs: [String] { extensions.responderURLs }
  public var revocationListURLs: [String] {
    extensions.distributionPointNames.compactMap { name in
      guard let element = try? DERReader.single(name, Tag.contextPrimitive(6)) else { return nil }
      return String(validating: element.content, as: UTF8.self)
    }
  }

  /// Equality of the bytes is all there is.
  public static func == (a: Self, b: Self) -> Bool { a.der == b.der }
  /// Hashes the bytes, all at once: an array is hashed byte by byte.
  public func hash(into hasher: inout Hasher) { der.withUnsafeBytes { hasher.combine(bytes: $0) } }
}

extension Certificate {
  /// TBSCertificate, RFC 5280, clause 4.1.
  private struct Fields {
    var serial, issuer, subject, spki: [UInt8]
    var notBefore, notAfter: Int64
    var extensions = Extensions()
    var algorithm: SignatureAlgorithm?

    init(_ der: [UInt8]) throws(DERError) {
      var certificate = try DERReader.single(der, Tag.sequence).reader
      var signed = try certificate.sequence()
      var version = try signed.optional(Tag.context(0))?.reader
      if try version?.smallInteger() ?? 0 > 2 { throw DERError(offset: signed.offset) }
      serial = Array(try signed.next(Tag.integer).content)
      let algorithm = try AlgorithmIdentifier(signed.next(Tag.sequence))
      self.algorithm = SignatureAlgorithm(algorithm)
      issuer = Array(try signed.next(Tag.sequence).whole)
      var validity = try signed.sequence()
      let (begin, end) = (try validity.next(), try validity.next())
      try validity.end()
      guard let notBefore = begin.time, let notAfter = end.time else { throw begin.failure }
      (self.notBefore, self.notAfter) = (notBefore, notAfter)
      subject = Array(try signed.next(Tag.sequence).whole)
      spki = Array(try signed.next(Tag.sequence).whole)
      // Unique identifiers, which nobody uses.
      _ = try signed.optional(Tag.contextPrimitive(1))
      _ = try signed.optional(Tag.contextPrimitive(2))
      if let wrapper = try signed.optional(Tag.context(3)) { extensions = try Extensions(wrapper) }
      try signed.end()

      let outer = try certificate.next(Tag.sequence)
      guard outer.whole == algorithm.whole else { throw outer.failure }
      let signature = try certificate.next(Tag.bitString)
      guard signature.wholeBits != nil, serial.count <= 64 else { throw signature.failure }
      try certificate.end()
    }
  }
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  return String(
    decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
