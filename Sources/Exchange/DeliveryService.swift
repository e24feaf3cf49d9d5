import DurableFiles
import Federation
import Logging
import ServiceLifecycle

/// Delivers what waits in the outbox, brings peers receipts and recalls, and swaps checkpoints with quiet peers.
///
/// Each peer is served by at most one task, so that the order is kept for it; ``DeliveryTurns`` sees to it
/// that a slow or dead one delays nobody else.
struct DeliveryService: Service {
  let node: ExchangeNode

  init(_ node: ExchangeNode) { self.node = node }

  /// Works until the node shuts down; what is under way is broken off and goes on at the next start.
  func run() async throws {
    try removeOrphans()
    try await cancelWhenGracefulShutdown {
      try await PeerLinks.with(node) { try await serve($0) }
    }
  }

  private func serve(_ links: PeerLinks) async throws {
    let limits = node.limits
    var turns = DeliveryTurns(
      concurrent: limits.concurrentDeliveries, turnSeconds: limits.deliveryTurnSeconds,
      longestPauseSeconds: limits.longestPauseSeconds)
    var lastSwap: [String: Int64] = [:]
    var ends: [String: AsyncStream<Void>.Continuation] = [:]
    await withTaskGroup(of: Finished?.self) { group in
      // One child is the clock, each other one a peer; `nil` is the clock's tick.
      group.addTask { await tick() }
      while let finished = await group.next(), !Task.isCancelled {
        let now = node.now()
        if let finished {
          ends.removeValue(forKey: finished.peer)?.finish()
          turns.finish(finished.peer, finished.outcome, at: now)
        } else {
          group.addTask { await tick() }
        }
        for peer in turns.begin(work(now, lastSwap), at: now) {
          lastSwap[peer] = now
          let pause = turns.breaker(of: peer).nextPause(jitter: Backoff.jitter())
          let end = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
          ends[peer] = end.continuation
          group.addTask {
            Finished(peer: peer, outcome: await turn(peer, links, pause, until: end.stream))
          }
        }
        for peer in turns.overstayed(at: now) { ends[peer]?.yield() }
      }
      group.cancelAll()
    }
  }

  private struct Finished: Sendable {
    var peer: String
    var outcome: DeliveryTurns.Outcome
  }

  private func tick() async -> Finished? {
    try? await Task.sleep(for: .seconds(1))
    return nil
  }

  /// The peers for which something is due: transfers first, then receipts and recalls, then the heartbeat. What is
  /// held is due as soon as its peer is approved again.
  private func work(_ now: Int64, _ lastSwap: [String: Int64]) -> [String] {
    let transfers = (try? node.store.peersWithDue(now: now)) ?? []
    let held = (try? node.store.peersWithHeld(now: now)) ?? []
    let messages = (try? node.log.read { try $0.peersAwaitingMessages(now: now) }) ?? []
    let approved = Set((try? node.directory.value().peers.keys.map(\.text)) ?? [])
    let heartbeat = Int64(node.limits.heartbeatSeconds) * 1000
    let quiet = approved.filter { now - (lastSwap[$0] ?? 0) >= heartbeat }.sorted()
    let known = (held + messages).filter { approved.contains($0) }
    // What is for a peer that fetches lies in its mailbox.
    var seen = Set(
      ((try? node.directory.value().peers.values.filter { $0.card.delivery == .pull }) ?? [])
        .map(\.card.node.text))
    return (transfers + known + quiet).filter { seen.insert($0).inserted }
  }

  /// A peer's turn, until it is done or told to end.
  private func turn(
    _ peer: String, _ links: PeerLinks, _ pause: Int64, until end: AsyncStream<Void>
  ) async -> DeliveryTurns.Outcome {
    await withTaskGroup(of: DeliveryTurns.Outcome?.self) { group in
      group.addTask { await serve(peer, links, pause) }
      group.addTask {
        for await _ in end { break }
        return nil
      }
      var outcome = DeliveryTurns.Outcome.ended
      while let finished = await group.next() {
        if let finished { outcome = finished }
        group.cancelAll()
      }
      return outcome
    }
  }

  /// Everything that is due for one peer, in order. A failure of the peer ends this round for it.
  private func serve(
    _ peer: String, _ links: PeerLinks, _ pause: Int64
  ) async -> DeliveryTurns.Outcome {
    do {
      let now = node.now()
      let manner = DeliveryManner(patience: Self.patience, pause: pause)
      let window = DeliveryWindow(node: node, peer: peer, links: links, manner: manner) {
        note($0, peer)
      }
      let tried = try await window.run(at: now)
      let link = try links.link(to: node.peer(peer))
      if tried == 0 { try await node.swapCheckpoints(link) }
      try await node.pushMessages(to: link, of: peer, now: now)
      return .reached
    } catch {
      note(error, peer)
      if Task.isCancelled || error is CancellationError { return .ended }
      switch error as? ExchangeError {
      case .unknownPeer: return .ended
      // It answers: what is due waits as long as its row says.
      case let error? where error.isOfTheMinute: return .reached
      case let error? where error.isOfPeer: return .failed(pause: pause)
      default: return .ended
      }
    }
  }

  private func note(_ error: any Error, _ peer: String) {
    guard !(error is CancellationError) else { return }
    let words = (error as? ExchangeError)?.words ?? "\(error)"
    let level: Logger.Level =
      switch error as? ExchangeError {
      case .fork, .ownFork: .error
      default: .notice
      }
    node.logger.log(level: level, "delivery", metadata: ["peer": "\(peer)", "why": "\(words)"])
  }

  /// Encrypted files of settled transfers, and those that no transfer names: a crash came between file
  /// and transaction. Young ones may belong to a program that is about to name them. What is half
  /// written belongs to nobody where nobody writes it.
  private func removeOrphans() throws {
    try AtomicFile.removeAbandoned(in: node.folders.outbox)
    for name in try names(inFolder: node.folders.outbox) {
      guard name.hasSuffix(".age"), let id = TransferID(String(name.dropLast(4))) else { continue }
      let row = try node.log.read { try $0.transfer(id) }
      guard row?.state.isFinal ?? true else { continue }
      let path = node.outboxPath(id)
      let age = node.now() - (try facts(ofFile: path).modified / 1_000_000)
      if row != nil || age > Self.orphanAge { try removeDurably(path) }
    }
  }

  /// Seconds to wait for a receipt before the next transfer of the peer has its turn.
  private static let patience = 5
  /// Milliseconds; encrypting the largest bundle takes less than a day.
  private static let orphanAge: Int64 = 86_400_000
}
