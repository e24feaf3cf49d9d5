/// Judges a time-stamp token over `content`, such as an archive time-stamp of a container.
///
/// The authority's path is judged at the token's own time. Afterwards its certificates and
/// algorithms must have held until the token provably existed: up to the question, or up to a later
/// archive time-stamp over it (EN 319 102-1, clause 5.6.2.3).
///
/// - Parameters:
///   - certificates: Further certificates for the authority's path.
///   - crls: Revocation lists besides the token's own.
///   - ocsp: OCSP responses besides the token's own.
///   - at: The time of the question; `now` if nil. Unix seconds.
///   - existedBy: When the token provably existed, as a later archive time-stamp over it says that
///     was validated; nil where nothing says so. Unix seconds.
public func validate(
  timestamp token: [UInt8], over content: [UInt8], anchors: [Certificate],
  certificates: [Certificate] = [], crls: [RevocationList] = [], ocsp: [OCSPResponse] = [],
  at: Int64? = nil, existedBy: Int64? = nil, now: Int64
) -> TimestampValidation {
  validate(
    timestamp: token, over: DetachedContent(content), anchors: anchors, certificates: certificates,
    crls: crls, ocsp: ocsp, at: at, existedBy: existedBy, now: now)
}

/// The same over content that needn't be in memory.
public func validate(
  timestamp token: [UInt8], over content: DetachedContent, anchors: [Certificate],
  certificates: [Certificate] = [], crls: [RevocationList] = [], ocsp: [OCSPResponse] = [],
  at: Int64? = nil, existedBy: Int64? = nil, now: Int64
) -> TimestampValidation {
  let question = at ?? now
  let trust = Trust(
    anchors: anchors, candidates: certificates, lists: crls, responses: ocsp, now: question,
    question: question, archived: existedBy.flatMap { $0 <= question ? $0 : nil })
  return judge(token, trust) { $0.isOver(content) }
}

/// Judges a time-stamp token over what has this SHA-256 digest, for files too long for memory.
public func validate(
  timestamp token: [UInt8], imprint: [UInt8], anchors: [Certificate],
  certificates: [Certificate] = [], now: Int64
) -> TimestampValidation {
  let trust = Trust(
    anchors: anchors, candidates: certificates, lists: [], responses: [], now: now, question: now)
  return judge(token, trust) { info in
    info.imprintAlgorithm.digest == .sha256 && info.imprint.elementsEqual(imprint)
  }
}

private func judge(
  _ token: [UInt8], _ trust: Trust, isMeant: (TimestampInfo) -> Bool
) -> TimestampValidation {
  var isDER = true
  let parsed: TimestampToken
  do throws(DERError) {
    guard token.count <= Limits.signedDataByteCount else { throw DERError(offset: 0) }
    do throws(DERError) { try DERForm.check(token) } catch { isDER = false }
    parsed = try TimestampToken((isDER ? token : DERForm.normalise(token))[...])
  } catch { return TimestampValidation(result: .failed(.formatFailure)) }
  var (validation, needed) = parsed.validate(trust, isMeant: isMeant)
  var deviations = parsed.signedData.frameDeviations(parsed.signer)
    .union(parsed.signedData.evidenceDeviations(needed))
  if !isDER { deviations.insert(.notDER) }
  if !parsed.signer.unsignedAttributes.isEmpty { deviations.insert(.unknownUnsignedAttribute) }
  validation.deviations = deviations.sorted { $0.rawValue < $1.rawValue }
  return validation
}

extension TimestampToken {
  /// The token's own certificates and lists are added to those of `trust`.
  /// `isMeant` tells whether the token is over what it is asked about.
  func validate(
    _ trust: Trust, isMeant: (TimestampInfo) -> Bool
  ) -> (TimestampValidation, needed: Trust.Evidence) {
    var trust = trust
    trust.anchors += trust.timestampAnchors
    trust.candidates = certificates + trust.candidates
    trust.lists += signedData.parsedLists
    trust.responses += signedData.parsedResponses
    var validation = TimestampValidation(result: .passed)
    validation.time = info.time
    validation.serial = hexadecimal(info.serial)
    validation.authority = trust.candidates.first(where: signer.names)
    var needed = trust.presumedEvidence(for: validation.authority)
    if let reason = check(isMeant(info), trust, &validation, &needed) {
      validation.result = ValidationResult(reason)
    }
    return (validation, needed)
  }

  private func check(
    _ isMeant: Bool, _ trust: Trust, _ validation: inout TimestampValidation,
    _ needed: inout Trust.Evidence
  ) -> SubIndication? {
    guard info.imprintAlgorithm.digest != nil else { return .cryptoConstraintsFailure }
    guard isMeant else { return .hashFailure }
    guard let authority = validation.authority else { return .noSigningCertificateFound }
    if let reason = checkSignature(by: authority, trust.parsed) {
      return reason
    }
    guard authority.isOnlyForTimestamping, !authority.isAuthority else {
      return .sigConstraintsFailure
    }
    let latest = min(trust.now, trust.archived ?? trust.now)
    guard info.time <= latest + clockTolerance else { return .timestampOrderFailure }

    let judgement = trust.judge(authority, at: info.time)
    validation.anchor = judgement.path?.anchor
    needed = judgement.evidence
    let reason = judgement.reason(
      at: info.time, existedBy: trust.existedBy, isProven: false,
      weakness: weakness(by: authority, at: trust.existedBy, trust.parsed)
    ) { revoked, reason in
      if revoked <= info.time { return .revoked }
      // A lost key can date its stamps back, RFC 3161, clause 4; no reason given counts as lost.
      // What existed before that moment isn't dated back.
      let isHarmless = reason.map(RevocationReason.harmlessForTimestamps.contains) ?? false
      return isHarmless || trust.existedBy < revoked ? nil : .revokedNoPOE
    }
    return reason ?? endReason(judgement.path, trust)
  }

  /// A token whose authority's certificates ended before it provably existed could have been made
  /// since then by whoever got hold of the key. What the anchor is, the caller said.
  private func endReason(_ path: CertificationPath?, _ trust: Trust) -> SubIndication? {
    let ends = path?.links.map(\.certificate.notAfter) ?? []
    return ends.allSatisfy { trust.existedBy <= $0 } ? nil : .outOfBoundsNoPOE
  }
}
