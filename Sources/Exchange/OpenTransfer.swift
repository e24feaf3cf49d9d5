import AuditLog
public import CanonicalJSON
import DurableFiles
public import Federation

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
    var trial = before.state
    let isFirst = try trial.apply(.opened).contains(.issue(.retrieval))
    _ = try facts(ofFile: inboxPath(id))
    let receipt = isFirst ? try await sign(.retrieval, of: before.statement) : nil
    let row = try await store.advance(id, .opened) { transaction, row, actions in
      let people = ["actor": officer.id.text, "reason": reason]
      _ = try transaction.append(
        row.draft(.retrieve, ["role": .string(officer.role)], personal: people))
      // Two people may open it at the same time: one receipt is made.
      if let receipt, actions.contains(.issue(.retrieval)) {
        try transaction.issue(receipt, for: row)
        try transaction.db.queueMessage(
          .receipts(.retrieval), of: row, at: transaction.milliseconds)
      }
      return row
    }
    let isDelivered = await pushMessages(of: row)
    return OpenedTransfer(
      summary: row.summary, path: inboxPath(id), isReceiptDelivered: isDelivered)
  }
}
