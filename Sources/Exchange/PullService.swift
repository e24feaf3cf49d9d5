import Federation
import Logging
import ServiceLifecycle

/// Fetches what waits at peers, where this node's card says that it isn't called.
///
/// Each peer is asked by at most one task. A peer that fails is asked later and later, never at the
/// same moment as others.
struct PullService: Service {
  let node: ExchangeNode
  let reception: Reception

  /// Works until the node shuts down; a download that is broken off goes on at the next start.
  func run() async throws {
    try await cancelWhenGracefulShutdown {
      try await PeerLinks.with(node) { await serve($0) }
    }
  }

  private struct Turn: Sendable {
    var peer: NodeID
    var isReached: Bool
  }

  private func serve(_ links: PeerLinks) async {
    await withTaskGroup(of: Turn?.self) { group in
      var busy: Set<NodeID> = []
      var failures: [NodeID: Int] = [:]
      var due: [NodeID: ContinuousClock.Instant] = [:]
      // One child is the clock, each other one a peer; `nil` is the clock's tick.
      group.addTask { await tick() }
      while let finished = await group.next(), !Task.isCancelled {
        if let turn = finished {
          busy.remove(turn.peer)
          failures[turn.peer] = turn.isReached ? nil : failures[turn.peer, default: 0] + 1
          due[turn.peer] = .now + pause(after: failures[turn.peer] ?? 0)
          continue
        }
        for peer in mailboxes() where !busy.contains(peer.card.node) {
          let node = peer.card.node
          guard busy.count < self.node.limits.concurrentPulls else { break }
          guard due[node].map({ $0 <= .now }) ?? true else { continue }
          busy.insert(node)
          group.addTask { Turn(peer: node, isReached: await round(peer, links)) }
        }
        group.addTask { await tick() }
      }
      group.cancelAll()
    }
  }

  private func tick() async -> Turn? {
    try? await Task.sleep(for: .seconds(1))
    return nil
  }

  /// The peers that this node asks: none unless its own card says so, for each peer then calls it.
  private func mailboxes() -> [Peer] {
    guard let directory = try? node.directory.value(), directory.own.delivery == .pull else {
      return []
    }
    return directory.peers.values.filter { $0.card.delivery == .push }
  }

  private func round(_ peer: Peer, _ links: PeerLinks) async -> Bool {
    do {
      let pull = Pull(
        node: node, reception: reception, link: try links.link(to: peer), peer: peer, checks: false)
      let report = try await pull.round(waiting: PeerLinks.longestPoll)
      for (transfer, code) in report.declined {
        node.logger.notice(
          "an offer isn't taken",
          metadata: ["peer": "\(peer.card.node)", "transfer": "\(transfer)", "code": "\(code)"])
      }
      return report.declined.isEmpty
    } catch {
      if !(error is CancellationError) {
        let words = (error as? ExchangeError)?.words ?? "\(error)"
        node.logger.notice(
          "fetching", metadata: ["peer": "\(peer.card.node)", "why": "\(words)"])
      }
      return false
    }
  }

  /// After an answer, a second at most: the peer lets us wait where it has nothing. After failures,
  /// and while there is something that isn't taken, as long as the sender of a transfer would wait.
  private func pause(after failures: Int) -> Duration {
    guard failures > 0 else { return .milliseconds(.random(in: 200...1000)) }
    let longest = Double(node.limits.longestPauseSeconds)
    let seconds = min(longest, 4 * Double(1 << min(failures - 1, 20)))
    return .seconds(seconds * .random(in: 0.5...1))
  }
}
