/// AlgorithmIdentifier: what, and with which parameters.
struct AlgorithmIdentifier: Hashable {
  var identifier: ObjectIdentifier
  var parameters: DERElement?
  var whole: ArraySlice<UInt8>

  init(_ element: DERElement) throws(DERError) {
    guard element.tag == Tag.sequence else { throw element.failure }
    var reader = element.reader
    identifier = try reader.identifier()
    parameters = reader.isAtEnd ? nil : try reader.next()
    try reader.end()
    whole = element.whole
  }

  /// Absent or NULL, which senders use alike for hashes and RSA (RFC 4055, clause 2.1).
  var hasNoParameters: Bool {
    guard let parameters else { return true }
    return parameters.tag == Tag.null && parameters.content.isEmpty
  }

  var digest: DigestAlgorithm? { hasNoParameters ? DigestAlgorithm(identifier) : nil }
}

/// A signature algorithm that we accept: ECDSA, or RSA with PKCS #1 v1.5 or PSS padding.
struct SignatureAlgorithm: Hashable {
  enum Padding: Hashable {
    case ecdsa, pkcs1
    case pss(saltByteCount: Int)
  }

  var digest: DigestAlgorithm
  var padding: Padding

  /// Nil for anything else, MD5 among it. Whether it is strong enough depends on the time:
  /// ``AlgorithmLife``.
  ///
  /// `digest` is what CMS names beside a plain `rsaEncryption`; it must agree with all others.
  init?(_ algorithm: AlgorithmIdentifier, digest expected: DigestAlgorithm? = nil) {
    switch algorithm.identifier {
    case .ecdsaWithSHA1: (digest, padding) = (.sha1, .ecdsa)
    case .ecdsaWithSHA256: (digest, padding) = (.sha256, .ecdsa)
    case .ecdsaWithSHA384: (digest, padding) = (.sha384, .ecdsa)
    case .ecdsaWithSHA512: (digest, padding) = (.sha512, .ecdsa)
    case .sha1WithRSA: (digest, padding) = (.sha1, .pkcs1)
    case .sha256WithRSA: (digest, padding) = (.sha256, .pkcs1)
    case .sha384WithRSA: (digest, padding) = (.sha384, .pkcs1)
    case .sha512WithRSA: (digest, padding) = (.sha512, .pkcs1)
    case .rsa:
      guard let expected else { return nil }
      (digest, padding) = (expected, .pkcs1)
    case .rsaPSS:
      guard let parsed = Self.parsePSS(algorithm.parameters) else { return nil }
      (digest, padding) = parsed
    default: return nil
    }
    if let expected, expected != digest { return nil }
    switch padding {
    case .ecdsa: guard algorithm.parameters == nil else { return nil }
    case .pkcs1: guard algorithm.hasNoParameters else { return nil }
    case .pss: break
    }
  }

  /// RSASSA-PSS-params, RFC 4055, clause 3.1. The defaults are SHA-1, so every field must be there.
  private static func parsePSS(_ parameters: DERElement?) -> (DigestAlgorithm, Padding)? {
    do throws(DERError) {
      guard let parameters, parameters.tag == Tag.sequence else { return nil }
      var reader = parameters.reader
      var hash = try reader.next(Tag.context(0)).reader
      var mask = try reader.next(Tag.context(1)).reader
      var salt = try reader.next(Tag.context(2)).reader
      try reader.end()
      let digest = try AlgorithmIdentifier(hash.next()).digest
      let generation = try AlgorithmIdentifier(mask.next())
      let saltByteCount = try salt.smallInteger()
      try hash.end()
      try mask.end()
      try salt.end()
      guard let digest, generation.identifier == .maskGeneration1,
        let inner = generation.parameters,
        try AlgorithmIdentifier(inner).digest == digest,
        // A salt longer than the hash adds nothing, and none at all isn't PSS any more.
        (digest.byteCount / 2...digest.byteCount).contains(saltByteCount)
      else { return nil }
      return (digest, .pss(saltByteCount: saltByteCount))
    } catch { return nil }
  }
}
