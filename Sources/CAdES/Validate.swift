/// Judges a detached CAdES signature over `content`.
///
/// It never throws: malformed bytes are `failed(FORMAT_FAILURE)`. With several signers, all have to
/// pass, and the answer is about the worst of them.
///
/// - Parameters:
///   - anchors: The certificates that the caller trusts, self-signed or not; nothing inside the
///     signature is trusted by itself.
///   - timestampAnchors: Further certificates that the caller trusts for time-stamps alone.
///   - at: The time of the question; `now` if nil. The signer's path is judged at the proven time,
///     unless that is later than the question, else at this time. Unix seconds.
///   - existedBy: When the signature with everything in it provably existed, as an archive
///     time-stamp over it says that was validated; nil where nothing says so. Unix seconds.
///   - now: The time by the verifier's clock. Unix seconds.
public func validate(
  signature p7s: [UInt8], content: [UInt8], anchors: [Certificate],
  timestampAnchors: [Certificate] = [], at: Int64? = nil, existedBy: Int64? = nil, now: Int64
) -> SignatureValidation {
  validate(
    signature: p7s, content: DetachedContent(content), anchors: anchors,
    timestampAnchors: timestampAnchors, at: at, existedBy: existedBy, now: now)
}

/// The same over content that needn't be in memory; where its bytes can't be had, it is `failed(HASH_FAILURE)`.
public func validate(
  signature p7s: [UInt8], content: DetachedContent, anchors: [Certificate],
  timestampAnchors: [Certificate] = [], at: Int64? = nil, existedBy: Int64? = nil, now: Int64
) -> SignatureValidation {
  var isDER = true
  let signedData: SignedData
  do throws(DERError) {
    guard p7s.count <= Limits.signedDataByteCount else { throw DERError(offset: 0) }
    do throws(DERError) { try DERForm.check(p7s) } catch { isDER = false }
    signedData = try SignedData((isDER ? p7s : DERForm.normalise(p7s))[...])
    // Attached content could differ from what lies beside it, and a reader may look at either.
    let attached = signedData.content.map { DigestAlgorithm.sha512.hash($0) }
    guard attached.map({ content.digest(.sha512) == $0 }) ?? true else {
      throw DERError(offset: 0)
    }
  } catch { return SignatureValidation(result: .failed(.formatFailure)) }

  let question = at ?? now
  // What is proven for later than the question isn't known yet.
  let archived = existedBy.flatMap { $0 <= question ? $0 : nil }
  let trust = Trust(
    anchors: anchors, timestampAnchors: timestampAnchors,
    candidates: signedData.parsedCertificates, lists: signedData.parsedLists,
    responses: signedData.parsedResponses, now: now, question: question,
    archived: archived)
  let validations = signedData.signers.map { signer in
    var validator = SignatureValidator(
      signedData: signedData, signer: signer, content: content, trust: trust)
    return validator.run()
  }
  var worst =
    validations.max { severity($0) < severity($1) }
    ?? SignatureValidation(
      result: .failed(.formatFailure))
  if !isDER { worst.deviations.append(.notDER) }
  if signedData.content != nil { worst.deviations.append(.attachedContent) }
  return worst
}

private func severity(_ validation: SignatureValidation) -> Int {
  switch validation.result {
  case .passed: 0
  case .indeterminate: 1
  case .failed: 2
  }
}

/// One signer's validation, EN 319 102-1, clauses 5.3 (basic), 5.5 (with time) and 5.6 (long-term).
private struct SignatureValidator {
  var signedData: SignedData
  var signer: SignerInfo
  var content: DetachedContent
  var trust: Trust

  private var validation = SignatureValidation(result: .passed)
  private var deviations: Set<Deviation> = []
  private var needed = Trust.Evidence()
  private var neededBySigner = Trust.Evidence()

  init(signedData: SignedData, signer: SignerInfo, content: DetachedContent, trust: Trust) {
    (self.signedData, self.signer) = (signedData, signer)
    (self.content, self.trust) = (content, trust)
  }

  mutating func run() -> SignatureValidation {
    deviations = signedData.profileDeviations(signer)
    validation.signer = trust.candidates.first(where: signer.names)
    validation.keyUsages = (validation.signer?.extensions.keyUsage ?? []).map(\.name)
    let tokens = checkTimestamps()
    neededBySigner = trust.presumedEvidence(for: validation.signer)
    if let reason = check() {
      validation.result = ValidationResult(reason)
    } else if let reason = validation.timestamp?.subIndication ?? orderReason() {
      // A signature isn't better than its time-stamp; but a bad stamp doesn't prove it bad either.
      validation.result = .indeterminate(reason)
    }
    needed.formUnion(neededBySigner)
    deviations.formUnion(signedData.evidenceDeviations(needed))
    for token in tokens {
      deviations.formUnion(token.signedData.frameDeviations(token.signer))
      deviations.formUnion(token.signedData.evidenceDeviations(needed))
      if !token.signer.unsignedAttributes.isEmpty { deviations.insert(.unknownUnsignedAttribute) }
    }
    validation.level = level(tokens)
    validation.deviations = deviations.sorted { $0.rawValue < $1.rawValue }
    return validation
  }

  /// What proves a signature bad comes first; then what leaves it open.
  private mutating func check() -> SubIndication? {
    do throws(DERError) {
      validation.claimedTime = try signer.claimedTime()
      validation.commitment = try signer.commitment()
    } catch { return .formatFailure }
    guard let certificate = validation.signer else { return .noSigningCertificateFound }
    let proven = provenTime()
    let time = proven ?? trust.question
    if let reason = signer.check(
      content: content, type: .data, by: certificate, trust.parsed)
    {
      return reason
    }
    // RFC 5035's second version; the first one's SHA-1 as long as SHA-1 counted, and in time-stamps.
    let isBound = signer.signedAttributes.contains { $0.type == .signingCertificateV2 }
    guard isBound || time <= AlgorithmLife.end(.sha1), certificate.maySignDocuments
    else { return .sigConstraintsFailure }

    let judgement = trust.judge(certificate, at: time)
    validation.anchor = judgement.path?.anchor
    neededBySigner = judgement.evidence
    let weakness = signer.weakness(by: certificate, at: time, trust.parsed)
    return judgement.reason(
      at: time, existedBy: time, isProven: proven != nil, weakness: weakness
    ) { revoked, _ in
      guard revoked <= time else { return nil }
      // Whoever stamps, stamps right after signing: a stamp from after the revocation is the proof.
      return proven == nil ? .revokedNoPOE : .revoked
    }
  }

  /// The earliest time at which the signature provably existed, if the question isn't earlier still.
  private func provenTime() -> Int64? {
    [validation.provenTime, trust.archived].compactMap { $0 }.filter { $0 <= trust.question }.min()
  }

  private func orderReason() -> SubIndication? {
    if let archived = trust.archived, let stamped = validation.provenTime,
      stamped > archived + clockTolerance
    {
      return .timestampOrderFailure
    }
    guard let claimed = validation.claimedTime else { return nil }
    let latest = validation.provenTime ?? trust.archived ?? trust.now
    return claimed > latest + clockTolerance ? .timestampOrderFailure : nil
  }

  /// Judges each time-stamp over the signature, and keeps the best one's answer.
  private mutating func checkTimestamps() -> [TimestampToken] {
    let values = signer.unsignedAttributes.filter { $0.type == .signatureTimestamp }
      .flatMap(\.values).prefix(Limits.timestampCount)
    var tokens: [TimestampToken] = []
    var best: TimestampValidation?
    for value in values {
      guard let token = try? TimestampToken(value.whole) else {
        deviations.insert(.unusableTimestamp)
        continue
      }
      tokens.append(token)
      let (answer, evidence) = token.validate(trust) {
        $0.isOver(DetachedContent(Array(signer.signature)))
      }
      if let reason = answer.result.subIndication, Self.doesNotBelong.contains(reason) {
        deviations.insert(.unusableTimestamp)
      }
      needed.formUnion(evidence)
      if isBetter(answer, than: best) { best = answer }
    }
    guard !values.isEmpty else { return [] }
    validation.timestamp = best?.result ?? .failed(.formatFailure)
    if let best, best.isAnchored {
      validation.provenTime = best.time
      validation.provenBy = best.authority?.subject
      validation.authority = best.authority
    }
    return tokens
  }

  private static let doesNotBelong: Set<SubIndication> = [
    .formatFailure, .hashFailure, .sigCryptoFailure, .noSigningCertificateFound,
  ]

  /// One that passed is better than one that didn't, and among those the earliest proves most.
  private func isBetter(_ a: TimestampValidation, than b: TimestampValidation?) -> Bool {
    guard let b else { return true }
    let (first, second) = (a.result == .passed, b.result == .passed)
    return first != second ? first : (a.time ?? .max) < (b.time ?? .max)
  }

  private func level(_ tokens: [TimestampToken]) -> SignatureLevel {
    guard let token = tokens.first else { return .basic }
    let lists = trust.lists + token.signedData.parsedLists
    let responses = trust.responses + token.signedData.parsedResponses
    let issuers = Set(lists.map(\.issuerName))
    let serials = Set(responses.flatMap(\.answers).map(\.serial))
    let authority = (token.certificates + trust.candidates).first(where: token.signer.names)
    guard let signer = validation.signer, let authority else { return .timestamped }
    let hasData = [signer, authority].allSatisfy {
      issuers.contains($0.issuerName) || serials.contains($0.serialOctets)
    }
    guard hasData else { return .timestamped }
    return trust.archived == nil ? .longTerm : .archived
  }
}

extension SignedData {
  /// What can be parsed of the certificates and revocation data that it brings along.
  var parsedCertificates: [Certificate] {
    certificates.compactMap { try? Certificate(der: $0.whole) }
  }
  var parsedLists: [RevocationList] {
    revocationData.filter { $0.tag == Tag.sequence }
      .compactMap { try? RevocationList(der: $0.whole) }
  }
  var parsedResponses: [OCSPResponse] {
    revocationData.compactMap { OCSPResponse(otherRevocationInfo: $0) }
  }
}

extension Certificate {
  /// A signature's certificate is for signatures (nonRepudiation or digitalSignature, and says so),
  /// is no authority, and isn't set aside for servers, time-stamps or OCSP.
  public var maySignDocuments: Bool {
    guard let usage = extensions.keyUsage, !isAuthority,
      usage.contains(.nonRepudiation) || usage.contains(.digitalSignature)
    else { return false }
    let reserved: Set<ObjectIdentifier> = [.serverAuthentication, .timestamping, .ocspSigning]
    return reserved.isDisjoint(with: extensions.extendedKeyUsage ?? [])
  }

  /// Whether it is for both sides of TLS, as a node's link to its peers needs.
  public var mayServeTLS: Bool {
    let purposes = extensions.extendedKeyUsage ?? []
    return !isAuthority && purposes.contains(.serverAuthentication)
      && purposes.contains(.clientAuthentication)
  }
}
