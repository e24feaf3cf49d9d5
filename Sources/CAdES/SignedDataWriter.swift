/// Writes SignedData with one signer, in DER.
struct SignedDataWriter {
  var identity: SigningIdentity
  var contentType: ObjectIdentifier
  /// Nil for a detached signature.
  var encapsulated: [UInt8]?
  /// Signed attributes beyond content type and message digest.
  var attributes: [[UInt8]]
  /// How an RSA key signs; PSS is no choice for time-stamps, since `openssl ts` can't read it.
  var padding = SigningKey.Padding.pss

  private var digest: DigestAlgorithm { identity.key.digest }

  /// The signer's part, for as long as unsigned attributes may still be added.
  struct Signed {
    var signature: [UInt8]
    /// SignerInfo up to and with the signature, without its SEQUENCE around.
    fileprivate var fields: [UInt8]
    var unsignedAttributes: [[UInt8]] = []

    /// SignerInfos with this one alone.
    var set: [UInt8] {
      let unsigned =
        unsignedAttributes.isEmpty ? [] : DER.set(of: unsignedAttributes, tag: Tag.context(1))
      return DER.set(of: [DER.sequence(fields, unsigned)])
    }
  }

  func sign(_ content: [UInt8]) throws(CAdESError) -> Signed {
    try sign(digest: digest.hash(content))
  }

  /// Signs content of this digest, which is by the key's function.
  func sign(digest value: [UInt8]) throws(CAdESError) -> Signed {
    let signed = [
      Self.attribute(.contentType, DER.identifier(contentType)),
      Self.attribute(.messageDigest, DER.octets(value)),
    ]
    let message = DER.set(of: signed + attributes)
    let signature = try identity.key.sign(message, padding)
    let certificate = identity.certificate
    let fields = [
      DER.integer(1),
      DER.sequence(
        certificate.issuerName, DER.element(Tag.integer, certificate.serialOctets)),
      digest.algorithm,
      [Tag.context(0)] + message.dropFirst(),
      identity.key.messageAlgorithm(padding),
      DER.octets(signature),
    ]
    return Signed(signature: signature, fields: Array(fields.joined()))
  }

  func write(
    _ signed: Signed, certificates: [[UInt8]], revocationData: [[UInt8]] = []
  ) -> [UInt8] {
    let content = encapsulated.map { DER.explicit(0, DER.octets($0)) } ?? []
    // RFC 5652, clause 5.1: other content than `data` raises the version, and so does OCSP.
    let hasOthers = revocationData.contains { $0.first != Tag.sequence }
    return SignedData.write(
      version: hasOthers ? 5 : contentType == .data ? 1 : 3,
      body: DER.set(of: [digest.algorithm])
        + DER.sequence(DER.identifier(contentType), content),
      certificates: certificates, revocationData: revocationData, signerSet: signed.set)
  }

  /// The signer's part of a signature that exists, so that it can get what it lacks.
  static func reopen(_ signer: SignerInfo) -> Signed {
    Signed(
      signature: Array(signer.signature), fields: Array(signer.fields),
      unsignedAttributes: signer.unsignedAttributes.map { Array($0.whole) })
  }

  static func attribute(_ type: ObjectIdentifier, _ value: [UInt8]) -> [UInt8] {
    DER.sequence(DER.identifier(type), DER.set(of: [value]))
  }

  /// SigningCertificateV2, RFC 5035, clause 3: binds the signature to this one certificate.
  ///
  /// SHA-256 is the default there, so DER leaves its name out.
  static func signingCertificate(_ certificate: Certificate) -> [UInt8] {
    let issuer = DER.sequence(DER.explicit(4, certificate.issuerName))
    let name = DER.sequence(issuer, DER.element(Tag.integer, certificate.serialOctets))
    let identifier = DER.sequence(DER.octets(certificate.sha256), name)
    return attribute(.signingCertificateV2, DER.sequence(DER.sequence(identifier)))
  }
}
