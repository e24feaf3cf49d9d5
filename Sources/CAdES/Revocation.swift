/// What revocation lists and OCSP responses say about one certificate at one time.
enum RevocationAnswer: Hashable {
  case good
  case revoked(time: Int64, reason: UInt8?)
  /// Nothing speaks of this certificate at this time.
  case unknown

  /// The earliest revocation counts, then any good word.
  func combined(with other: Self) -> Self {
    switch (self, other) {
    case (.revoked(let first, _), .revoked(let second, _)): first <= second ? self : other
    case (.revoked, _): self
    case (_, .revoked): other
    case (.good, _), (_, .good): .good
    case (.unknown, .unknown): .unknown
    }
  }
}

extension OCSPResponse {
  /// Asks `responses`, all signed for `issuer`, about its certificate at `time`; the rules are those
  /// of lists, below. Without nextUpdate newer information is always there (RFC 6960, clause
  /// 4.2.2.1), so the answer is good for its own time only.
  static func answer(
    _ responses: [OCSPResponse], about certificate: Certificate, of issuer: Certificate,
    at time: Int64, now: Int64
  ) -> RevocationAnswer {
    var result = RevocationAnswer.unknown
    for answer in responses.flatMap({ $0.answers(about: certificate, of: issuer) })
    where answer.thisUpdate <= now + clockTolerance {
      switch answer.status {
      case .unknown: break
      case .revoked(let time, let reason):
        result = result.combined(with: .revoked(time: time, reason: reason))
      case .good:
        let isLater = answer.thisUpdate > time && answer.thisUpdate <= certificate.notAfter
        let end = answer.nextUpdate ?? answer.thisUpdate + clockTolerance
        if isLater || (answer.thisUpdate <= time && time <= end) {
          result = result.combined(with: .good)
        }
      }
    }
    return result
  }
}

extension RevocationList {
  /// Asks `lists`, all signed by the issuer of `certificate`, about it at `time`.
  ///
  /// A list speaks of `time` when its period covers that, or when it was issued later, as long as
  /// the certificate had not expired by then (afterwards an authority may drop it from its lists).
  /// A revocation counts from any list, old or new.
  static func answer(
    _ lists: [RevocationList], about certificate: Certificate, at time: Int64, now: Int64
  ) -> RevocationAnswer {
    var answer = RevocationAnswer.unknown
    for list in lists where list.concerns(certificate) {
      guard list.thisUpdate <= now + clockTolerance else { continue }
      if let (revoked, reason) = list.revocation(of: certificate.serialOctets) {
        if case .revoked(let earlier, _) = answer, earlier <= revoked { continue }
        answer = .revoked(time: revoked, reason: reason)
      } else if answer == .unknown, list.speaks(of: certificate, at: time) {
        answer = .good
      }
    }
    return answer
  }

  private func speaks(of certificate: Certificate, at time: Int64) -> Bool {
    if thisUpdate > time {
      return thisUpdate <= certificate.notAfter || extensions[.expiredCertificatesOnCRL] != nil
    }
    // Without nextUpdate, which RFC 5280 requires, only a list from after `time` says anything.
    return nextUpdate.map { time <= $0 } ?? false
  }

  /// Whether the list is meant to name certificates such as this one (RFC 5280, clause 5.2.5).
  private func concerns(_ certificate: Certificate) -> Bool {
    let unknown = extensions.items.contains {
      $0.isCritical && $0.identifier != .issuingDistributionPoint
    }
    guard !unknown else { return false }
    guard let value = extensions[.issuingDistributionPoint]?.value else { return true }
    do throws(DERError) {
      var point = try DERReader.single(value, Tag.sequence).reader
      if let name = try point.optional(Tag.context(0)) {
        let names = Extensions.fullNames(name)
        guard certificate.extensions.distributionPointNames.contains(where: names.contains)
        else { return false }
      }
      if try point.optional(Tag.contextPrimitive(1))?.boolean == true, certificate.isAuthority {
        return false
      }
      if try point.optional(Tag.contextPrimitive(2))?.boolean == true, !certificate.isAuthority {
        return false
      }
      // Only some reasons, indirect, or for attribute certificates: no complete answer from these.
      return point.isAtEnd
    } catch { return false }
  }
}

/// CRLReason, RFC 5280, clause 5.3.1.
enum RevocationReason {
  static let keyCompromise: UInt8 = 1
  static let authorityCompromise: UInt8 = 2
  static let certificateHold: UInt8 = 6

  /// Reasons after which earlier time-stamps stay good: RFC 3161, clause 4, point 1.
  ///
  /// The key was not lost: unspecified, affiliationChanged, superseded, cessationOfOperation.
  static let harmlessForTimestamps: Set<UInt8> = [0, 3, 4, 5]

  /// Who holds an issuer's key can date its certificates back.
  static func spoilsEarlierCertificates(_ reason: UInt8?) -> Bool {
    reason == keyCompromise || reason == authorityCompromise
  }
}
