/// An OBJECT IDENTIFIER, kept as its content octets.
struct ObjectIdentifier: Hashable, Sendable {
  var bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// An identifier in dotted form, such as `1.2.840.10045.2.1`.
  init?(_ dotted: String) {
    let parts = dotted.split(separator: ".", omittingEmptySubsequences: false)
    // Identifiers in use have up to 15 arcs.
    let arcs = parts.compactMap { $0.first == "+" ? nil : UInt32($0) }
    guard arcs.count == parts.count, (2...32).contains(arcs.count), arcs[0] <= 2,
      arcs[0] == 2 ? arcs[1] < 1 << 24 : arcs[1] < 40
    else { return nil }
    self.init(arcs: [arcs[0] * 40 + arcs[1]] + arcs.dropFirst(2))
  }

  private init(arcs: some Sequence<UInt32>) {
    bytes = arcs.flatMap { arc in
      var digits = [UInt8(arc & 0x7f)]
      var rest = arc >> 7
      while rest > 0 {
        digits.insert(0x80 | UInt8(rest & 0x7f), at: 0)
        rest >>= 7
      }
      return digits
    }
  }

  /// Arcs in base 128 without leading zeros, the last octet of each below 0x80.
  static func isForm(_ content: some Collection<UInt8>) -> Bool {
    var startsArc = true
    for byte in content {
      if startsArc, byte == 0x80 { return false }
      startsArc = byte < 0x80
    }
    return startsArc && !content.isEmpty
  }

  private static func known(_ first: UInt32, _ second: UInt32, _ arcs: UInt32...) -> Self {
    Self(arcs: [first * 40 + second] + arcs)
  }
}

/// `identifier` of RFC 5652 (CMS), RFC 5035 (ESS), EN 319 122-1 and RFC 3161.
extension ObjectIdentifier {
  static let data = known(1, 2, 840, 113549, 1, 7, 1)
  static let signedData = known(1, 2, 840, 113549, 1, 7, 2)
  static let timestampInfo = known(1, 2, 840, 113549, 1, 9, 16, 1, 4)
  static let contentType = known(1, 2, 840, 113549, 1, 9, 3)
  static let messageDigest = known(1, 2, 840, 113549, 1, 9, 4)
  static let signingTime = known(1, 2, 840, 113549, 1, 9, 5)
  static let signingCertificate = known(1, 2, 840, 113549, 1, 9, 16, 2, 12)
  static let signingCertificateV2 = known(1, 2, 840, 113549, 1, 9, 16, 2, 47)
  static let signaturePolicy = known(1, 2, 840, 113549, 1, 9, 16, 2, 15)
  static let commitmentType = known(1, 2, 840, 113549, 1, 9, 16, 2, 16)
  static let signatureTimestamp = known(1, 2, 840, 113549, 1, 9, 16, 2, 14)
  static let proofOfOrigin = known(1, 2, 840, 113549, 1, 9, 16, 6, 1)
  static let proofOfReceipt = known(1, 2, 840, 113549, 1, 9, 16, 6, 2)
  static let proofOfSender = known(1, 2, 840, 113549, 1, 9, 16, 6, 4)
  static let proofOfApproval = known(1, 2, 840, 113549, 1, 9, 16, 6, 5)
}

/// Algorithms: RFC 5754, RFC 4055, RFC 5480.
extension ObjectIdentifier {
  static let sha1 = known(1, 3, 14, 3, 2, 26)
  static let sha256 = known(2, 16, 840, 1, 101, 3, 4, 2, 1)
  static let sha384 = known(2, 16, 840, 1, 101, 3, 4, 2, 2)
  static let sha512 = known(2, 16, 840, 1, 101, 3, 4, 2, 3)
  static let rsa = known(1, 2, 840, 113549, 1, 1, 1)
  static let maskGeneration1 = known(1, 2, 840, 113549, 1, 1, 8)
  static let rsaPSS = known(1, 2, 840, 113549, 1, 1, 10)
  static let sha1WithRSA = known(1, 2, 840, 113549, 1, 1, 5)
  static let sha256WithRSA = known(1, 2, 840, 113549, 1, 1, 11)
  static let sha384WithRSA = known(1, 2, 840, 113549, 1, 1, 12)
  static let sha512WithRSA = known(1, 2, 840, 113549, 1, 1, 13)
  static let ecdsaWithSHA1 = known(1, 2, 840, 10045, 4, 1)
  static let ecdsaWithSHA256 = known(1, 2, 840, 10045, 4, 3, 2)
  static let ecdsaWithSHA384 = known(1, 2, 840, 10045, 4, 3, 3)
  static let ecdsaWithSHA512 = known(1, 2, 840, 10045, 4, 3, 4)
}

/// Certificates, CRLs and OCSP: RFC 5280, RFC 2986, RFC 6960, RFC 5940; name attributes of X.520.
extension ObjectIdentifier {
  static let commonName = known(2, 5, 4, 3)
  static let country = known(2, 5, 4, 6)
  static let organization = known(2, 5, 4, 10)
  static let subjectKeyIdentifier = known(2, 5, 29, 14)
  static let keyUsage = known(2, 5, 29, 15)
  static let subjectAlternativeName = known(2, 5, 29, 17)
  static let basicConstraints = known(2, 5, 29, 19)
  static let crlNumber = known(2, 5, 29, 20)
  static let crlReason = known(2, 5, 29, 21)
  static let issuingDistributionPoint = known(2, 5, 29, 28)
  static let crlDistributionPoints = known(2, 5, 29, 31)
  static let authorityKeyIdentifier = known(2, 5, 29, 35)
  static let extendedKeyUsage = known(2, 5, 29, 37)
  static let expiredCertificatesOnCRL = known(2, 5, 29, 60)
  static let serverAuthentication = known(1, 3, 6, 1, 5, 5, 7, 3, 1)
  static let clientAuthentication = known(1, 3, 6, 1, 5, 5, 7, 3, 2)
  static let timestamping = known(1, 3, 6, 1, 5, 5, 7, 3, 8)
  static let ocspSigning = known(1, 3, 6, 1, 5, 5, 7, 3, 9)
  static let authorityInformationAccess = known(1, 3, 6, 1, 5, 5, 7, 1, 1)
  static let ocsp = known(1, 3, 6, 1, 5, 5, 7, 48, 1)
  static let ocspBasic = known(1, 3, 6, 1, 5, 5, 7, 48, 1, 1)
  static let ocspNoCheck = known(1, 3, 6, 1, 5, 5, 7, 48, 1, 5)
  static let ocspResponse = known(1, 3, 6, 1, 5, 5, 7, 16, 2)
  static let extensionRequest = known(1, 2, 840, 113549, 1, 9, 14)
}
