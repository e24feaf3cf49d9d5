/// What a validation believes: the caller's anchors, and what is at hand to reach them.
struct Trust {
  var anchors: [Certificate]
  /// Certificates that may be part of a path. They are believed only as far as an anchor vouches.
  var candidates: [Certificate]
  var lists: [RevocationList]
  var now: Int64
  let parsed = ParsedCertificates()

  /// A certificate's path and whether anything on it was revoked.
  struct Judgement {
    var path: CertificationPath?
    var failure: PathFailure?
    var leaf = RevocationAnswer.unknown
    /// The answers about the issuers, as far as they are no anchors.
    var issuers: [RevocationAnswer] = []
    /// What was needed: the path and the lists of its issuers, or what seems to be them.
    var evidence: Evidence
  }

  /// Certificates and lists that a signature needs, and may therefore bring along.
  struct Evidence {
    var certificates: Set<Certificate> = []
    var lists: Set<RevocationList> = []

    mutating func formUnion(_ other: Evidence) {
      certificates.formUnion(other.certificates)
      lists.formUnion(other.lists)
    }
  }

  /// Where no path was found, names tell what is there for one: another verifier may have its
  /// anchor.
  func presumedEvidence(for leaf: Certificate?) -> Evidence {
    guard let leaf else { return Evidence() }
    let certificates = Set([leaf] + leaf.chain(from: candidates))
    let issuers = Set(certificates.map(\.issuerName))
    return Evidence(
      certificates: certificates, lists: Set(lists.filter { issuers.contains($0.issuerName) }))
  }

  func judge(_ leaf: Certificate, at time: Int64) -> Judgement {
    var judgement = Judgement(evidence: presumedEvidence(for: leaf))
    switch parsed.path(from: leaf, through: candidates, to: anchors, at: time) {
    case .failure(let failure): judgement.failure = failure
    case .success(let path):
      judgement.path = path
      var used: Set<RevocationList> = []
      let answers = path.links.map { link in
        let signed = lists.filter { $0.isSigned(by: link.issuer, parsed) }
        used.formUnion(signed)
        return RevocationList.answer(signed, about: link.certificate, at: time, now: now)
      }
      // An anchor itself can't be revoked: what the caller trusts, it trusts.
      judgement.leaf = answers.first ?? .good
      judgement.issuers = Array(answers.dropFirst())
      judgement.evidence = Evidence(certificates: Set(path.certificates), lists: used)
    }
    return judgement
  }
}

extension Trust.Judgement {
  /// Nil when the path holds and nobody on it was revoked by `time`.
  ///
  /// `revokedLeaf` says what a revocation of the leaf itself means.
  func reason(
    at time: Int64, isProven: Bool, revokedLeaf: (_ time: Int64, _ reason: UInt8?) -> SubIndication?
  ) -> SubIndication? {
    if let failure { return failure.subIndication(isProven: isProven) }
    if case .revoked(let revoked, let reason) = leaf, let meaning = revokedLeaf(revoked, reason) {
      return meaning
    }
    for case .revoked(let revoked, let reason) in issuers
    where revoked <= time || RevocationReason.spoilsEarlierCertificates(reason) {
      return .revokedCANoPOE
    }
    return leaf == .unknown || issuers.contains(.unknown) ? .tryLater : nil
  }
}
