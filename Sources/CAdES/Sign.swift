/// Signs `content` with a detached CAdES signature, in DER.
///
/// The level follows from what is given: B-B; B-T with `timestamp`; B-LT when `evidence` or `ocsp`
/// have what the signer's and the time-stamp authority's issuers say of revocations as well.
///
/// - Parameters:
///   - content: At most 16 MiB, as statements and receipts are.
///   - unixTime: What the signature claims as its time.
///   - timestamp: Brings an RFC 3161 request to an authority, and its response back.
///   - policy: The policy that the time-stamp must be made under; nil for any.
///   - evidence: Certificates between signer or authority and their roots, and revocation lists.
///     Roots, and what neither chain needs, are left out.
///   - ocsp: OCSP responses about certificates of the two chains.
public func sign(
  _ content: [UInt8], with identity: SigningIdentity, commitment: Commitment, at unixTime: Int64,
  timestamp: ((_ request: [UInt8]) throws -> [UInt8])? = nil, policy: String? = nil,
  evidence: (certificates: [Certificate], crls: [RevocationList]) = ([], []),
  ocsp: [OCSPResponse] = []
) throws(CAdESError) -> [UInt8] {
  guard content.count <= Limits.contentByteCount else {
    throw .tooLarge(.content, limit: Limits.contentByteCount)
  }
  return try sign(
    DetachedContent(content), with: identity, commitment: commitment, at: unixTime,
    timestamp: timestamp, policy: policy, evidence: evidence, ocsp: ocsp)
}

/// The same over content that needn't be in memory, of any length.
///
/// - Throws: ``CAdESError/unreadableContent`` where its bytes can't be had.
public func sign(
  _ content: DetachedContent, with identity: SigningIdentity, commitment: Commitment,
  at unixTime: Int64, timestamp: ((_ request: [UInt8]) throws -> [UInt8])? = nil,
  policy: String? = nil,
  evidence: (certificates: [Certificate], crls: [RevocationList]) = ([], []),
  ocsp: [OCSPResponse] = []
) throws(CAdESError) -> [UInt8] {
  guard DERTime.range.contains(unixTime) else { throw .invalidValidity }
  let writer = SignedDataWriter(
    identity: identity, contentType: .data, encapsulated: nil,
    attributes: [
      SignedDataWriter.attribute(.signingTime, DER.time(unixTime)),
      SignedDataWriter.signingCertificate(identity.certificate),
      SignedDataWriter.attribute(
        .commitmentType, DER.sequence(DER.identifier(commitment.identifier))),
    ])
  guard let digest = content.digest(identity.key.digest) else { throw .unreadableContent }
  var signed = try writer.sign(digest: digest)
  var material = Material(
    leaf: identity.certificate, candidates: identity.intermediates + evidence.certificates)
  if let timestamp {
    let token = try requestTimestamp(over: signed.signature, policy: policy, from: timestamp)
    signed.unsignedAttributes = [
      SignedDataWriter.attribute(.signatureTimestamp, try material.add(token: token))
    ]
  }
  return writer.write(
    signed, certificates: material.certificates.map(\.der),
    revocationData: material.revocationData(lists: evidence.crls, responses: ocsp))
}

/// Raises a signature of ours to level B-LT: a time-stamp where it has none, and certificates and
/// revocation data where they are missing. The signature itself stays, byte for byte.
///
/// What stands in it already stays too. Parameters are those of
/// ``sign(_:with:commitment:at:timestamp:evidence:ocsp:)``.
public func extend(
  signature p7s: [UInt8], timestamp: (_ request: [UInt8]) throws -> [UInt8],
  policy: String? = nil,
  evidence: (certificates: [Certificate], crls: [RevocationList]), ocsp: [OCSPResponse] = []
) throws(CAdESError) -> [UInt8] {
  let signedData = try parseSignature(p7s)
  guard let signer = signedData.signers.first, signedData.signers.count == 1,
    let certificate = signedData.parsedCertificates.first(where: signer.names)
  else { throw .malformed(.signedData, offset: 0) }
  var material = Material(
    leaf: certificate, candidates: signedData.parsedCertificates + evidence.certificates)
  var signed = SignedDataWriter.reopen(signer)
  let stamps = signer.unsignedAttributes.filter { $0.type == .signatureTimestamp }
  if let token = stamps.flatMap(\.values).first {
    _ = try material.add(token: Array(token.whole))
  } else {
    let token = try requestTimestamp(over: signed.signature, policy: policy, from: timestamp)
    signed.unsignedAttributes.append(
      SignedDataWriter.attribute(.signatureTimestamp, try material.add(token: token)))
  }
  let lists = signedData.parsedLists + evidence.crls
  let responses = signedData.parsedResponses + ocsp
  return signedData.replacing(
    certificates: material.certificates.map(\.der),
    revocationData: material.revocationData(lists: lists, responses: responses),
    signerSet: signed.set)
}

/// Adds to a time-stamp token what is needed to judge it for years: the chain of its authority, and
/// what the issuers say of revocations. What the authority signed stays, byte for byte.
public func complete(
  timestamp token: [UInt8], evidence: (certificates: [Certificate], crls: [RevocationList]),
  ocsp: [OCSPResponse] = []
) throws(CAdESError) -> [UInt8] {
  let parsed = try parseToken(token)
  guard let authority = parsed.signingCertificate else {
    throw .timestampMismatch(.signingCertificate)
  }
  let material = Material(
    leaf: authority, candidates: parsed.certificates + evidence.certificates)
  return parsed.signedData.replacing(
    certificates: material.certificates.map(\.der),
    revocationData: material.revocationData(lists: evidence.crls, responses: ocsp))
}

/// The level that a signature has by what is in it, whether that holds or not.
public func signatureLevel(_ p7s: [UInt8]) -> SignatureLevel {
  validate(signature: p7s, content: [], anchors: [], now: 0).level
}

func parseSignature(_ p7s: [UInt8]) throws(CAdESError) -> SignedData {
  guard p7s.count <= Limits.signedDataByteCount else {
    throw .tooLarge(.signedData, limit: Limits.signedDataByteCount)
  }
  do throws(DERError) {
    try DERForm.check(p7s)
    return try SignedData(p7s[...])
  } catch { throw .malformed(.signedData, offset: error.offset) }
}

/// A token that a signature of ours may hold: the form of what an authority signed can't be mended
/// afterwards, and a bundle with another form would never verify.
func parseToken(_ token: [UInt8]) throws(CAdESError) -> TimestampToken {
  let parsed: TimestampToken
  do throws(DERError) { parsed = try TimestampToken(token[...]) } catch {
    throw .malformed(.timestampToken, offset: error.offset)
  }
  guard parsed.signer.unsignedAttributes.isEmpty,
    parsed.signedData.frameDeviations(parsed.signer).isEmpty
  else { throw .timestampMismatch(.form) }
  return parsed
}

/// Certificates of the signer's and the authority's chains, and which of them SignedData holds.
private struct Material {
  let candidates: [Certificate]
  private var path: [Certificate]
  private(set) var certificates: [Certificate]

  init(leaf: Certificate, candidates: [Certificate]) {
    self.candidates = candidates
    path = [leaf] + leaf.chain(from: candidates)
    certificates = path.filter { !$0.isSelfSigned }
  }

  /// Adds the chain of a time-stamp's authority; returns the token with no certificate but those.
  mutating func add(token: [UInt8]) throws(CAdESError) -> [UInt8] {
    let parsed = try parseToken(token)
    let authority = parsed.signingCertificate ?? candidates.first(where: parsed.signer.names)
    let chain = authority.map { [$0] + $0.chain(from: parsed.certificates + candidates) } ?? []
    // Authorities send roots and cross-certificates along, which nobody needs.
    let own = parsed.certificates.filter(chain.contains)
    path += chain
    certificates += chain.filter {
      !own.contains($0) && !certificates.contains($0) && !$0.isSelfSigned
    }
    return parsed.signedData.replacing(certificates: own.map(\.der))
  }

  /// What concerns one of the chains, each once.
  func revocationData(lists: [RevocationList], responses: [OCSPResponse]) -> [[UInt8]] {
    let revocable = path.filter { !$0.isSelfSigned }
    let issuers = Set(revocable.map(\.issuerName))
    let serials = Set(revocable.map(\.serialOctets))
    let neededLists = Set(lists).filter { issuers.contains($0.issuerName) }
    let neededResponses = Set(responses).filter { response in
      response.answers.contains { serials.contains($0.serial) }
    }
    return neededLists.map(\.der) + neededResponses.map(\.otherRevocationInfo)
  }
}
