/// The answer about one signature or time-stamp, ETSI EN 319 102-1, clause 5.1.3.
public enum ValidationResult: Hashable, Sendable {
  /// Everything that was to be checked holds.
  case passed
  /// What is at hand doesn't suffice to say yes or no.
  case indeterminate(SubIndication)
  /// Proven bad.
  case failed(SubIndication)

  /// The tables of clause 5.1.3 tell which reasons prove a signature bad, and which leave it open.
  init(_ reason: SubIndication) {
    switch reason {
    case .formatFailure, .hashFailure, .sigCryptoFailure, .revoked, .notYetValid:
      self = .failed(reason)
    default: self = .indeterminate(reason)
    }
  }

  /// `passed`, `indeterminate` or `failed`.
  public var indication: String {
    switch self {
    case .passed: "passed"
    case .indeterminate: "indeterminate"
    case .failed: "failed"
    }
  }

  /// Why it didn't pass.
  public var subIndication: SubIndication? {
    switch self {
    case .passed: nil
    case .indeterminate(let reason), .failed(let reason): reason
    }
  }
}

/// Why a signature didn't pass; the raw value is the standard's word.
public enum SubIndication: String, Hashable, Sendable, CaseIterable {
  /// The bytes aren't a signature in this format.
  case formatFailure = "FORMAT_FAILURE"
  /// The content isn't what was signed.
  case hashFailure = "HASH_FAILURE"
  /// The signature value doesn't verify with the signer's key.
  case sigCryptoFailure = "SIG_CRYPTO_FAILURE"
  /// The signature came into being after the revocation of its certificate.
  case revoked = "REVOKED"
  /// The signature existed before its certificate began to be valid.
  case notYetValid = "NOT_YET_VALID"
  /// A signed attribute, or what the certificate may be used for, doesn't allow this signature.
  case sigConstraintsFailure = "SIG_CONSTRAINTS_FAILURE"
  /// The certification path breaks a rule of RFC 5280.
  case chainConstraintsFailure = "CHAIN_CONSTRAINTS_FAILURE"
  /// An algorithm or a key is too weak, or unknown.
  case cryptoConstraintsFailure = "CRYPTO_CONSTRAINTS_FAILURE"
  /// An algorithm or a key is too weak now, and nothing proves that the signature existed while it
  /// was good.
  case cryptoConstraintsFailureNoPOE = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
  /// Times contradict one another.
  case timestampOrderFailure = "TIMESTAMP_ORDER_FAILURE"
  /// The signer's certificate isn't there.
  case noSigningCertificateFound = "NO_SIGNING_CERTIFICATE_FOUND"
  /// No path leads from the certificate to one of the anchors.
  case noCertificateChainFound = "NO_CERTIFICATE_CHAIN_FOUND"
  /// Revoked, and nothing proves that the signature existed before.
  case revokedNoPOE = "REVOKED_NO_POE"
  /// An issuer on the path was revoked, and nothing proves that the signature existed before.
  case revokedCANoPOE = "REVOKED_CA_NO_POE"
  /// Outside the certificate's validity, and nothing proves that the signature existed within.
  case outOfBoundsNoPOE = "OUT_OF_BOUNDS_NO_POE"
  /// No revocation data, or none that speaks of the right time.
  case tryLater = "TRY_LATER"
  /// A file that the signature refers to isn't there, says a container; a signature alone can't.
  case signedDataNotFound = "SIGNED_DATA_NOT_FOUND"
}

/// How much a signature brings along, ETSI EN 319 122-1, clause 6.
public enum SignatureLevel: String, Hashable, Sendable {
  /// Signed attributes only.
  case basic = "B-B"
  /// A time-stamp over the signature as well.
  case timestamped = "B-T"
  /// Revocation data of signer and time-stamp authority as well.
  case longTerm = "B-LT"
  /// A time-stamp over all of it as well, which a container's archive manifest brings
  /// (EN 319 162-1, Annex A.7).
  case archived = "B-LTA"
}

extension SignatureLevel: Comparable {
  private var rank: Int {
    switch self {
    case .basic: 0
    case .timestamped: 1
    case .longTerm: 2
    case .archived: 3
    }
  }
  /// Each level has what the one before has.
  public static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
}

/// What ``validate(signature:content:anchors:at:now:)`` found out.
public struct SignatureValidation: Hashable, Sendable {
  /// The answer.
  public internal(set) var result: ValidationResult
  /// The level that the signature has by what is in it, whether that holds or not.
  public internal(set) var level = SignatureLevel.basic
  /// The signer's certificate, if it is there.
  public internal(set) var signer: Certificate?
  /// The signing time that the signer states, in Unix seconds.
  public internal(set) var claimedTime: Int64?
  /// When the signature existed at the latest, as an intact and trusted time-stamp says.
  public internal(set) var provenTime: Int64?
  /// The subject of the authority behind ``provenTime``.
  public internal(set) var provenBy: String?
  /// The certificate of that authority.
  public internal(set) var authority: Certificate?
  /// What the signer says that the signature means; nil also for a meaning that we don't know.
  public internal(set) var commitment: Commitment?
  /// The trust anchor that the signer's path ends at.
  public internal(set) var anchor: Certificate?
  /// The answer about the time-stamp; nil without one.
  public internal(set) var timestamp: ValidationResult?
  /// What differs from the exact form of our own signatures, each once.
  public internal(set) var deviations: [Deviation] = []
  /// The key usages of the signer's certificate, by their names in RFC 5280.
  public internal(set) var keyUsages: [String] = []

  init(result: ValidationResult) { self.result = result }

  /// A container's archive time-stamp, told as its signatures are: the authority is the signer.
  public init(archive: TimestampValidation) {
    result = archive.result
    level = .archived
    signer = archive.authority
    claimedTime = archive.time
    authority = archive.authority
    anchor = archive.anchor
    timestamp = archive.result
    deviations = archive.deviations
    keyUsages = (archive.authority?.extensions.keyUsage ?? []).map(\.name)
    if archive.result == .passed {
      provenTime = archive.time
      provenBy = archive.authority?.subject
    }
  }
}

/// What ``validate(timestamp:over:anchors:certificates:crls:at:now:)`` found out.
public struct TimestampValidation: Hashable, Sendable {
  /// The answer.
  public internal(set) var result: ValidationResult
  /// The time that the token states, in Unix seconds.
  public internal(set) var time: Int64?
  /// The authority's certificate, if it is there.
  public internal(set) var authority: Certificate?
  /// The trust anchor that the authority's path ends at.
  public internal(set) var anchor: Certificate?
  /// The token's serial number in hexadecimal.
  public internal(set) var serial: String?
  /// What differs from the exact form, each once.
  public internal(set) var deviations: [Deviation] = []

  /// The token's signature and its path hold, though perhaps no one says whether it was revoked.
  var isAnchored: Bool {
    anchor != nil && (result == .passed || result == .indeterminate(.tryLater))
  }
}
