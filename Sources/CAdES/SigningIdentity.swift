/// A key, its certificate, and the certificates between that and a root.
public struct SigningIdentity: Sendable {
  /// The private key.
  public let key: SigningKey
  /// The certificate of ``key``.
  public let certificate: Certificate
  /// Issuers of the certificate, in any order; a root among them is never sent.
  public let intermediates: [Certificate]

  /// Checks that the certificate is for this key.
  public init(
    key: SigningKey, certificate: Certificate, intermediates: [Certificate] = []
  ) throws(CAdESError) {
    guard key.spki == certificate.spki else { throw .keyMismatch }
    self.key = key
    self.certificate = certificate
    self.intermediates = intermediates
  }
}

extension Certificate {
  /// The issuers of this certificate among `candidates`, nearest first, without any root.
  ///
  /// Names decide here; whether the signatures hold is found out by validation.
  func chain(from candidates: [Certificate]) -> [Certificate] {
    var chain: [Certificate] = []
    var last = self
    while chain.count < Limits.pathLength, !last.isSelfSigned,
      let issuer = candidates.first(where: { last.mayBeIssued(by: $0) && !chain.contains($0) }),
      !issuer.isSelfSigned
    {
      chain.append(issuer)
      last = issuer
    }
    return chain
  }

  /// Names match, and key identifiers do where both are there.
  func mayBeIssued(by issuer: Certificate) -> Bool {
    guard issuerName == issuer.subjectName else { return false }
    guard let wanted = extensions.authorityKeyIdentifier,
      let found = issuer.extensions.subjectKeyIdentifier
    else { return true }
    return wanted == found
  }
}

extension Extensions {
  var subjectKeyIdentifier: [UInt8]? {
    guard let value = self[.subjectKeyIdentifier]?.value else { return nil }
    return (try? DERReader.single(value, Tag.octetString)).map { Array($0.content) }
  }

  var authorityKeyIdentifier: [UInt8]? {
    guard let value = self[.authorityKeyIdentifier]?.value,
      var identifier = try? DERReader.single(value, Tag.sequence).reader,
      let key = try? identifier.optional(Tag.contextPrimitive(0))
    else { return nil }
    return Array(key.content)
  }
}
