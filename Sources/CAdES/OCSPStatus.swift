/// What an OCSP response says of one certificate.
package struct OCSPStatus: Hashable, Sendable {
  /// When it was known to be right, and when newer information comes at the latest, in Unix seconds.
  package let thisUpdate: Int64
  package let nextUpdate: Int64?
  /// Since when the certificate is void, in Unix seconds; nil where it is good.
  package let revokedSince: Int64?
  /// Whether the issuer may take the revocation back: `certificateHold` (RFC 5280, clause 5.3.1).
  package let isHold: Bool

  /// Whether newer information is due: then it says nothing of now, unless it is a revocation. Without
  /// nextUpdate newer information is always there, so the answer lasts as long as clocks may differ.
  package func isOver(at now: Int64) -> Bool { (nextUpdate ?? thisUpdate + clockTolerance) < now }
}

/// Why nothing follows from a response that a responder gave about a certificate.
package enum OCSPFlaw: Error, Hashable, Sendable {
  /// It speaks of other certificates.
  case otherCertificate
  /// Neither the issuer signed it, nor a responder that may speak for it (RFC 6960, clause 4.2.2.2).
  case stranger
  /// The responder doesn't know the certificate.
  case unknown
  /// Newer information was due at this time, in Unix seconds.
  case over(Int64)
  /// It is from later than now, by more than clocks may differ (ten minutes).
  case early(Int64)
}

extension OCSPResponse {
  /// The newest of what it says of this certificate, good or revoked, whoever signed it. A revocation goes
  /// before a good word.
  package func status(of certificate: Certificate, issuedBy issuer: Certificate) -> OCSPStatus? {
    answers(about: certificate, of: issuer).compactMap(OCSPStatus.init).max { one, other in
      (one.revokedSince == nil ? 0 : 1, one.thisUpdate)
        < (other.revokedSince == nil ? 0 : 1, other.thisUpdate)
    }
  }

  /// What follows from it for this certificate at `now`, in Unix seconds.
  ///
  /// Like ``speaks(of:issuedBy:at:)`` it takes a responder's certificate only if that is the issuer's or
  /// exempt by `id-pkix-ocsp-nocheck`.
  package func checkedStatus(
    of certificate: Certificate, issuedBy issuer: Certificate, at now: Int64
  ) throws(OCSPFlaw) -> OCSPStatus {
    guard !answers(about: certificate, of: issuer).isEmpty else { throw .otherCertificate }
    guard isSigned(for: issuer, at: now, ParsedCertificates(), isGood: { _ in false }) else {
      throw .stranger
    }
    guard let status = status(of: certificate, issuedBy: issuer) else { throw .unknown }
    guard status.thisUpdate <= now + clockTolerance else { throw .early(status.thisUpdate) }
    guard status.revokedSince != nil || !status.isOver(at: now) else {
      throw .over(status.nextUpdate ?? status.thisUpdate)
    }
    return status
  }
}

extension OCSPStatus {
  fileprivate init?(_ answer: OCSPResponse.Answer) {
    (thisUpdate, nextUpdate) = (answer.thisUpdate, answer.nextUpdate)
    switch answer.status {
    case .unknown: return nil
    case .good: (revokedSince, isHold) = (nil, false)
    case .revoked(let time, let reason):
      (revokedSince, isHold) = (time, reason == RevocationReason.certificateHold)
    }
  }
}
