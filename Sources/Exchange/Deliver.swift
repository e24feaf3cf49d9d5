import AuditLog
import Federation

extension ExchangeNode {
  /// Tries to deliver a transfer now, and returns where it stands then.
  ///
  /// It waits for the receipt of delivery as long as ``ExchangeLimits/receiptTimeoutSeconds`` says;
  /// a transfer that the peer is still checking comes back as `relayed`, one that it refused as
  /// `rejected` with a code.
  ///
  /// - Throws: ``ExchangeError/unreachable(_:)`` where the peer isn't reached or breaks off: the
  ///   transfer stays in the outbox and goes on from where it was. ``ExchangeError/busy(_:)`` where
  ///   another program delivers it now, ``ExchangeError/fork(origin:)`` where a log contradicts itself.
  public func deliver(_ id: String) async throws -> TransferSummary {
    let row = try store.row(id, .out)
    let manner = DeliveryManner(patience: limits.receiptTimeoutSeconds)
    return try await PeerLinks.with(self) { try await deliver(row, $0, manner) }
  }

  func deliver(
    _ row: TransferRow, _ links: PeerLinks, _ manner: DeliveryManner
  ) async throws -> TransferSummary {
    if row.state.isFinal { return row.summary }
    // It lies in the mailbox until the peer fetches it.
    if (try? peer(row.peer))?.card.delivery == .pull { return row.summary }
    var begun: DeliveryAttempt?
    do {
      let lock = try OutboxLock(outboxPath(row.id), row.id)
      defer { lock.release() }
      let link = try links.link(to: peer(row.peer))
      // Read again: another program may have had it until now.
      let (fresh, known) = try log.read { db in
        guard let fresh = try db.transfer(row.id) else {
          throw ExchangeError.unknownTransfer(row.id.text)
        }
        return (fresh, try db.receivedReceipts(row.id))
      }
      if fresh.state.isFinal { return fresh.summary }
      let attempt = DeliveryAttempt(number: fresh.attempts + 1, time: now())
      begun = attempt
      var delivery = Delivery(
        node: self, link: link, manner: manner, attempt: attempt, row: fresh, known: known)
      return try await delivery.run()
    } catch ExchangeError.busy(let id) {
      throw ExchangeError.busy(id)
    } catch {
      try await interrupted(row.id, error, begun, manner)
      throw error
    }
  }

  /// Notes why it waits and when it is tried again.
  ///
  /// Where the peer is what stands in the way, none of its transfers is due before, so that their
  /// order is kept. What waits for a peer that was withdrawn is held, not lost.
  private func interrupted(
    _ id: TransferID, _ error: any Error, _ attempt: DeliveryAttempt?, _ manner: DeliveryManner
  ) async throws {
    let isBrokenOff = error is CancellationError || Task.isCancelled
    let error = error as? ExchangeError
    let isWithheld = error?.holdsQueue ?? false
    let backoff = Backoff(longestSeconds: limits.longestPauseSeconds)
    let now = now()
    let isOverdue: Bool
    do {
      isOverdue = try await store.advance(id, isWithheld ? .withheld : .interrupted) {
        transaction, row, _ in
        attempt?.count(in: &row)
        guard !isBrokenOff else {
          // Where another transfer found the peer gone, its pause holds for this one, too.
          row.nextAttempt = max(row.nextAttempt ?? now, now)
          return false
        }
        row.why = error?.words ?? "this node's own files or keys stand in the way"
        guard !isWithheld else {
          row.nextAttempt = nil
          return false
        }
        var pause =
          manner.pause ?? backoff.pause(afterFailures: row.attempts, jitter: Backoff.jitter())
        if error?.isOfTheMinute == true { pause = min(pause, Self.pauseInMinute) }
        row.nextAttempt = now + pause
        if error?.isOfPeer == true {
          try transaction.db.postponeAll(to: row.peer, until: now + pause)
        }
        return row.state.phase == .waiting && (row.deadline ?? .max) < now
      }
    } catch ExchangeError.wrongPhase { return }
    if isOverdue { try await giveUp(id) }
  }

  /// Milliseconds until a peer is tried again that counts by the minute: of a queue of thousands no more time
  /// is lost, and a peer that is flooded is asked four times a minute.
  private static let pauseInMinute: Int64 = 15_000
}

/// One attempt to deliver: it is counted with whatever is stored of it first, be that its failure.
struct DeliveryAttempt: Sendable {
  let number: Int
  /// When it began, milliseconds since 1970.
  let time: Int64

  /// Counts it, unless it is counted.
  func count(in row: inout TransferRow) {
    guard row.attempts < number else { return }
    row.attempts = number
    row.lastAttempt = time
  }
}

/// How long one attempt may take, and what a failure means.
struct DeliveryManner: Sendable {
  /// Seconds to wait for receipts after the upload.
  var patience: Int
  /// How long the peer is left alone if it isn't reached, in milliseconds; nil: as the transfer's own
  /// attempts say.
  var pause: Int64?
  /// Called when the peer knows it, and its `send` is durable.
  var onOffered: @Sendable () -> Void = {}
  /// Waited for before its bytes are sent.
  var turnToUpload: @Sendable () async -> Void = {}
  /// Called when the peer has every byte.
  var onUploaded: @Sendable () -> Void = {}
}

extension ExchangeError {
  /// Whether the same would meet the peer's next transfer too.
  var isOfPeer: Bool {
    switch self {
    case .unreachable, .fork, .ownFork, .ownCertificate, .unknownPeer, .heldPeer: true
    case .refusedByPeer(let status, let code):
      status == 429 || status == 503 || status == 401
        || (status == 403 && ["PEER", "CERTIFICATE"].contains(code))
    default: false
    }
  }
}
