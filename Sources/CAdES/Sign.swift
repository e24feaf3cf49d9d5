/// Signs `content` with a detached CAdES signature, in DER.
///
/// The level follows from what is given: B-B; B-T with `timestamp`; B-LT when `evidence` has the
/// revocation lists of the signer's and the time-stamp authority's issuers as well.
///
/// - Parameters:
///   - content: At most 16 MiB, as manifests and receipts are.
///   - unixTime: What the signature claims as its time.
///   - timestamp: Brings an RFC 3161 request to an authority, and its response back.
///   - evidence: Certificates between signer or authority and their roots, and revocation lists.
///     Roots, and what neither chain needs, are left out.
public func sign(
  _ content: [UInt8], with identity: SigningIdentity, commitment: Commitment, at unixTime: Int64,
  timestamp: ((_ request: [UInt8]) throws -> [UInt8])? = nil,
  evidence: (certificates: [Certificate], crls: [RevocationList]) = ([], [])
) throws(CAdESError) -> [UInt8] {
  guard content.count <= Limits.contentByteCount else {
    throw .tooLarge(.content, limit: Limits.contentByteCount)
  }
  guard DERTime.range.contains(unixTime) else { throw .invalidValidity }
  let writer = SignedDataWriter(
    identity: identity, contentType: .data, encapsulated: nil,
    attributes: [
      SignedDataWriter.attribute(.signingTime, DER.time(unixTime)),
      SignedDataWriter.signingCertificate(identity.certificate),
      SignedDataWriter.attribute(
        .commitmentType, DER.sequence(DER.identifier(commitment.identifier))),
    ])
  var signed = try writer.sign(content)

  let candidates = identity.intermediates + evidence.certificates
  var path = [identity.certificate] + identity.certificate.chain(from: candidates)
  var certificates = path
  if let timestamp {
    let token = try requestTimestamp(over: signed.signature, from: timestamp)
    let parsed: TimestampToken
    do throws(DERError) { parsed = try TimestampToken(token[...]) } catch {
      throw .malformed(.timestampToken, offset: error.offset)
    }
    let authority = parsed.signingCertificate
    let chain = authority.map { [$0] + $0.chain(from: parsed.certificates + candidates) } ?? []
    // Authorities send roots and cross-certificates along, which nobody needs.
    let own = parsed.certificates.filter(chain.contains)
    signed.unsignedAttributes = [
      SignedDataWriter.attribute(
        .signatureTimestamp, parsed.signedData.replacing(certificates: own.map(\.der)))
    ]
    path += chain
    certificates += chain.filter { !own.contains($0) && !certificates.contains($0) }
  }
  let lists = evidence.crls.filter { list in
    path.contains { $0.issuerName == list.issuerName && !$0.isSelfSigned }
  }
  return writer.write(
    signed, certificates: certificates.filter { !$0.isSelfSigned }.map(\.der),
    revocationLists: Set(lists).map(\.der))
}
