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
    /// `isCurrent`: something current speaks of the whole path, and nothing names it.
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
    /// Nothing current, on a node that asks for it.
    case unknown = "REVOCATION_UNKNOWN"
  }

  private struct Held {
    var data = RevocationData()
    /// The rest of each chain that was shown, by its leaf: a finished connection doesn't tell it.
    var issuers: [Certificate: [Certificate]] = [:]
    var until: ContinuousClock.Instant?
  }

  private let source: PeerRevocations
  var isRevocationRequired: Bool { source.isRequired }
  private let held = Mutex(Held())
  private let isRefreshing = Mutex(false)
  /// The keys are peers of the directory, so it can't grow.
  private let newest = Mutex<[NodeID: Bool]>([:])
  private let judged = Mutex<[Judged: (verdict: Verdict, until: ContinuousClock.Instant)]>([:])
  /// What was shown and isn't handed on to be kept yet: one for each peer, the newest.
  private let shown = Mutex<[NodeID: [Certificate]]>([:])

  private struct Judged: Hashable {
    let leaf: Certificate
    let card: PeerCard
  }

  init(_ source: PeerRevocations) { self.source = source }

  /// Reads what is known again where that is older than five seconds, on a thread that may block.
  func refresh() async throws {
    if !isFresh { try await NIOThreadPool.singleton.runIfActive { self.refreshNow() } }
  }

  /// The same for an event loop, which can't wait: it is there at one of the next looks.
  func refreshSoon() {
    let begins = isRefreshing.withLock { isRefreshing in
      defer { isRefreshing = true }
      return !isRefreshing
    }
    guard begins else { return }
    NIOThreadPool.singleton.submit { state in
      if state == .active { self.refreshNow() }
      self.isRefreshing.withLock { $0 = false }
    }
  }

  func refreshNow() {
    guard !isFresh else { return }
    keepShown()
    var new = Held(
      data: RevocationData(lists: source.lists(), responses: source.responses()),
      until: .now + Self.lifetime)
    for chain in source.chains() {
      if let leaf = chain.first { new.issuers[leaf] = Array(chain.dropFirst()) }
    }
    held.withLock { $0 = new }
  }

  private var isFresh: Bool { held.withLock { $0.until.map { .now < $0 } ?? false } }

  /// Hands on which certificates peers have shown; may block.
  func keepShown() {
    let new = shown.withLock { shown in
      defer { shown = [:] }
      return shown
    }
    for (peer, chain) in new { source.keep(chain, peer) }
  }

  /// Asks about what a peer shows, where nothing current is known, and returns who gave no answer that counts;
  /// may block for a minute.
  func ask(_ chain: [Certificate], of card: PeerCard) -> [String] {
    let failures = source.ask(chain, card)
    held.withLock { $0.until = nil }
    refreshNow()
    return failures
  }

  /// Judges what a peer presents in a handshake, the leaf first, and notes how it stood.
  ///
  /// - Parameter isProven: whether the handshake is over, so that the peer has shown to have the key.
  func judge(
    _ chain: [Certificate], of card: PeerCard, at now: Int64, isProven: Bool = false
  ) -> Verdict {
    guard let leaf = chain.first, card.tlsKeys.contains(leaf.spkiSHA256) else {
      return .refused(.key)
    }
    let (data, known) = held.withLock { ($0.data, $0.issuers[leaf]) }
    let standing = leaf.standing(
      anchors: card.tlsAnchors, through: Array(chain.dropFirst()) + (known ?? []), data, at: now)
    // What nobody vouches for may be anybody's: it doesn't take the place of the peer's own.
    if isProven || standing != .noPath, known.map({ $0.count < chain.count - 1 }) ?? true {
      shown.withLock { $0[card.node] = chain }
    }
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

  /// What speaks of the revocation of a peer's certificate now; nil where nothing does.
  func revocationSource(
    _ chain: [Certificate], of card: PeerCard, at now: Int64
  ) -> RevocationSource? {
    chain.first?.revocationSource(
      anchors: card.tlsAnchors, through: Array(chain.dropFirst()), held.withLock { $0.data },
      at: now)
  }

  /// Judges a certificate again whose handshake held: it may have ended or been revoked since. Where its
  /// issuers weren't seen, no path means that nothing new is known.
  func judgeAgain(_ leaf: Certificate, of card: PeerCard, at now: Int64) -> Refusal? {
    let key = Judged(leaf: leaf, card: card)
    let known = judged.withLock { $0[key] }
    if let known, .now < known.until { return known.verdict.refusal }
    let (data, issuers) = held.withLock { ($0.data, $0.issuers[leaf] ?? []) }
    let standing = leaf.standing(anchors: card.tlsAnchors, through: issuers, data, at: now)
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

  /// Lists and answers are issued daily or weekly; a revocation must not wait for long all the same.
  private static let lifetime = Duration.seconds(5)
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
