import AuditLog
import CanonicalJSON
import DurableFiles
public import Federation

extension ExchangeNode {
  /// Cancels a transfer of which the peer can't have a byte; one that was sent is recalled instead.
  ///
  /// - Throws: ``ExchangeError/wrongPhase(_:)`` where it was sent, ``ExchangeError/busy(_:)`` where
  ///   another program delivers it now.
  public func cancel(_ id: String, by officer: Officer) async throws -> TransferSummary {
    try await cancel(transferID(id), reason: nil, people: ["actor": officer.id.text])
  }

  func cancel(
    _ id: TransferID, reason: ReasonCode?, people: [String: String]
  ) async throws -> TransferSummary {
    let lock = try OutboxLock.ifPresent(outboxPath(id), id)
    defer { lock?.release() }
    let summary = try await store.advance(id, .cancel) { transaction, row, _ in
      row.nextAttempt = nil
      var fields: [String: JSON] = ["outcome": "cancelled"]
      fields["code"] = reason.map { .string($0.text) }
      _ = try transaction.append(row.draft(.reject, fields, personal: people))
      return row.summary
    }
    try removeIfPresent(outboxPath(id))
    return summary
  }

  /// Gives up a transfer whose deadline has passed: this node attests the non-delivery itself, for its
  /// own file, since there is nobody else who could.
  ///
  /// A crash after the transaction leaves a file, which the delivery service removes at its start.
  ///
  /// - Throws: ``ExchangeError/busy(_:)`` where another program delivers it now.
  func giveUp(_ id: TransferID) async throws {
    let lock = try OutboxLock.ifPresent(outboxPath(id), id)
    defer { lock?.release() }
    let before = try store.row(id)
    // A program that was killed has left it on its way.
    if before.state.phase == .offered || before.state.phase == .uploading {
      try await store.advance(id, .interrupted) { _, _, _ in }
    }
    let receipt = try await sign(.nonDelivery, of: before.statement, code: .deadline)
    try await store.advance(id, .deadline) { transaction, row, _ in
      row.nextAttempt = nil
      row.code = .deadline
      let code = JSON.string(TransferCode.deadline.rawValue)
      _ = try transaction.append(row.draft(.reject, ["outcome": "undeliverable", "code": code]))
      try transaction.issue(receipt, for: row)
    }
    try removeIfPresent(outboxPath(id))
  }
}
