import AuditLog
public import CanonicalJSON
import DurableFiles
public import Federation
import GRDB

/// A bundle that a person opened.
public struct OpenedTransfer: Sendable {
  /// The transfer.
  public let summary: TransferSummary
  /// Where the bundle lies.
  public let path: String
  /// Whether the sender has the receipt of retrieval; otherwise it gets it later.
  public let isReceiptDelivered: Bool

  /// For programs; keys are stable.
  public var json: JSON {
    .object([
      "transfer": .string(summary.id), "bundle": .string(summary.bundle),
      "peer": .string(summary.peer), "file": .string(path),
      "state": .string(summary.phase.rawValue),
      "receipt": .string(isReceiptDelivered ? "delivered" : "waiting"),
    ])
  }
}

extension ExchangeNode {
  /// Hands a checked bundle to a person, who says why.
  ///
  /// Who and why go into the log's personal layer (LED art. 25: consultation needs a justification).
  /// The first opening makes the receipt of retrieval, each one is logged.
  ///
  /// - Throws: ``ExchangeError/wrongPhase(_:)`` for a transfer that isn't in the inbox.
  public func open(
    _ id: String, reason: String, by officer: Officer
  ) async throws -> OpenedTransfer {
    let id = try transferID(id)
    let before = try store.row(id)
    guard before.state.direction == .in else { throw ExchangeError.unknownTransfer(id.text) }
    guard before.state.phase == .delivered || before.state.phase == .retrieved else {
      throw ExchangeError.wrongPhase(before.state.phase)
    }
    _ = try facts(ofFile: inboxPath(id))
    let receipt =
      before.state.phase == .delivered ? try await sign(.retrieval, of: before.statement) : nil
    let row = try await store.advance(id, .opened) { transaction, row, actions in
      let people = ["actor": officer.id.text, "reason": reason]
      _ = try transaction.append(
        row.draft(.retrieve, ["role": .string(officer.role)], personal: people))
      // Two people may open it at the same time: one receipt is made.
      if let receipt, actions.contains(.issue(.retrieval)) {
        try transaction.issue(receipt, for: row)
        try transaction.db.queueReceipt(.retrieval, of: row, at: transaction.milliseconds)
      }
      return row
    }
    let isDelivered = await pushReceipts(of: row)
    return OpenedTransfer(
      summary: row.summary, path: inboxPath(id), isReceiptDelivered: isDelivered)
  }

  /// Tries at once; what doesn't get through stays in the receipt outbox, for the delivery service.
  private func pushReceipts(of row: TransferRow) async -> Bool {
    do {
      try await PeerLinks.with(self) { links in
        try await pushReceipts(to: links.link(to: peer(row.peer)), of: row.peer, now: .max)
      }
    } catch { logger.info("a receipt waits", metadata: ["why": "\(error)"]) }
    let waiting = try? log.read { try $0.waitingReceipts(for: row.peer, now: .max) }
    return waiting.map { !$0.contains { $0.id == row.id } } ?? false
  }

  /// Pushes the receipts that wait for a peer and are due at `now`.
  func pushReceipts(to link: PeerLink, of peer: String, now: Int64) async throws {
    for waiting in try log.read({ try $0.waitingReceipts(for: peer, now: now) }) {
      let envelopes = try store.envelopes(waiting.id)
      do {
        let answer = try await link.post(
          Route.receipts(waiting.id), ["receipts": .array(envelopes.map(\.json))],
          limit: WireLimits.receipts)
        guard answer.status == 200 else {
          throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
        }
        try await log.transaction { try $0.db.removeWaitingReceipt(waiting) }
      } catch {
        try await log.transaction { transaction in
          try transaction.db.postponeReceipt(waiting, at: transaction.milliseconds)
        }
        throw error
      }
    }
  }
}

/// A receipt that the sender of a transfer doesn't have yet.
struct WaitingReceipt: Hashable, Sendable {
  var id: TransferID
  var kind: String
  var attempts: Int
}

extension Database {
  fileprivate func queueReceipt(_ kind: Receipt.Kind, of row: TransferRow, at time: Int64) throws {
    try execute(
      sql: "INSERT OR IGNORE INTO exchange_receipt_outbox VALUES(?, ?, ?, 0, ?)",
      arguments: [row.id.text, kind.rawValue, row.peer, time])
  }

  func waitingReceipts(for peer: String, now: Int64) throws -> [WaitingReceipt] {
    try Row.fetchAll(
      self,
      sql: """
        SELECT * FROM exchange_receipt_outbox WHERE peer = ? AND next_attempt <= ?
        ORDER BY next_attempt LIMIT 64
        """, arguments: [peer, now]
    ).compactMap { row in
      TransferID(row["transfer"]).map {
        WaitingReceipt(id: $0, kind: row["kind"], attempts: row["attempts"])
      }
    }
  }

  /// The peers that a receipt waits for and that are due.
  func peersAwaitingReceipts(now: Int64) throws -> [String] {
    try String.fetchAll(
      self,
      sql: "SELECT DISTINCT peer FROM exchange_receipt_outbox WHERE next_attempt <= ? LIMIT 1000",
      arguments: [now])
  }

  fileprivate func removeWaitingReceipt(_ receipt: WaitingReceipt) throws {
    try execute(
      sql: "DELETE FROM exchange_receipt_outbox WHERE transfer = ? AND kind = ?",
      arguments: [receipt.id.text, receipt.kind])
  }

  /// Doubling pauses from ten seconds to about an hour; a receipt is never given up.
  fileprivate func postponeReceipt(_ receipt: WaitingReceipt, at time: Int64) throws {
    let pause = Int64(10_000) << Int64(min(receipt.attempts, 9))
    try execute(
      sql: """
        UPDATE exchange_receipt_outbox SET attempts = attempts + 1, next_attempt = ?
        WHERE transfer = ? AND kind = ?
        """, arguments: [time + pause, receipt.id.text, receipt.kind])
  }
}
