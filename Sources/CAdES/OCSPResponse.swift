/// A successful basic OCSP response (RFC 6960, clause 4.2.1): strict DER without anything behind it.
///
/// It says of some certificates of one issuer whether they were revoked. Parsing says nothing about
/// who signed it.
public struct OCSPResponse: Hashable, Sendable {
  /// The OCSPResponse as it was received, the status around the signed part included.
  public let der: [UInt8]
  /// When the responder signed it, in Unix seconds.
  public let producedAt: Int64
  /// When the newest of its answers was known to be right, in Unix seconds.
  public var thisUpdate: Int64 { answers.map(\.thisUpdate).max() ?? producedAt }

  let responder: Responder
  let answers: [Answer]
  /// Certificates that the responder sends along: its own, if the issuer delegated to it.
  let certificates: [Certificate]
  private let algorithm: SignatureAlgorithm?
  private let signed: [UInt8]
  private let signature: [UInt8]

  /// Who says that it signed.
  enum Responder: Hashable {
    case name([UInt8])
    /// SHA-1 of the public key: a name, not a protection.
    case key([UInt8])
  }

  /// What it says of one certificate (SingleResponse).
  struct Answer: Hashable {
    enum Status: Hashable {
      case good
      case revoked(time: Int64, reason: UInt8?)
      case unknown
    }
    var hash: DigestAlgorithm
    var issuerNameHash, issuerKeyHash, serial: [UInt8]
    var status: Status
    var thisUpdate: Int64
    var nextUpdate: Int64?
  }

  /// Parses a response of at most 1 MiB whose status is `successful`.
  public init(der bytes: some Collection<UInt8>) throws(CAdESError) {
    guard bytes.count <= Limits.ocspResponseByteCount else {
      throw .tooLarge(.ocspResponse, limit: Limits.ocspResponseByteCount)
    }
    der = Array(bytes)
    do throws(DERError) {
      let basic = try Self.basicResponse(in: der)
      var reader = try DERReader.single(basic, Tag.sequence).reader
      let data = try reader.next(Tag.sequence)
      signed = Array(data.whole)
      (responder, producedAt, answers) = try Self.parse(data)
      algorithm = SignatureAlgorithm(try AlgorithmIdentifier(reader.next(Tag.sequence)))
      let bits = try reader.next(Tag.bitString)
      guard let octets = bits.wholeBits else { throw bits.failure }
      signature = Array(octets)
      certificates = try Self.certificates(in: reader.optional(Tag.context(0)))
      try reader.end()
    } catch { throw .malformed(.ocspResponse, offset: error.offset) }
  }

  /// The response as SignedData holds it: OtherRevocationInfoFormat of RFC 5940, clause 2.1.
  var otherRevocationInfo: [UInt8] {
    DER.element(Tag.context(1), DER.identifier(.ocspResponse) + der)
  }

  /// The response in an element of a SignedData's `crls`, if that is one.
  init?(otherRevocationInfo element: DERElement) {
    guard element.tag == Tag.context(1) else { return nil }
    var reader = element.reader
    guard (try? reader.identifier()) == .ocspResponse, let whole = try? reader.next(Tag.sequence),
      reader.isAtEnd, let parsed = try? OCSPResponse(der: whole.whole)
    else { return nil }
    self = parsed
  }

  /// Equality of the bytes is all there is.
  public static func == (a: Self, b: Self) -> Bool { a.der == b.der }
  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) { hasher.combine(der) }
}

extension OCSPResponse {
  /// Whether it says good or revoked of this certificate, and in the issuer's name: only such a
  /// response is worth being put into a signature. Of its own revocation a responder's certificate
  /// must be exempt, since nothing else would be there to say it.
  public func speaks(
    of certificate: Certificate, issuedBy issuer: Certificate, at now: Int64
  ) -> Bool {
    answers(about: certificate, of: issuer).contains { $0.status != .unknown }
      && isSigned(for: issuer, at: now, ParsedCertificates()) { _ in false }
  }

  /// What it says of this certificate of this issuer.
  func answers(about certificate: Certificate, of issuer: Certificate) -> [Answer] {
    answers.filter { answer in
      answer.serial == certificate.serialOctets
        && answer.issuerNameHash == answer.hash.hash(issuer.subjectName)
        && answer.issuerKeyHash == answer.hash.hash(publicKeyBits(issuer.spki))
    }
  }

  /// Whether the issuer may be heard through it (RFC 6960, clause 4.2.2.2): the issuer signed it, or
  /// a responder whose certificate the issuer signed for this, and was valid then.
  ///
  /// - Parameter isGood: asked about a responder that isn't exempt by `id-pkix-ocsp-nocheck`.
  func isSigned(
    for issuer: Certificate, at time: Int64, _ parsed: ParsedCertificates,
    isGood: (Certificate) -> Bool
  ) -> Bool {
    guard let algorithm, time <= AlgorithmLife.end(algorithm.digest) else { return false }
    let signer = ([issuer] + certificates).first { names($0) }
    guard let signer, let life = parsed.keyLife(signer), time <= life,
      parsed.verify(signature, over: signed, algorithm, by: signer)
    else { return false }
    if signer == issuer { return true }
    guard signer.extensions.extendedKeyUsage?.contains(.ocspSigning) == true,
      signer.extensions.keyUsage?.contains(.digitalSignature) ?? true, !signer.isAuthority,
      case .success(let path) = parsed.path(
        from: signer, through: [], to: [issuer], at: producedAt),
      path.certificates == [signer, issuer], parsed.weakness(of: path, at: time) == nil
    else { return false }
    return signer.extensions[.ocspNoCheck] != nil || isGood(signer)
  }

  private func names(_ certificate: Certificate) -> Bool {
    switch responder {
    case .name(let name): name == certificate.subjectName
    case .key(let hash): hash == sha1(publicKeyBits(certificate.spki))
    }
  }
}

/// The octets of a SubjectPublicKeyInfo's BIT STRING, which key hashes are over.
func publicKeyBits(_ spki: [UInt8]) -> [UInt8] {
  guard var reader = try? DERReader.single(spki, Tag.sequence).reader,
    (try? reader.next()) != nil, let bits = try? reader.next(Tag.bitString)
  else { return spki }
  return Array(bits.content.dropFirst())
}

/// An OCSPRequest about one certificate, in DER (RFC 6960, clause 4.1.1), without a nonce: what a
/// signature brings along for years has to be good at other times than that of the question.
public func ocspRequest(about certificate: Certificate, of issuer: Certificate) -> [UInt8] {
  let name = ocspCertificateID(certificate.serialOctets, of: issuer)
  return DER.sequence(DER.sequence(DER.sequence(DER.sequence(name))))
}

/// CertID with SHA-1, the hash that RFC 5019 asks every responder to know; it is a name only.
func ocspCertificateID(_ serial: [UInt8], of issuer: Certificate) -> [UInt8] {
  DER.sequence(
    DER.sequence(DER.identifier(.sha1), DER.null), DER.octets(sha1(issuer.subjectName)),
    DER.octets(sha1(publicKeyBits(issuer.spki))), DER.element(Tag.integer, serial))
}
