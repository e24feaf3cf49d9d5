/// Until when algorithms and keys may be relied on: what EN 319 102-1, clause 5.2.8 asks of the
/// verifier's policy.
///
/// A signature counts when it provably existed while its algorithms were good. Reviewed in November
/// 2026; a date is moved forward only with a new edition of its source.
///
/// | what | until the end of | source |
/// |---|---|---|
/// | MD5, RSA below 1024 bits, curves below 224 | never | NIST SP 800-131A |
/// | SHA-1 | 2013 | NIST SP 800-131A Rev. 1, section 9 |
/// | RSA below 2048 bits, curves below 256 | 2013 | NIST SP 800-131A Rev. 1, section 3 |
/// | RSA below 3000 bits | 2030 | NIST SP 800-57 Part 1 Rev. 5, table 4 (112 bits) |
/// | SHA-256, SHA-384, SHA-512; RSA from 3000, curves from 256 bits | no end set | ETSI TS 119 312 |
///
/// (The European SOG-IS list calls RSA below 3000 bits legacy since the end of 2025: so nothing of
/// ours is signed with it, while what others signed stays readable.)
enum AlgorithmLife {
  /// The last second of the year 2013, and of 2030, in Unix time.
  private static let endOf2013: Int64 = 1_388_534_399
  private static let endOf2030: Int64 = 1_924_991_999
  static let noEnd = Int64.max

  static func end(_ digest: DigestAlgorithm) -> Int64 {
    switch digest {
    case .sha1: endOf2013
    case .sha256, .sha384, .sha512: noEnd
    }
  }

  /// Nil where a key of this length was never good enough, or is so long that it only costs time.
  static func end(rsaBits: Int) -> Int64? {
    switch rsaBits {
    case 1024..<2048: endOf2013
    case 2048..<3000: endOf2030
    case 3000...16384: noEnd
    default: nil
    }
  }

  static func end(curveBits: Int) -> Int64? {
    switch curveBits {
    case 224..<256: endOf2013
    case 256...: noEnd
    default: nil
    }
  }

  /// What a use that ended at `end` means for something that provably existed at `time`: nothing,
  /// a lack of proof, or that it never counted.
  static func reason(_ end: Int64?, at time: Int64) -> SubIndication? {
    guard let end else { return .cryptoConstraintsFailure }
    return time <= end ? nil : .cryptoConstraintsFailureNoPOE
  }
}

extension ParsedCertificates {
  /// Until when the certificate's key counts; nil for never, and for other than RSA and curves.
  func keyLife(_ certificate: Certificate) -> Int64? {
    guard let (isRSA, bits) = keyStrength(of: certificate) else { return nil }
    return isRSA ? AlgorithmLife.end(rsaBits: bits) : AlgorithmLife.end(curveBits: bits)
  }

  /// Whether keys and signatures of a path were good at `time`. How an anchor signed itself doesn't
  /// matter.
  func weakness(of path: CertificationPath, at time: Int64) -> SubIndication? {
    for certificate in path.certificates {
      if let reason = AlgorithmLife.reason(keyLife(certificate), at: time) { return reason }
    }
    for (certificate, _) in path.links {
      let end = certificate.signatureAlgorithm.map { AlgorithmLife.end($0.digest) }
      if let reason = AlgorithmLife.reason(end, at: time) { return reason }
    }
    return nil
  }
}
