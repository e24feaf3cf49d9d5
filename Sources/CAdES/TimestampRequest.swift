/// Asks a time-stamp authority for a token over `content`, and returns the token in DER.
///
/// The response is checked against the request: status, imprint, nonce, signature, the certificate
/// that it names, its extended key usage, and the policy where one is asked for. Whether anybody
/// trusts the authority is a matter of
/// ``validate(timestamp:over:anchors:certificates:crls:ocsp:at:existedBy:now:)``.
///
/// - Parameter policy: the policy that the token must be made under, as a dotted identifier.
public func requestTimestamp(
  over content: [UInt8], policy: String? = nil,
  from authority: (_ request: [UInt8]) throws -> [UInt8]
) throws(CAdESError) -> [UInt8] {
  try requestTimestamp(
    imprint: DigestAlgorithm.sha256.hash(content), policy: policy, from: authority)
}

/// Asks for a token over what has this SHA-256 digest, for files too long to be held in memory.
public func requestTimestamp(
  imprint: [UInt8], policy: String? = nil,
  from authority: (_ request: [UInt8]) throws -> [UInt8]
) throws(CAdESError) -> [UInt8] {
  let wanted = policy.map { ObjectIdentifier($0) }
  if let policy, wanted == .some(nil) { throw .invalidName(policy) }
  // A leading zero would make the number shorter; one bit of 64 is no loss.
  let nonce = DER.integer(
    magnitude: [0x40 | (try LibCrypto.randomBytes(1)[0] & 0x3f)]
      + (try LibCrypto.randomBytes(7)))
  let digest = DigestAlgorithm.sha256
  let request = DER.sequence(
    DER.integer(1), DER.sequence(digest.algorithm, DER.octets(imprint)),
    (wanted ?? nil).map { DER.identifier($0) } ?? [], nonce, DER.boolean(true))
  let response: [UInt8]
  do { response = try authority(request) } catch {
    throw .timestampUnavailable(error as? TimestampOutage ?? .other)
  }
  let token = try parseTimestampResponse(response)

  let parsed: TimestampToken
  let sentNonce: ArraySlice<UInt8>
  do throws(DERError) {
    parsed = try TimestampToken(token[...])
    sentNonce = try DERReader.single(nonce, Tag.integer).content
  } catch { throw .malformed(.timestampToken, offset: error.offset) }
  guard parsed.info.imprintAlgorithm.digest == digest, parsed.info.imprint.elementsEqual(imprint)
  else { throw .timestampMismatch(.imprint) }
  if let wanted = wanted ?? nil, parsed.info.policy != wanted {
    throw .timestampMismatch(.policy)
  }
  guard parsed.info.nonce == sentNonce else { throw .timestampMismatch(.nonce) }
  guard let certificate = parsed.signingCertificate else {
    throw .timestampMismatch(.signingCertificate)
  }
  switch parsed.checkSignature(by: certificate, ParsedCertificates()) {
  case nil: break
  case .sigConstraintsFailure: throw .timestampMismatch(.signingCertificate)
  default: throw .timestampMismatch(.signature)
  }
  guard certificate.isOnlyForTimestamping else { throw .timestampMismatch(.extendedKeyUsage) }
  return token
}

/// Returns the token of a TimeStampResp that grants one (RFC 3161, clause 2.4.2).
package func parseTimestampResponse(_ response: [UInt8]) throws(CAdESError) -> [UInt8] {
  guard response.count <= Limits.timestampResponseByteCount else {
    throw .tooLarge(.timestampResponse, limit: Limits.timestampResponseByteCount)
  }
  var status: Int
  var token: DERElement?
  do throws(DERError) {
    try DERForm.check(response)
    var reader = try DERReader.single(response, Tag.sequence).reader
    var information = try reader.sequence()
    status = try information.smallInteger()
    token = try reader.optional(Tag.sequence)
    try reader.end()
  } catch { throw .malformed(.timestampResponse, offset: error.offset) }
  // 0 is granted, 1 granted with modifications, which the comparison with the request judges.
  guard status <= 1, let token else { throw .timestampRefused(status: status) }
  return Array(token.whole)
}

extension Certificate {
  /// RFC 3161, clause 2.3: the extended key usage is critical, and time-stamping alone.
  var isOnlyForTimestamping: Bool {
    extensions[.extendedKeyUsage]?.isCritical == true
      && extensions.extendedKeyUsage == [.timestamping]
  }
}
