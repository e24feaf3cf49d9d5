/// A small public key infrastructure for development and tests, and requests to real ones.
///
/// It issues what the profile asks for and nothing else; it keeps no record of what it issued.
public enum Development {
  /// The policy that the development authority's time-stamps name.
  ///
  /// It stands below the enterprise number that RFC 5612 sets aside for examples.
  public static let timestampPolicy = "1.3.6.1.4.1.32473.1.1"

  /// A self-signed root; one level of authorities may stand below it.
  public static func root(
    key: SigningKey, name: DistinguishedName, validity: Validity
  ) throws(CAdESError) -> Certificate {
    try CertificateWriter.certificate(
      spki: key.spki, name: name, validity: validity,
      extensions: [
        CertificateWriter.basicConstraints(isAuthority: true, pathLength: 1),
        CertificateWriter.keyUsage(.keyCertSign, .crlSign),
        CertificateWriter.subjectKey(key.spki),
      ], issuerName: name.der, issuerKey: key)
  }

  /// An authority below the root, which issues end entities only.
  public static func intermediate(
    for key: SigningKey, name: DistinguishedName, issuer: SigningIdentity, validity: Validity,
    crlURL: String? = nil
  ) throws(CAdESError) -> Certificate {
    try issue(
      key, name, issuer, validity, crlURL,
      [
        CertificateWriter.basicConstraints(isAuthority: true, pathLength: 0),
        CertificateWriter.keyUsage(.keyCertSign, .crlSign),
      ])
  }

  /// A certificate for signatures: nonRepudiation alone, and no purpose in TLS.
  public static func signing(
    for key: SigningKey, name: DistinguishedName, issuer: SigningIdentity, validity: Validity,
    crlURL: String? = nil
  ) throws(CAdESError) -> Certificate {
    try issue(key, name, issuer, validity, crlURL, signingExtensions)
  }

  /// A certificate for a time-stamp authority: its extended key usage is critical and alone.
  public static func timestamping(
    for key: SigningKey, name: DistinguishedName, issuer: SigningIdentity, validity: Validity,
    crlURL: String? = nil
  ) throws(CAdESError) -> Certificate {
    try issue(key, name, issuer, validity, crlURL, timestampingExtensions)
  }

  /// A certificate for both sides of TLS.
  public static func tls(
    for key: SigningKey, name: DistinguishedName, dnsNames: [String], ipAddresses: [String] = [],
    issuer: SigningIdentity, validity: Validity, crlURL: String? = nil
  ) throws(CAdESError) -> Certificate {
    try issue(
      key, name, issuer, validity, crlURL, try tlsExtensions(key, dnsNames, ipAddresses))
  }

  static func issue(
    _ key: SigningKey, _ name: DistinguishedName, _ issuer: SigningIdentity, _ validity: Validity,
    _ crlURL: String?, _ extensions: [[UInt8]]
  ) throws(CAdESError) -> Certificate {
    try CertificateWriter.certificate(
      spki: key.spki, name: name, validity: validity,
      extensions: extensions + [
        CertificateWriter.subjectKey(key.spki),
        CertificateWriter.authorityKey(issuer.certificate),
      ] + (crlURL.map { [CertificateWriter.distributionPoint($0)] } ?? []),
      issuerName: issuer.certificate.subjectName, issuerKey: issuer.key)
  }

  private static var signingExtensions: [[UInt8]] {
    [
      CertificateWriter.basicConstraints(isAuthority: false),
      CertificateWriter.keyUsage(.nonRepudiation),
    ]
  }

  private static var timestampingExtensions: [[UInt8]] {
    [
      CertificateWriter.basicConstraints(isAuthority: false),
      CertificateWriter.keyUsage(.digitalSignature),
      CertificateWriter.extendedKeyUsage(critical: true, .timestamping),
    ]
  }

  private static func tlsExtensions(
    _ key: SigningKey, _ dnsNames: [String], _ ipAddresses: [String]
  ) throws(CAdESError) -> [[UInt8]] {
    [
      CertificateWriter.basicConstraints(isAuthority: false),
      CertificateWriter.keyUsage(.digitalSignature),
      CertificateWriter.extendedKeyUsage(.serverAuthentication, .clientAuthentication),
      try CertificateWriter.alternativeNames(dnsNames: dnsNames, ipAddresses: ipAddresses),
    ]
  }
}

extension Development {
  /// What a certificate is requested for.
  public enum RequestedUse: Hashable, Sendable {
    case signing, timestamping
    case tls(dnsNames: [String], ipAddresses: [String])
  }

  /// A PKCS #10 request to a real authority, in PEM, with the extensions that the use needs.
  public static func certificateRequest(
    key: SigningKey, name: DistinguishedName, use: RequestedUse
  ) throws(CAdESError) -> String {
    let extensions =
      switch use {
      case .signing: signingExtensions
      case .timestamping: timestampingExtensions
      case .tls(let dnsNames, let ipAddresses): try tlsExtensions(key, dnsNames, ipAddresses)
      }
    let wish = SignedDataWriter.attribute(.extensionRequest, DER.sequence(of: extensions))
    let signed = DER.sequence(
      DER.integer(0), name.der, key.spki, DER.set(of: [wish], tag: Tag.context(0)))
    return PEM.text("CERTIFICATE REQUEST", try CertificateWriter.seal(signed, with: key))
  }
}

extension Development {
  /// An entry of a revocation list.
  public struct Revocation: Hashable, Sendable {
    /// CRLReason, RFC 5280, clause 5.3.1.
    public enum Reason: UInt8, Hashable, Sendable, CaseIterable {
      case unspecified = 0
      case keyCompromise = 1
      case authorityCompromise = 2
      case affiliationChanged = 3
      case superseded = 4
      case cessationOfOperation = 5
    }
    let serial: [UInt8]
    let time: Int64
    let reason: Reason

    /// The certificate is void from `time` on, in Unix seconds.
    public init(certificate: Certificate, time: Int64, reason: Reason) throws(CAdESError) {
      guard DERTime.range.contains(time) else { throw .invalidValidity }
      (serial, self.time, self.reason) = (certificate.serialOctets, time, reason)
    }
  }

  /// A complete revocation list of the issuer's; `number` must grow from list to list.
  public static func revocationList(
    issuer: SigningIdentity, number: UInt64, thisUpdate: Int64, nextUpdate: Int64,
    revoked: [Revocation] = []
  ) throws(CAdESError) -> RevocationList {
    // Same limits as a certificate's validity.
    let period = try Validity(notBefore: thisUpdate, notAfter: nextUpdate)
    let entries = revoked.map { entry in
      // RFC 5280, clause 5.3.1: `unspecified` is said by leaving the reason out.
      let reason =
        entry.reason == .unspecified
        ? []
        : DER.sequence(
          CertificateWriter.item(.crlReason, DER.element(Tag.enumerated, [entry.reason.rawValue])))
      return DER.sequence(DER.element(Tag.integer, entry.serial), DER.time(entry.time), reason)
    }
    let digits = withUnsafeBytes(of: number.bigEndian) { [UInt8]($0) }
    let extensions = DER.sequence(
      CertificateWriter.authorityKey(issuer.certificate),
      CertificateWriter.item(.crlNumber, DER.integer(magnitude: digits)))
    let signed = DER.sequence(of: [
      DER.integer(1), issuer.key.certificateAlgorithm, issuer.certificate.subjectName,
      DER.time(period.notBefore), DER.time(period.notAfter),
      entries.isEmpty ? [] : DER.sequence(of: entries), DER.explicit(0, extensions),
    ])
    return try RevocationList(der: CertificateWriter.seal(signed, with: issuer.key))
  }
}
