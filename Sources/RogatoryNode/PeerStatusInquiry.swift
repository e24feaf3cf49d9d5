import CAdES
import Federation

/// Asks about the TLS certificates of peers: OCSP responders, and where the configuration lets it, those and
/// the revocation lists that the certificates name. It blocks.
///
/// Nobody learns from the questions who exchanges with whom, or when: they are about every certificate that
/// is known, by the clock (Docs/Decisions/0082-ocsp-for-peers.md).
struct PeerStatusInquiry {
  let store: PeerStatusStore
  let sources: RevocationSources
  let settings: NodeConfiguration.PeerRevocation
  /// Who didn't answer in this round: asking again for each certificate would take the round's time.
  private var silent: Set<String> = []
  private let client = AuthorityClient(attempts: 1)

  /// A certificate that can be revoked, and the issuer that would say so.
  typealias Link = (certificate: Certificate, issuer: Certificate)

  init(
    store: PeerStatusStore, sources: RevocationSources, settings: NodeConfiguration.PeerRevocation
  ) {
    (self.store, self.sources, self.settings) = (store, sources, settings)
  }

  /// Asks about one certificate, and keeps the answer; the reasons where no responder gives one.
  mutating func ask(about link: Link, at now: Int64) -> [Failure] {
    if follows { fetchLists(of: link.certificate, at: now) }
    var failures: [Failure] = []
    for url in responders(of: link.certificate) {
      do {
        try ask(url, about: link, at: now)
        return []
      } catch { failures.append(Failure(url: url, reason: error)) }
    }
    return failures
  }

  private mutating func ask(_ url: String, about link: Link, at now: Int64) throws(Reason) {
    guard !silent.contains(url) else { throw .silent }
    let bytes: [UInt8]
    do throws(TimestampOutage) {
      bytes = try client.status(
        ocspRequest(about: link.certificate, of: link.issuer), at: url)
    } catch {
      if error == .unreachable { silent.insert(url) }
      throw .outage(error)
    }
    guard let response = try? OCSPResponse(der: bytes) else { throw .form }
    let status: OCSPStatus
    do throws(OCSPFlaw) {
      status = try response.checkedStatus(of: link.certificate, issuedBy: link.issuer, at: now)
    } catch { throw .flaw(error) }
    do { try store.keep(response, status, about: link) } catch { throw .disk }
  }

  private func fetchLists(of certificate: Certificate, at now: Int64) {
    for url in Self.usable(certificate.revocationListURLs) {
      _ = sources.list(from: url, at: now)
    }
  }

  private func responders(of certificate: Certificate) -> [String] {
    var urls = settings.responders ?? []
    if follows {
      urls += Self.usable(certificate.responderURLs).filter { !urls.contains($0) }
    }
    return urls
  }

  private var follows: Bool { settings.namedByCertificates ?? false }

  /// The addresses of a certificate that are followed: HTTP, and no more than an authority needs.
  static func usable(_ urls: [String]) -> [String] {
    Array(urls.filter(RevocationSources.isURL).prefix(mostURLs))
  }

  private static let mostURLs = 4
}

extension PeerStatusInquiry {
  /// Why a responder gave nothing that counts.
  struct Failure {
    let url: String
    let reason: Reason

    var words: String { "\(url): \(reason.words)" }
  }

  enum Reason: Error {
    case silent, form, disk
    case outage(TimestampOutage)
    case flaw(OCSPFlaw)

    var words: String {
      switch self {
      case .silent, .outage(.unreachable): "it isn't reached"
      case .outage(.status(let status)): "it answers with the HTTP status \(status)"
      case .outage(.mediaType), .form: "it answers with something that is no OCSP response"
      case .outage(.tooLarge): "its answer is too long"
      case .outage(.other): "it can't be asked"
      case .disk: "its answer can't be stored"
      case .flaw(.otherCertificate): "it answers about another certificate"
      case .flaw(.stranger):
        "its answer isn't signed by one who may speak for the certificate's authority"
      case .flaw(.unknown): "it doesn't know the certificate"
      case .flaw(.over(let time)): "its answer was good until \(timeText(time)) only"
      case .flaw(.early(let time)):
        "its answer is from the future, \(timeText(time)): one of the clocks is wrong"
      }
    }
  }
}
