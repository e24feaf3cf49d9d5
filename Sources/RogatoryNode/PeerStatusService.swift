import CAdES
import Dispatch
import Exchange
import Federation
import Logging
import ServiceLifecycle
import Synchronization

/// Asks by the clock about the TLS certificates of all peers, and keeps what the answers say. The listener
/// and the links read it again every five seconds.
struct PeerStatusService: Service {
  let home: NodeHome
  let settings: NodeConfiguration.PeerRevocation
  let exchange: ExchangeNode
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      var state = State()
      while !Task.isCancelled {
        state = await round(state)
        try? await Task.sleep(for: .seconds(min(interval, Self.tick)))
      }
    }
  }

  private struct State: Sendable {
    /// When each certificate was asked about with success, by its digest.
    var asked: [[UInt8]: Int64] = [:]
    var probed: [NodeID: Int64] = [:]
    /// What was said of each peer last, so that it is said once.
    var told: [NodeID: String] = [:]
  }

  private func round(_ old: State) async -> State {
    guard let peers = try? home.peers() else { return old }
    var state = old
    await completeChains(peers.map(\.card), &state)
    let isStopped = Mutex(false)
    let begun = state
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        // A responder may let us wait; that must not hold up what serves peers.
        DispatchQueue.global(qos: .utility).async {
          continuation.resume(
            returning: ask(peers.map(\.card), begun, isStopped: { isStopped.withLock { $0 } }))
        }
      }
    } onCancel: {
      isStopped.withLock { $0 = true }
    }
  }

  /// A client sees a server's leaf alone. Where its issuers are needed, a handshake of its own shows them.
  private func completeChains(_ cards: [PeerCard], _ state: inout State) async {
    let now = currentTime()
    let chains = home.peerStatusStore.chains()
    let open = cards.filter { card in
      card.delivery == .push && now - (state.probed[card.node] ?? 0) >= Int64(interval)
        && (chains[card.node] ?? []).contains { $0.count == 1 && links(of: $0, card, now).isEmpty }
    }
    for card in open.prefix(Self.probes) {
      state.probed[card.node] = now
      if let chain = try? await exchange.shownCertificates(of: card.node.text) {
        home.peerStatusStore.keep(chain, of: card.node)
      }
    }
  }

  private func ask(_ cards: [PeerCard], _ old: State, isStopped: () -> Bool) -> State {
    var state = old
    let now = currentTime()
    let store = home.peerStatusStore
    let known = (try? home.heldPeers().map(\.card.node)) ?? []
    store.clean(keeping: Set(cards.map(\.node) + known), at: now)
    let chains = store.chains()
    var inquiry = PeerStatusInquiry(
      store: store, sources: RevocationSources(home: home), settings: settings)
    let end = ContinuousClock.now + Self.longestRound
    var failures: [NodeID: [PeerStatusInquiry.Failure]] = [:]
    for (peer, link) in open(cards, chains, state, now) where !isStopped() && .now < end {
      // Peers may have an issuer in common.
      guard now - (state.asked[link.certificate.sha256] ?? 0) >= Int64(interval) else { continue }
      let failed = inquiry.ask(about: link, at: now)
      if failed.isEmpty {
        state.asked[link.certificate.sha256] = now
      } else {
        failures[peer] = failed
      }
    }
    tell(cards, failures, &state, now)
    return state
  }

  /// What is due, who waits longest first, should a round not reach the end.
  private func open(
    _ cards: [PeerCard], _ chains: [NodeID: [[Certificate]]], _ state: State, _ now: Int64
  ) -> [(peer: NodeID, link: PeerStatusInquiry.Link)] {
    var found: [(peer: NodeID, link: PeerStatusInquiry.Link, asked: Int64)] = []
    for card in cards {
      for chain in chains[card.node] ?? [] {
        for link in links(of: chain, card, now) {
          let asked = state.asked[link.certificate.sha256] ?? 0
          if now - asked >= Int64(interval) { found.append((card.node, link, asked)) }
        }
      }
    }
    return found.sorted { $0.asked < $1.asked }.map { ($0.peer, $0.link) }
  }

  /// Says what changed: to whom a certificate was revoked, of whom nothing new is known.
  private func tell(
    _ cards: [PeerCard], _ failures: [NodeID: [PeerStatusInquiry.Failure]], _ state: inout State,
    _ now: Int64
  ) {
    let statuses = home.peerStatuses(cards, at: now)
    for card in cards {
      let line: String?
      if let status = statuses[card.node], case .revoked = status.standing {
        line = "\(status.words); what waits for \(card.node) is held until it has another"
      } else {
        line = failures[card.node]?.map(\.words).joined(separator: "; ")
      }
      guard state.told[card.node] != line else { continue }
      let isRevoked = failures[card.node] == nil && line != nil
      state.told[card.node] = line
      let words = line ?? ""
      if line == nil {
        logger.info("the TLS certificate of \(card.node) is asked about again")
      } else if isRevoked {
        logger.error("\(card.node): \(words)")
      } else {
        logger.warning(
          "nothing new is known of the revocation of \(card.node)'s TLS certificate: \(words)")
      }
    }
  }

  private func links(
    of chain: [Certificate], _ card: PeerCard, _ now: Int64
  ) -> [PeerStatusInquiry.Link] {
    home.links(of: chain, card, at: now)
  }

  private var interval: Int { settings.interval }
  /// Seconds until a look at what is new: a certificate that was never seen before doesn't wait long.
  private static let tick = 60
  /// Handshakes for the sake of their certificates in one round; each may take ten seconds.
  private static let probes = 8
  /// A responder may take half a minute for each certificate.
  private static let longestRound = Duration.seconds(600)
}

extension NodeHome {
  /// The certificates of a chain that can be revoked, if the peer's card still names its key.
  func links(
    of chain: [Certificate], _ card: PeerCard, at now: Int64
  ) -> [PeerStatusInquiry.Link] {
    guard let leaf = chain.first, card.tlsKeys.contains(leaf.spkiSHA256) else { return [] }
    return leaf.revocableLinks(
      anchors: card.tlsAnchors, through: Array(chain.dropFirst()), at: now)
  }

  /// Where connections look, and what they tell.
  func peerRevocations() -> PeerRevocations {
    let (store, settings) = (peerStatusStore, configuration.peerRevocation)
    return PeerRevocations(
      isRequired: configuration.requirePeerRevocation ?? false,
      lists: {
        let sources = RevocationSources(home: self)
        return sources.lists(at: currentTime())
          + sources.keptLists(ofURLs: followedListURLs(), at: currentTime())
      },
      responses: { store.responses() }, chains: { store.chains().values.flatMap { $0 } },
      keep: { store.keep($0, of: $1) },
      ask: { chain, card in
        guard let settings else { return [] }
        let now = currentTime()
        let links = links(of: chain, card, at: now)
        guard !links.isEmpty else { return [] }
        store.keep(chain, of: card.node)
        var inquiry = PeerStatusInquiry(
          store: store, sources: RevocationSources(home: self), settings: settings)
        var failures: [PeerStatusInquiry.Failure] = []
        for link in links {
          let kept = store.response(about: link.certificate)
          let known = try? kept?.checkedStatus(
            of: link.certificate, issuedBy: link.issuer, at: now)
          if known == nil { failures += inquiry.ask(about: link, at: now) }
        }
        return failures.map(\.words)
      })
  }
}
