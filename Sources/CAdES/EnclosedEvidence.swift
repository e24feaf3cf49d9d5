/// The certificates of a signature's chains, as far as they are no roots: those whose revocation
/// somebody has to be asked about before it is complete. Each with its issuer, where that is known.
public func revocableCertificates(
  inSignature p7s: [UInt8], issuers: [Certificate]
) throws(CAdESError) -> [(certificate: Certificate, issuer: Certificate)] {
  let signedData = try parseSignature(p7s)
  var found = signedData.parsedCertificates
  for signer in signedData.signers {
    for value in signer.unsignedAttributes.filter({ $0.type == .signatureTimestamp })
      .flatMap(\.values).prefix(Limits.timestampCount)
    {
      found += (try? TimestampToken(value.whole))?.certificates ?? []
    }
  }
  return pairs(found, issuers)
}

/// The same of a time-stamp token.
public func revocableCertificates(
  inTimestamp token: [UInt8], issuers: [Certificate]
) throws(CAdESError) -> [(certificate: Certificate, issuer: Certificate)] {
  pairs(try parseToken(token).certificates, issuers)
}

/// What signatures and time-stamp tokens bring along: certificates and revocation data, as far as
/// they can be parsed. None of it is trusted by itself; roots are left out.
public func enclosedEvidence(
  inSignatures all: [[UInt8]]
) -> (certificates: [Certificate], lists: [RevocationList], responses: [OCSPResponse]) {
  var certificates: Set<Certificate> = []
  var lists: Set<RevocationList> = []
  var responses: Set<OCSPResponse> = []
  for bytes in all.prefix(Limits.enclosingSignatureCount)
  where lists.count + responses.count < Limits.enclosedDataCount {
    guard let signedData = try? parseSignature(bytes) else { continue }
    let tokens = signedData.signers.flatMap(\.unsignedAttributes)
      .filter { $0.type == .signatureTimestamp }.flatMap(\.values)
      .prefix(Limits.timestampCount).compactMap { try? TimestampToken($0.whole).signedData }
    for data in [signedData] + tokens {
      certificates.formUnion(data.parsedCertificates.filter { !$0.isSelfSigned })
      lists.formUnion(data.parsedLists)
      responses.formUnion(data.parsedResponses)
    }
  }
  return (Array(certificates), Array(lists), Array(responses))
}

private func pairs(
  _ certificates: [Certificate], _ issuers: [Certificate]
) -> [(certificate: Certificate, issuer: Certificate)] {
  var seen: Set<Certificate> = []
  return certificates.filter { seen.insert($0).inserted && !$0.isSelfSigned }
    .compactMap { certificate in
      (certificates + issuers).first { certificate.mayBeIssued(by: $0) }
        .map { (certificate, $0) }
    }
}
