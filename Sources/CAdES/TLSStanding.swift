/// How a TLS peer's certificate stands at a time: its path (RFC 5280) and its revocation.
package enum TLSStanding: Hashable, Sendable {
  /// The path holds; `isCurrent` says whether something current speaks of every link, and nothing names it
  /// as revoked.
  case good(isCurrent: Bool)
  /// It, or one of its issuers, was revoked.
  case revoked(since: Int64)
  /// Its validity, or an issuer's, ended or hasn't begun.
  case expired, notYetValid
  /// No path to an anchor, or one that breaks a rule or has too weak a key.
  case noPath
}

/// What speaks of a certificate's revocation: a list, or an answer about it alone.
package struct RevocationSource: Hashable, Sendable {
  /// Whether it is an OCSP response; else a list.
  package let isResponse: Bool
  /// When it was known to be right, and when newer information comes at the latest, in Unix seconds.
  package let thisUpdate: Int64
  package let nextUpdate: Int64?
}

/// What is at hand to judge certificates with, each believed as far as an issuer on the path signed it.
package struct RevocationData: Sendable {
  package var lists: [RevocationList]
  package var responses: [OCSPResponse]

  package init(lists: [RevocationList] = [], responses: [OCSPResponse] = []) {
    (self.lists, self.responses) = (lists, responses)
  }
}

extension Certificate {
  /// Judges this certificate of a TLS peer. Purposes and names are the caller's to look at.
  ///
  /// - Parameters:
  ///   - candidates: what the peer sent along.
  ///   - time: Unix seconds.
  package func standing(
    anchors: [Certificate], through candidates: [Certificate], _ data: RevocationData,
    at time: Int64
  ) -> TLSStanding {
    let judgement = tlsTrust(anchors, candidates, data, time).judge(self, at: time)
    switch judgement.failure {
    case .expired: return .expired
    case .notYetValid: return .notYetValid
    case .some: return .noPath
    case nil: break
    }
    guard judgement.path != nil, judgement.weakness == nil else { return .noPath }
    let answers = [judgement.leaf] + judgement.issuers
    // A connection is made now: whenever the revocation came, it counts.
    let revocations = answers.compactMap { answer -> Int64? in
      if case .revoked(let time, _) = answer { time } else { nil }
    }
    if let first = revocations.min() { return .revoked(since: first) }
    return .good(isCurrent: !answers.contains(.unknown))
  }

  /// The newest that speaks of this very certificate at `time`, good or bad; nil where nothing does.
  package func revocationSource(
    anchors: [Certificate], through candidates: [Certificate], _ data: RevocationData,
    at time: Int64
  ) -> RevocationSource? {
    let judgement = tlsTrust(anchors, candidates, data, time).judge(self, at: time)
    guard let issuer = judgement.path?.links.first?.issuer else { return nil }
    let lists = judgement.evidence.lists.filter {
      RevocationList.answer([$0], about: self, at: time, now: time) != .unknown
    }
    let responses = judgement.evidence.responses.filter {
      OCSPResponse.answer([$0], about: self, of: issuer, at: time, now: time) != .unknown
    }
    let sources =
      lists.map {
        RevocationSource(isResponse: false, thisUpdate: $0.thisUpdate, nextUpdate: $0.nextUpdate)
      }
      + responses.compactMap { response in
        response.status(of: self, issuedBy: issuer).map {
          RevocationSource(isResponse: true, thisUpdate: $0.thisUpdate, nextUpdate: $0.nextUpdate)
        }
      }
    return sources.max { $0.thisUpdate < $1.thisUpdate }
  }

  /// The certificates from this one up that can be revoked, each with the issuer that would say so: all of
  /// the path but its anchor; empty where there is no path.
  package func revocableLinks(
    anchors: [Certificate], through candidates: [Certificate], at time: Int64
  ) -> [(certificate: Certificate, issuer: Certificate)] {
    let path = ParsedCertificates().path(from: self, through: candidates, to: anchors, at: time)
    guard case .success(let found) = path else { return [] }
    return found.links
  }

  private func tlsTrust(
    _ anchors: [Certificate], _ candidates: [Certificate], _ data: RevocationData, _ time: Int64
  ) -> Trust {
    Trust(
      anchors: anchors, candidates: candidates, lists: data.lists, responses: data.responses,
      now: time, question: time)
  }
}
