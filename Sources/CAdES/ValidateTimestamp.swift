/// Judges a time-stamp token over `content`, such as an archive time-stamp of a container.
///
/// The authority's path is judged at the token's own time: an authority's certificate that has
/// expired since doesn't make the token bad, as long as its algorithms hold.
///
/// - Parameters:
///   - certificates: Further certificates for the authority's path.
///   - crls: Revocation lists besides the token's own.
///   - at: The time of the question; `now` if nil. Unix seconds.
public func validate(
  timestamp token: [UInt8], over content: [UInt8], anchors: [Certificate],
  certificates: [Certificate] = [], crls: [RevocationList] = [], at: Int64? = nil, now: Int64
) -> TimestampValidation {
  var isDER = true
  let parsed: TimestampToken
  do throws(DERError) {
    guard token.count <= Limits.signedDataByteCount else { throw DERError(offset: 0) }
    do throws(DERError) { try DERForm.check(token) } catch { isDER = false }
    parsed = try TimestampToken((isDER ? token : DERForm.normalise(token))[...])
  } catch { return TimestampValidation(result: .failed(.formatFailure)) }
  let trust = Trust(anchors: anchors, candidates: certificates, lists: crls, now: at ?? now)
  var (validation, needed) = parsed.validate(over: content, trust: trust)
  var deviations = parsed.signedData.frameDeviations(parsed.signer)
    .union(parsed.signedData.evidenceDeviations(needed))
  if !isDER { deviations.insert(.notDER) }
  if !parsed.signer.unsignedAttributes.isEmpty { deviations.insert(.unknownUnsignedAttribute) }
  validation.deviations = deviations.sorted { $0.rawValue < $1.rawValue }
  return validation
}

extension TimestampToken {
  /// The token's own certificates and lists are added to those of `trust`.
  func validate(
    over content: [UInt8], trust: Trust
  ) -> (TimestampValidation, needed: Trust.Evidence) {
    var trust = trust
    trust.candidates = certificates + trust.candidates
    trust.lists += signedData.revocationLists.compactMap { try? RevocationList(der: $0.whole) }
    var validation = TimestampValidation(result: .passed)
    validation.time = info.time
    validation.serial = hexadecimal(info.serial)
    validation.authority = trust.candidates.first(where: signer.names)
    var needed = trust.presumedEvidence(for: validation.authority)
    if let reason = check(content, trust, &validation, &needed) {
      validation.result = ValidationResult(reason)
    }
    return (validation, needed)
  }

  private func check(
    _ content: [UInt8], _ trust: Trust, _ validation: inout TimestampValidation,
    _ needed: inout Trust.Evidence
  ) -> SubIndication? {
    guard info.imprintAlgorithm.digest != nil else { return .cryptoConstraintsFailure }
    guard info.isOver(content) else { return .hashFailure }
    guard let authority = validation.authority else { return .noSigningCertificateFound }
    if let reason = checkSignature(by: authority, trust.parsed) { return reason }
    guard authority.isOnlyForTimestamping, !authority.isAuthority else {
      return .sigConstraintsFailure
    }
    guard info.time <= trust.now + clockTolerance else { return .timestampOrderFailure }

    let judgement = trust.judge(authority, at: info.time)
    validation.anchor = judgement.path?.anchor
    needed = judgement.evidence
    return judgement.reason(at: info.time, isProven: false) { revoked, reason in
      if revoked <= info.time { return .revoked }
      // A lost key can date its stamps back, RFC 3161, clause 4; no reason given counts as lost.
      let isHarmless = reason.map(RevocationReason.harmlessForTimestamps.contains) ?? false
      return isHarmless ? nil : .revokedNoPOE
    }
  }
}
