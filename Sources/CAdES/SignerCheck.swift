/// The cryptographic part of a validation: EN 319 102-1, clauses 5.2.3 (which certificate),
/// 5.2.7 (hash and signature) and 5.2.8 (algorithms).
extension SignerInfo {
  /// Nil when `certificate`'s key signed these attributes, and they are about `content`.
  func check(
    content: DetachedContent, type: ObjectIdentifier, by certificate: Certificate,
    _ parsed: ParsedCertificates
  ) -> SubIndication? {
    do throws(DERError) {
      guard let declared = try signedValue(.contentType), declared.tag == Tag.objectIdentifier,
        declared.content.elementsEqual(type.bytes),
        let messageDigest = try signedValue(.messageDigest), messageDigest.tag == Tag.octetString
      else { return .formatFailure }
      guard let digest = digestAlgorithm.digest else { return .cryptoConstraintsFailure }
      guard let computed = content.digest(digest), messageDigest.content.elementsEqual(computed)
      else { return .hashFailure }
      guard let algorithm = SignatureAlgorithm(signatureAlgorithm, digest: digest)
      else { return .cryptoConstraintsFailure }
      // What never counted isn't computed: a key of a million bits would take hours.
      guard parsed.keyLife(certificate) != nil else { return .cryptoConstraintsFailure }
      let isSigned = signedMessages.contains {
        parsed.verify(signature, over: $0, algorithm, by: certificate)
      }
      guard isSigned else { return .sigCryptoFailure }
      return try commits(to: certificate) ? nil : .sigConstraintsFailure
    } catch { return .formatFailure }
  }

  /// Nil when hash and key were good at `time`, when the signature provably existed.
  func weakness(
    by certificate: Certificate, at time: Int64, _ parsed: ParsedCertificates
  ) -> SubIndication? {
    guard let digest = digestAlgorithm.digest, let key = parsed.keyLife(certificate) else {
      return .cryptoConstraintsFailure
    }
    return AlgorithmLife.reason(min(key, AlgorithmLife.end(digest)), at: time)
  }

  /// Whether the signed attributes name this certificate by its hash (RFC 5035; RFC 2634 in older
  /// time-stamp tokens). Else another certificate of the same key could be put in its place.
  private func commits(to certificate: Certificate) throws(DERError) -> Bool {
    let (value, usesSHA1): (DERElement, Bool)
    if let current = try signedValue(.signingCertificateV2) {
      (value, usesSHA1) = (current, false)
    } else if let old = try signedValue(.signingCertificate) {
      (value, usesSHA1) = (old, true)
    } else {
      return false
    }
    var reader = value.reader
    // The first identifier is the signer's; further ones restrict the path, which we don't need.
    guard value.tag == Tag.sequence,
      let first = try reader.next(Tag.sequence).elements(limit: Limits.certificateCount).first
    else { return false }
    var identifier = first.reader
    var digest: DigestAlgorithm? = .sha256
    if !usesSHA1, let algorithm = try identifier.optional(Tag.sequence) {
      digest = try AlgorithmIdentifier(algorithm).digest
    }
    let hash = try identifier.next(Tag.octetString).content
    guard let digest, usesSHA1 || digest != .sha1 else { return false }
    let expected = usesSHA1 ? sha1(certificate.der) : digest.hash(certificate.der)
    guard hash.elementsEqual(expected) else { return false }
    guard var issuerSerial = try identifier.optional(Tag.sequence)?.reader else { return true }
    var names = try issuerSerial.sequence()
    let directory = try names.optional(Tag.context(4))
    let serial = try issuerSerial.next(Tag.integer).content
    return serial.elementsEqual(certificate.serialOctets)
      && directory.map { $0.content.elementsEqual(certificate.issuerName) } ?? false
  }

  /// The time that the signer states.
  func claimedTime() throws(DERError) -> Int64? {
    guard let value = try signedValue(.signingTime) else { return nil }
    guard let time = value.time else { throw value.failure }
    return time
  }

  /// The commitment that the signer makes; nil for none and for those that we don't know.
  func commitment() throws(DERError) -> Commitment? {
    guard let value = try signedValue(.commitmentType) else { return nil }
    guard value.tag == Tag.sequence else { throw value.failure }
    var reader = value.reader
    let identifier = try reader.identifier()
    return Commitment.allCases.first { $0.identifier == identifier }
  }
}

extension TimestampToken {
  /// Nil when the token is signed by the key of `certificate`.
  func checkSignature(
    by certificate: Certificate, _ parsed: ParsedCertificates
  ) -> SubIndication? {
    signer.check(
      content: DetachedContent(Array(encapsulated)), type: .timestampInfo, by: certificate, parsed)
  }

  /// Nil when all its algorithms were good at `time`.
  func weakness(
    by certificate: Certificate, at time: Int64, _ parsed: ParsedCertificates
  ) -> SubIndication? {
    guard let digest = info.imprintAlgorithm.digest else { return .cryptoConstraintsFailure }
    return AlgorithmLife.reason(AlgorithmLife.end(digest), at: time)
      ?? signer.weakness(by: certificate, at: time, parsed)
  }
}
