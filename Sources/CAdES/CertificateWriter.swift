/// Writes certificates, requests and revocation lists (RFC 5280, RFC 2986) in DER.
enum CertificateWriter {
  /// A certificate about `spki`, signed by the issuer's key; the issuer's name is given as DER.
  static func certificate(
    spki: [UInt8], name: DistinguishedName, validity: Validity, extensions: [[UInt8]],
    issuerName: [UInt8], issuerKey: SigningKey
  ) throws(CAdESError) -> Certificate {
    // 127 random bits below a set one: positive, unguessable, and never shorter than 16 octets.
    let random = try LibCrypto.randomBytes(16)
    let serial = [0x40 | (random[0] & 0x3f)] + random.dropFirst()
    let signed = DER.sequence(of: [
      DER.explicit(0, DER.integer(2)), DER.integer(magnitude: serial),
      issuerKey.certificateAlgorithm, issuerName,
      DER.sequence(DER.time(validity.notBefore), DER.time(validity.notAfter)), name.der, spki,
      DER.explicit(3, DER.sequence(of: extensions)),
    ])
    return try Certificate(der: seal(signed, with: issuerKey))
  }

  /// What certificates, requests and lists have in common: the body, the algorithm, the signature.
  static func seal(_ signed: [UInt8], with key: SigningKey) throws(CAdESError) -> [UInt8] {
    DER.sequence(signed, key.certificateAlgorithm, DER.bits(try key.sign(signed)))
  }

  static func item(
    _ identifier: ObjectIdentifier, critical: Bool = false, _ value: [UInt8]
  ) -> [UInt8] {
    DER.sequence(
      DER.identifier(identifier), critical ? DER.boolean(true) : [], DER.octets(value))
  }

  static func keyUsage(_ usages: KeyUsage...) -> [UInt8] {
    item(.keyUsage, critical: true, DER.namedBits(usages.map(\.rawValue)))
  }

  static func extendedKeyUsage(critical: Bool = false, _ uses: ObjectIdentifier...) -> [UInt8] {
    item(.extendedKeyUsage, critical: critical, DER.sequence(of: uses.map(DER.identifier)))
  }

  static func basicConstraints(isAuthority: Bool, pathLength: Int? = nil) -> [UInt8] {
    let value = DER.sequence(
      isAuthority ? DER.boolean(true) : [], pathLength.map { DER.integer($0) } ?? [])
    return item(.basicConstraints, critical: true, value)
  }

  /// RFC 5280, clause 4.2.1.2, method (1): SHA-1 as a name, not as a protection.
  static func subjectKey(_ spki: [UInt8]) -> [UInt8] {
    item(.subjectKeyIdentifier, DER.octets(keyIdentifier(spki)))
  }

  /// The identifier is the issuer's own where it has one, since authorities choose theirs freely.
  static func authorityKey(_ issuer: Certificate) -> [UInt8] {
    authorityKey(issuer.extensions.subjectKeyIdentifier ?? keyIdentifier(issuer.spki))
  }

  static func authorityKey(_ identifier: [UInt8]) -> [UInt8] {
    item(.authorityKeyIdentifier, DER.sequence(DER.implicit(0, identifier)))
  }

  static func distributionPoint(_ url: String) -> [UInt8] {
    let name = DER.explicit(0, DER.explicit(0, DER.implicit(6, Array(url.utf8))))
    return item(.crlDistributionPoints, DER.sequence(DER.sequence(name)))
  }

  static func alternativeNames(
    dnsNames: [String], ipAddresses: [String]
  ) throws(CAdESError) -> [UInt8] {
    var names: [[UInt8]] = []
    for name in dnsNames {
      guard (1...253).contains(name.utf8.count),
        name.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
      else { throw .invalidName(name) }
      names.append(DER.implicit(2, Array(name.utf8)))
    }
    for address in ipAddresses {
      names.append(DER.implicit(7, try IPAddress.octets(address)))
    }
    return item(.subjectAlternativeName, DER.sequence(of: names))
  }

  static func keyIdentifier(_ spki: [UInt8]) -> [UInt8] {
    sha1(publicKeyBits(spki))
  }
}

/// The period in which a certificate is valid.
public struct Validity: Hashable, Sendable {
  /// The first and the last second, in Unix time.
  public let notBefore, notAfter: Int64

  /// Both times in their order, in the years 1950 to 9999 that certificates can say.
  public init(notBefore: Int64, notAfter: Int64) throws(CAdESError) {
    guard notBefore < notAfter, DERTime.range.contains(notBefore),
      DERTime.range.contains(notAfter)
    else { throw .invalidValidity }
    (self.notBefore, self.notAfter) = (notBefore, notAfter)
  }
}
