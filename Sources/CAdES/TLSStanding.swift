/// How a TLS peer's certificate stands at a time: its path (RFC 5280) and its revocation.
package enum TLSStanding: Hashable, Sendable {
  /// The path holds; `isCurrent` says whether lists for every link are there, and none names it.
  case good(isCurrent: Bool)
  /// It, or one of its issuers, was revoked.
  case revoked(since: Int64)
  /// Its validity, or an issuer's, ended or hasn't begun.
  case expired, notYetValid
  /// No path to an anchor, or one that breaks a rule or has too weak a key.
  case noPath
}

extension Certificate {
  /// Judges this certificate of a TLS peer. Purposes and names are the caller's to look at.
  ///
  /// - Parameters:
  ///   - candidates: what the peer sent along.
  ///   - lists: revocation lists; each is believed as far as an issuer on the path signed it.
  ///   - time: Unix seconds.
  package func standing(
    anchors: [Certificate], through candidates: [Certificate], lists: [RevocationList],
    at time: Int64
  ) -> TLSStanding {
    let trust = Trust(
      anchors: anchors, candidates: candidates, lists: lists, responses: [], now: time,
      question: time)
    let judgement = trust.judge(self, at: time)
    switch judgement.failure {
    case .expired: return .expired
    case .notYetValid: return .notYetValid
    case .some: return .noPath
    case nil: break
    }
    guard judgement.path != nil, judgement.weakness == nil else { return .noPath }
    let answers = [judgement.leaf] + judgement.issuers
    // A connection is made now: whenever the revocation came, it counts.
    let revocations = answers.compactMap { answer -> Int64? in
      if case .revoked(let time, _) = answer { time } else { nil }
    }
    if let first = revocations.min() { return .revoked(since: first) }
    return .good(isCurrent: !answers.contains(.unknown))
  }
}
