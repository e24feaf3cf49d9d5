import COpenSSL

/// A path from a certificate to a trust anchor, both included (RFC 5280, clause 6).
struct CertificationPath {
  var certificates: [Certificate]

  var anchor: Certificate? { certificates.last }

  /// Each certificate that can be revoked, with the issuer that would say so: all but the anchor.
  var links: [(certificate: Certificate, issuer: Certificate)] {
    zip(certificates, certificates.dropFirst()).map { ($0, $1) }
  }
}

extension ParsedCertificates {
  /// Lets libcrypto build and check the path; revocation is looked at afterwards, at our own times.
  ///
  /// libcrypto's own CRL check has one time for everything and knows no "revoked, but later".
  func path(
    from leaf: Certificate, through candidates: [Certificate], to anchors: [Certificate],
    at time: Int64
  ) -> Result<CertificationPath, PathFailure> {
    let all = [leaf] + candidates + anchors
    // How many are candidates decides what is trusted, so it is part of the question.
    let question = CheckedSignatures.question(
      [[UInt8](String(candidates.count).utf8)] + all.map(\.der))
    if let known = CheckedSignatures.shared.path(among: all, question, at: time) {
      return .success(known)
    }
    let result = newPath(from: leaf, through: candidates, to: anchors, at: time)
    if case .success(let path) = result {
      CheckedSignatures.shared.remember(path, among: all, question)
    }
    return result
  }

  private func newPath(
    from leaf: Certificate, through candidates: [Certificate], to anchors: [Certificate],
    at time: Int64
  ) -> Result<CertificationPath, PathFailure> {
    defer { ERR_clear_error() }
    let nothing = Result<CertificationPath, PathFailure>.failure(.none)
    guard let first = handle(leaf), let store = X509_STORE_new() else { return nothing }
    defer { X509_STORE_free(store) }
    for anchor in anchors {
      // The store counts its own reference.
      if let trusted = handle(anchor) { X509_STORE_add_cert(store, trusted) }
    }
    guard let untrusted = shim_sk_X509_new() else { return nothing }
    defer { shim_sk_X509_pop_free(untrusted) }
    for candidate in candidates {
      guard let link = handle(candidate), X509_up_ref(link) == 1 else { continue }
      // The stack frees a reference to each that it holds.
      if shim_sk_X509_push(untrusted, link) == 0 { X509_free(link) }
    }
    guard let context = X509_STORE_CTX_new() else { return nothing }
    defer { X509_STORE_CTX_free(context) }
    guard X509_STORE_CTX_init(context, store, first, untrusted) == 1,
      let parameters = X509_STORE_CTX_get0_param(context)
    else { return nothing }
    Self.configure(parameters, time)
    guard X509_verify_cert(context) == 1 else {
      return .failure(
        PathFailure(X509_STORE_CTX_get_error(context), X509_STORE_CTX_get_error_depth(context)))
    }
    guard let chain = X509_STORE_CTX_get0_chain(context) else { return nothing }
    var certificates: [Certificate] = []
    for index in 0..<shim_sk_X509_num(chain) {
      let link = shim_sk_X509_value(chain, index)
      guard let der = try? LibCrypto.encode({ i2d_X509(link, $0) }),
        let certificate = ([leaf] + candidates + anchors).first(where: { $0.der == der })
      else { return nothing }
      certificates.append(certificate)
    }
    return .success(CertificationPath(certificates: certificates))
  }

  private static func configure(_ parameters: OpaquePointer, _ time: Int64) {
    // The default purpose of CMS is S/MIME; what a signer may do is for us to say.
    X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_ANY)
    X509_VERIFY_PARAM_set_time(parameters, time_t(time))
    X509_VERIFY_PARAM_set_depth(parameters, Int32(Limits.pathLength))
    // How strong algorithms are depends on the time: `AlgorithmLife` is for that.
    X509_VERIFY_PARAM_set_auth_level(parameters, 0)
    // An anchor is one because the caller says so, self-signed or not. Policies are looked at where
    // an issuer asks for it (RFC 5280, clause 6.1: policyConstraints, inhibitAnyPolicy).
    let flags = UInt(
      X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_POLICY_CHECK)
    X509_VERIFY_PARAM_set_flags(parameters, flags)
  }
}

/// Why there is no path.
enum PathFailure: Error, Hashable {
  case none, constraints
  /// A certificate's validity ended, or hasn't begun: the signer's own (`isLeaf`) or an issuer's.
  case expired(isLeaf: Bool)
  case notYetValid(isLeaf: Bool)

  init(_ code: Int32, _ depth: Int32) {
    switch code {
    case X509_V_ERR_CERT_HAS_EXPIRED: self = .expired(isLeaf: depth == 0)
    case X509_V_ERR_CERT_NOT_YET_VALID: self = .notYetValid(isLeaf: depth == 0)
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
      X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_CERT_UNTRUSTED,
      X509_V_ERR_CERT_SIGNATURE_FAILURE, X509_V_ERR_CERT_CHAIN_TOO_LONG,
      X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
      self = .none
    default: self = .constraints
    }
  }

  /// `isProven`: the signature existed at the time in question.
  func subIndication(isProven: Bool) -> SubIndication {
    switch self {
    case .none: .noCertificateChainFound
    case .constraints: .chainConstraintsFailure
    case .notYetValid(isLeaf: true) where isProven: .notYetValid
    case .expired, .notYetValid: .outOfBoundsNoPOE
    }
  }
}

extension Certificate {
  /// Whether this certificate, of a TLS peer for example, chains to one of the anchors at this time
  /// (Unix seconds), by RFC 5280's rules. Purposes and revocation are the caller's to look at.
  package func chains(
    to anchors: [Certificate], through candidates: [Certificate], at time: Int64
  ) -> Bool {
    let parsed = ParsedCertificates()
    let path = parsed.path(from: self, through: candidates, to: anchors, at: time)
    guard case .success(let found) = path else { return false }
    return parsed.weakness(of: found, at: time) == nil
  }
}
