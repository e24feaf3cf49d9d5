import DurableFiles
import Federation
import Logging
import ServiceLifecycle

/// Delivers what waits in the outbox, pushes receipts, and swaps checkpoints with quiet peers.
///
/// Each peer is served by at most one task, so that the order is kept for it and a slow one delays
/// nobody else.
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
    var lastSwap: [String: Int64] = [:]
    await withTaskGroup(of: String?.self) { group in
      var busy: Set<String> = []
      // One child is the clock, each other one a peer; `nil` is the clock's tick.
      group.addTask { await tick() }
      while let finished = await group.next(), !Task.isCancelled {
        if let finished {
          busy.remove(finished)
          continue
        }
        let now = node.now()
        for peer in work(now, lastSwap) where !busy.contains(peer) {
          guard busy.count < node.limits.concurrentDeliveries else { break }
          busy.insert(peer)
          lastSwap[peer] = now
          group.addTask {
            await serve(peer, links)
            return peer
          }
        }
        group.addTask { await tick() }
      }
      group.cancelAll()
    }
  }

  private func tick() async -> String? {
    try? await Task.sleep(for: .seconds(1))
    return nil
  }

  /// The peers for which something is due: transfers first, then receipts, then the heartbeat.
  private func work(_ now: Int64, _ lastSwap: [String: Int64]) -> [String] {
    let transfers = (try? node.store.due(.out, Self.phases, now: now)) ?? []
    let receipts = (try? node.log.read { try $0.peersAwaitingReceipts(now: now) }) ?? []
    let heartbeat = Int64(node.limits.heartbeatSeconds) * 1000
    let quiet = ((try? node.directory.value().peers.keys.map(\.text)) ?? []).filter {
      now - (lastSwap[$0] ?? 0) >= heartbeat
    }
    var seen: Set<String> = []
    return (transfers.map(\.peer) + receipts + quiet).filter { seen.insert($0).inserted }
  }

  /// Everything that is due for one peer, in order. A failure ends this round for it.
  private func serve(_ peer: String, _ links: PeerLinks) async {
    do {
      let now = node.now()
      let due = try node.store.due(.out, Self.phases, now: now).filter { $0.peer == peer }
      for row in due {
        do {
          _ = try await node.deliver(row.id, links, patience: Self.patience)
        } catch ExchangeError.busy {
          continue
        } catch let error as ExchangeError where !error.endsRound {
          note(error, peer)
        }
      }
      let link = try links.link(to: node.peer(peer))
      if due.isEmpty { try await node.swapCheckpoints(link) }
      try await node.pushReceipts(to: link, of: peer, now: now)
    } catch { note(error, peer) }
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

  /// Encrypted files of settled transfers, and those that no transfer names: a crash came between file and transaction. Young ones
  /// may belong to a program that is about to name them.
  private func removeOrphans() throws {
    for name in try names(inFolder: node.folders.outbox) {
      guard name.hasSuffix(".age"), let id = TransferID(String(name.dropLast(4))) else { continue }
      let row = try node.log.read { try $0.transfer(id) }
      guard row?.state.isFinal ?? true else { continue }
      let path = node.outboxPath(id)
      let age = node.now() - (try facts(ofFile: path).modified / 1_000_000)
      if row != nil || age > Self.orphanAge { try removeDurably(path) }
    }
  }

  private static let phases: [TransferPhase] = [
    .queued, .offered, .uploading, .waiting, .relayed,
  ]
  /// Seconds to wait for a receipt before the next transfer of the peer has its turn.
  private static let patience = 5
  /// Milliseconds; encrypting the largest bundle takes less than a day.
  private static let orphanAge: Int64 = 86_400_000
}

extension ExchangeError {
  /// Whether the same would meet the peer's next transfer too.
  fileprivate var endsRound: Bool {
    switch self {
    case .unreachable, .fork, .ownFork, .ownCertificate, .unknownPeer, .heldPeer: true
    case .refusedByPeer(let status, _): status == 429 || status == 503
    default: false
    }
  }
}
