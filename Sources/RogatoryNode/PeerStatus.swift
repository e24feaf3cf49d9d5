import CAdES
public import CanonicalJSON
import Exchange
public import Federation
import Redaction

/// What is known of the revocation of a peer's TLS certificate, and from when.
public struct PeerStatus: Sendable {
  enum Standing {
    case good(RevocationSource)
    case revoked(since: Int64)
    case unknown
    /// Expired, not valid yet, or not of the peer's authority.
    case unfit(String)
  }
  /// The newest certificate that the peer has shown; nil before the first connection.
  private let certificate: Certificate?
  let standing: Standing

  /// Whether it is known that the certificate isn't revoked.
  var isGood: Bool { if case .good = standing { true } else { false } }

  /// In words, a clause about the peer's certificate.
  public var words: String {
    guard certificate != nil else { return "its TLS certificate hasn't been seen here yet" }
    return switch standing {
    case .good(let source): "its TLS certificate: \(source.words)"
    case .revoked(let time): "its TLS certificate was revoked on \(timeText(time))"
    case .unknown: "its TLS certificate: nothing current is known of its revocation"
    case .unfit(let why): "its TLS certificate \(why)"
    }
  }

  /// For programs; keys are stable.
  public var json: JSON {
    guard let certificate else { return ["revocation": "unseen"] }
    var object: [String: JSON] = [
      "serial": .string(certificate.serial), "validUntil": .string(timeText(certificate.notAfter)),
    ]
    switch standing {
    case .good(let source):
      object["revocation"] = "good"
      object["knownBy"] = source.isResponse ? "ocsp" : "list"
      object["asOf"] = .string(timeText(source.thisUpdate))
      object["until"] = source.nextUpdate.map { .string(timeText($0)) }
    case .revoked(let time):
      object["revocation"] = "revoked"
      object["revokedSince"] = .string(timeText(time))
    case .unknown, .unfit: object["revocation"] = "unknown"
    }
    return .object(object)
  }
}

/// A time as statements write it; a question mark for one that they can't.
func timeText(_ time: Int64) -> String { StatementTime(unixSeconds: time)?.text ?? "?" }

extension PeerStatus {
  init(_ chains: [[Certificate]], of card: PeerCard, _ data: RevocationData, at now: Int64) {
    // Of a key that the card doesn't name any more nothing is taken.
    let chain = chains.first { $0.first.map { card.tlsKeys.contains($0.spkiSHA256) } ?? false }
    certificate = chain?.first
    guard let leaf = chain?.first, let rest = chain?.dropFirst() else {
      standing = .unknown
      return
    }
    let candidates = Array(rest)
    standing =
      switch leaf.standing(anchors: card.tlsAnchors, through: candidates, data, at: now) {
      case .revoked(let time): .revoked(since: time)
      case .expired: .unfit("has expired")
      case .notYetValid: .unfit("isn't valid yet")
      // An issuer that wasn't seen may vouch for it.
      case .noPath: .unknown
      case .good(let isCurrent):
        leaf.revocationSource(anchors: card.tlsAnchors, through: candidates, data, at: now)
          .flatMap { isCurrent ? .good($0) : nil } ?? .unknown
      }
  }
}

extension NodeHome {
  /// How the revocation of peers' TLS certificates is known, from what is kept here; nobody is asked.
  public func peerStatuses(_ cards: [PeerCard], at now: Int64) -> [NodeID: PeerStatus] {
    let chains = peerStatusStore.chains()
    let data = keptRevocationData(at: now)
    return Dictionary(
      cards.map { ($0.node, PeerStatus(chains[$0.node] ?? [], of: $0, data, at: now)) },
      uniquingKeysWith: { first, _ in first })
  }

  /// What is kept of revocations, in lists and answers.
  func keptRevocationData(at now: Int64) -> RevocationData {
    RevocationData(
      lists: RevocationSources(home: self).keptLists(followed: followedListURLs(), at: now),
      responses: peerStatusStore.responses())
  }

  /// Where the certificates of peers say that revocation lists lie, if that is to be followed.
  func followedListURLs() -> [String] {
    guard configuration.peerRevocation?.namedByCertificates == true else { return [] }
    let all = peerStatusStore.chains().values.joined().joined()
    return Set(all.flatMap { PeerStatusInquiry.usable($0.revocationListURLs) }).sorted()
  }
}
