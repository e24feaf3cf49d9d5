import AuditLog
import CanonicalJSON
import GRDB
import Glibc
import ServiceLifecycle

/// What time does to transfers: those whose deadline has passed are given up; offers whose bytes never
/// come as well; bundles that nobody opens get the receipt of that; an erasure that a crash broke off is
/// finished.
struct LapseService: Service {
  let node: ExchangeNode

  func run() async throws {
    await cancelWhenGracefulShutdown {
      repeat { await look() } while (try? await Task.sleep(for: .seconds(Self.pauseSeconds))) != nil
    }
  }

  private func look() async {
    let store = node.store
    await settle(try? store.rows(.erasing)) { _ = try await node.finishErasing($0.id) }
    await settle(try? store.overdue(now: node.now())) { row in
      // What is for a withdrawn peer is held; nothing of it is given up.
      guard (try? node.peer(row.peer)) != nil else { return }
      try await node.giveUp(row.id)
    }
    await settle(try? store.expired(before: limit(node.limits.offerExpirySeconds))) {
      try await expire($0)
    }
    await settle(try? store.unopened(before: limit(node.limits.retrievalSeconds))) {
      try await noteUnopened($0)
    }
  }

  /// One that fails, for a full disk or an authority that isn't reached, is looked at again; it keeps no
  /// other from being settled.
  private func settle(
    _ rows: [TransferRow]?, _ body: (TransferRow) async throws -> Void
  ) async {
    for row in rows ?? [] where !Task.isCancelled {
      do {
        try await body(row)
      } catch ExchangeError.busy {
        continue  // Another program delivers it now.
      } catch ExchangeError.wrongPhase {
        continue  // It moved on just now: its last byte came, somebody opened it.
      } catch {
        node.logger.error(
          "what time is over for can't be settled",
          metadata: ["transfer": "\(row.id)", "error": "\(error)"])
      }
    }
  }

  private func limit(_ seconds: Int) -> Int64 { node.now() - Int64(seconds) * 1000 }

  /// The transaction frees its reserved room; then the bytes go, or a later start removes them.
  private func expire(_ row: TransferRow) async throws {
    let receipt = try await node.sign(.relayFailure, of: row.statement, code: .deadline)
    try await node.store.advance(row.id, .expired) { transaction, row, _ in
      row.code = .deadline
      row.digestState = nil
      let code = JSON.string(TransferCode.deadline.rawValue)
      _ = try transaction.append(row.draft(.reject, ["outcome": "undeliverable", "code": code]))
      try transaction.issue(receipt, for: row)
      try transaction.db.queueMessage(
        .receipts(.relayFailure), of: row, at: transaction.milliseconds)
    }
    unlink(node.partPath(row.id))
  }

  private func noteUnopened(_ row: TransferRow) async throws {
    let receipt = try await node.sign(.nonRetrieval, of: row.statement)
    try await node.store.advance(row.id, .unopened) { transaction, row, _ in
      try transaction.issue(receipt, for: row)
      try transaction.db.queueMessage(
        .receipts(.nonRetrieval), of: row, at: transaction.milliseconds)
    }
  }

  /// Deadlines are kept within seconds; this costs four small questions.
  private static let pauseSeconds = 5
}

extension TransferStore {
  fileprivate func rows(_ phase: TransferPhase) throws -> [TransferRow] {
    try lapsed("phase = ?", [phase.rawValue])
  }

  /// Accepted offers of which no byte has come since `time`, milliseconds since 1970.
  fileprivate func expired(before time: Int64) throws -> [TransferRow] {
    try lapsed("phase IN ('offered', 'receiving') AND updated < ?", [time])
  }

  /// Bundles that came into the inbox before `time`, that nobody has opened, and that have no receipt
  /// of that yet.
  fileprivate func unopened(before time: Int64) throws -> [TransferRow] {
    try lapsed(
      """
      phase = 'delivered' AND opened = 0 AND updated < ? AND NOT EXISTS (SELECT 1
        FROM exchange_receipts WHERE transfer = id AND issued_here = 1 AND kind = 'NON_RETRIEVAL')
      """, [time])
  }

  private func lapsed(_ condition: String, _ arguments: StatementArguments) throws -> [TransferRow]
  {
    try log.read { db in
      try db.transfers(
        TransferRow.select(
          "WHERE direction = 'in' AND \(condition) ORDER BY updated LIMIT \(Self.batchLimit)"),
        arguments)
    }
  }
}
