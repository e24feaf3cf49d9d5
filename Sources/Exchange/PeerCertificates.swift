import CAdES
import CanonicalJSON
import Federation
import NIOPosix
import Synchronization

/// Judges the TLS certificates of peers, with what is known of revocations, and remembers how each
/// peer's newest connection stood.
final class PeerCertificates: Sendable {
  /// Whether a certificate may be used for a connection.
  enum Verdict: Hashable, Sendable {
    /// `isCurrent`: current lists speak of the whole path, and none names it.
    case good(isCurrent: Bool)
    case refused(Refusal)
  }

  /// Why not; the raw value is the code of the log.
  enum Refusal: String, Sendable {
    case key = "CERTIFICATE_KEY"
    case path = "CERTIFICATE_PATH"
    case expired = "CERTIFICATE_EXPIRED"
    case notYetValid = "CERTIFICATE_NOT_YET_VALID"
    case revoked = "CERTIFICATE_REVOKED"
    /// No current list, on a node that asks for one.
    case unknown = "REVOCATION_UNKNOWN"
  }

  private struct Held {
    var lists: [RevocationList] = []
    var until: ContinuousClock.Instant?
  }

  private let read: @Sendable () -> [RevocationList]
  let isRevocationRequired: Bool
  private let held = Mutex(Held())
  /// The keys are peers of the directory, so it can't grow.
  private let newest = Mutex<[NodeID: Bool]>([:])
  private let judged = Mutex<[Judged: (verdict: Verdict, until: ContinuousClock.Instant)]>([:])

  private struct Judged: Hashable {
    let leaf: Certificate
    let card: PeerCard
  }

  /// - Parameters:
  ///   - required: whether a connection needs a current list for each issuer.
  ///   - lists: current lists; may block.
  init(required: Bool, lists: @escaping @Sendable () -> [RevocationList]) {
    isRevocationRequired = required
    read = lists
  }

  /// Reads the lists again where they are older than five seconds, on a thread that may block.
  func refresh() async throws {
    let isFresh = held.withLock { $0.until.map { .now < $0 } ?? false }
    if !isFresh { try await NIOThreadPool.singleton.runIfActive { self.refreshNow() } }
  }

  func refreshNow() {
    let isFresh = held.withLock { $0.until.map { .now < $0 } ?? false }
    guard !isFresh else { return }
    let lists = read()
    held.withLock { $0 = Held(lists: lists, until: .now + Self.listLifetime) }
  }

  /// Judges what a peer presents in a handshake, the leaf first, and notes how it stood.
  func judge(_ chain: [Certificate], of card: PeerCard, at now: Int64) -> Verdict {
    guard let leaf = chain.first, card.tlsKeys.contains(leaf.spkiSHA256) else {
      return .refused(.key)
    }
    let standing = leaf.standing(
      anchors: card.tlsAnchors, through: Array(chain.dropFirst()),
      lists: held.withLock { $0.lists }, at: now)
    let verdict: Verdict =
      switch standing {
      case .good(let isCurrent):
        isCurrent || !isRevocationRequired ? .good(isCurrent: isCurrent) : .refused(.unknown)
      case .revoked: .refused(.revoked)
      case .expired: .refused(.expired)
      case .notYetValid: .refused(.notYetValid)
      case .noPath: .refused(.path)
      }
    if case .good(let isCurrent) = verdict { newest.withLock { $0[card.node] = isCurrent } }
    return verdict
  }

  /// Judges a certificate again whose handshake held: it may have ended or been revoked since. What it
  /// was issued by isn't at hand any more, so no path means that nothing new is known.
  func judgeAgain(_ leaf: Certificate, of card: PeerCard, at now: Int64) -> Refusal? {
    let key = Judged(leaf: leaf, card: card)
    let known = judged.withLock { $0[key] }
    if let known, .now < known.until { return known.verdict.refusal }
    let standing = leaf.standing(
      anchors: card.tlsAnchors, through: [], lists: held.withLock { $0.lists }, at: now)
    let verdict: Verdict =
      switch standing {
      case .revoked: .refused(.revoked)
      case .expired: .refused(.expired)
      case .good, .notYetValid, .noPath: .good(isCurrent: false)
      }
    judged.withLock { judged in
      if judged.count >= Self.mostJudged { judged = [:] }
      judged[key] = (verdict, .now + Self.verdictLifetime)
    }
    return verdict.refusal
  }

  /// What an entry says of the connection with a peer: TLS 1.3 and nothing else is spoken
  /// (TLSMaterial); which of its groups was chosen, the TLS library doesn't tell.
  func logFields(_ peer: String) -> [String: JSON] {
    var fields: [String: JSON] = ["tls": "TLSv1.3"]
    if let id = try? NodeID(peer), let isCurrent = newest.withLock({ $0[id] }) {
      fields["tls-revocation"] = isCurrent ? "good" : "unknown"
    }
    return fields
  }

  /// Lists are issued daily or weekly; a revocation must not wait for long all the same.
  private static let listLifetime = Duration.seconds(5)
  /// A path costs a millisecond, and a peer sends hundreds of requests a second.
  private static let verdictLifetime = Duration.seconds(1)
  /// A peer has one certificate, rarely two.
  private static let mostJudged = 256
}

extension PeerCertificates.Verdict {
  var refusal: PeerCertificates.Refusal? {
    if case .refused(let refusal) = self { refusal } else { nil }
  }
}

extension PeerCertificates.Refusal {
  /// The same of a server, for people.
  func problem(host: String) -> PeerProblem {
    switch self {
    case .key: .otherKey(host)
    case .path: .certificate(host)
    case .expired: .expired(host)
    case .notYetValid: .notYetValid(host)
    case .revoked: .revoked(host)
    case .unknown: .revocationUnknown(host)
    }
  }
}
