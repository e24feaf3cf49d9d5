/// What a validation believes: the caller's anchors, and what is at hand to reach them.
struct Trust {
  var anchors: [Certificate]
  /// Anchors for time-stamps alone.
  var timestampAnchors: [Certificate] = []
  /// Certificates that may be part of a path. They are believed only as far as an anchor vouches.
  var candidates: [Certificate]
  var lists: [RevocationList]
  var responses: [OCSPResponse]
  var now: Int64
  /// The time of the question.
  var question: Int64
  /// When everything here provably existed, as an archive time-stamp says.
  var archived: Int64?
  let parsed = ParsedCertificates()

  /// Up to when keys, algorithms and the authorities' certificates must have held: the proof of an
  /// archive, or without one the question itself.
  var existedBy: Int64 { archived ?? question }

  /// A certificate's path and whether anything on it was revoked.
  struct Judgement {
    var path: CertificationPath?
    var failure: PathFailure?
    /// An algorithm of the path that doesn't count any more.
    var weakness: SubIndication?
    var leaf = RevocationAnswer.unknown
    /// The answers about the issuers, as far as they are no anchors.
    var issuers: [RevocationAnswer] = []
    /// What was needed: the path and the lists of its issuers, or what seems to be them.
    var evidence: Evidence
  }

  /// Certificates and revocation data that a signature needs, and may therefore bring along.
  struct Evidence {
    var certificates: Set<Certificate> = []
    var lists: Set<RevocationList> = []
    var responses: Set<OCSPResponse> = []

    mutating func formUnion(_ other: Evidence) {
      certificates.formUnion(other.certificates)
      lists.formUnion(other.lists)
      responses.formUnion(other.responses)
    }
  }

  /// Where no path was found, names tell what is there for one: another verifier may have its
  /// anchor.
  func presumedEvidence(for leaf: Certificate?) -> Evidence {
    guard let leaf else { return Evidence() }
    let certificates = Set([leaf] + leaf.chain(from: candidates))
    let issuers = Set(certificates.map(\.issuerName))
    let serials = Set(certificates.map(\.serialOctets))
    return Evidence(
      certificates: certificates,
      lists: Set(lists.filter { issuers.contains($0.issuerName) }),
      responses: Set(
        responses.filter { response in
          response.answers.contains { serials.contains($0.serial) }
        }))
  }

  func judge(_ leaf: Certificate, at time: Int64) -> Judgement {
    var judgement = Judgement(evidence: presumedEvidence(for: leaf))
    switch parsed.path(from: leaf, through: candidates, to: anchors, at: time) {
    case .failure(let failure): judgement.failure = failure
    case .success(let path):
      judgement.path = path
      judgement.weakness = parsed.weakness(of: path, at: existedBy)
      var used = Evidence(certificates: Set(path.certificates))
      let answers = path.links.map { link in
        answer(about: link.certificate, of: link.issuer, at: time, &used)
      }
      // An anchor itself can't be revoked: what the caller trusts, it trusts.
      judgement.leaf = answers.first ?? .good
      judgement.issuers = Array(answers.dropFirst())
      judgement.evidence = used
    }
    return judgement
  }

  /// What lists and OCSP responses say together: a revocation counts from any of them.
  private func answer(
    about certificate: Certificate, of issuer: Certificate, at time: Int64, _ used: inout Evidence
  ) -> RevocationAnswer {
    let signed = lists.filter { $0.isSigned(by: issuer, at: existedBy, parsed) }
    used.lists.formUnion(signed)
    let listed = RevocationList.answer(signed, about: certificate, at: time, now: now)
    let heard = responses.filter { response in
      !response.answers(about: certificate, of: issuer).isEmpty
        && response.isSigned(for: issuer, at: existedBy, parsed) { responder in
          RevocationList.answer(signed, about: responder, at: response.producedAt, now: now)
            == .good
        }
    }
    used.responses.formUnion(heard)
    let told = OCSPResponse.answer(heard, about: certificate, of: issuer, at: time, now: now)
    return listed.combined(with: told)
  }
}

extension Trust.Judgement {
  /// Nil when the path holds and nobody on it was revoked by `time`.
  ///
  /// `weakness` is that of the signature itself, which comes after the path (EN 319 102-1, clause
  /// 5.2.8); `revokedLeaf` says what a revocation of the leaf itself means; `existedBy` is when the thing
  /// that was signed provably existed, for revocations that spoil what the issuer did before.
  func reason(
    at time: Int64, existedBy: Int64, isProven: Bool, weakness signature: SubIndication?,
    revokedLeaf: (_ time: Int64, _ reason: UInt8?) -> SubIndication?
  ) -> SubIndication? {
    if let failure { return failure.subIndication(isProven: isProven) }
    if let weakness = signature ?? weakness { return weakness }
    if case .revoked(let revoked, let reason) = leaf, let meaning = revokedLeaf(revoked, reason) {
      return meaning
    }
    for case .revoked(let revoked, let reason) in issuers {
      let spoils = RevocationReason.spoilsEarlierCertificates(reason) && revoked <= existedBy
      if revoked <= time || spoils { return .revokedCANoPOE }
    }
    return leaf == .unknown || issuers.contains(.unknown) ? .tryLater : nil
  }
}
