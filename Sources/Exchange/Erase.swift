import AuditLog
import CanonicalJSON
public import Federation
import Merkle

// The receiver's end of a recall, and of every retention: what two people decide about evidence that is
// in the inbox. Law may forbid to erase (a hold, another case), so nothing here happens by itself.
extension ExchangeNode {
  /// Erases a bundle that is in the inbox, and certifies that to its sender.
  ///
  /// The order of the writes: one transaction logs the decision; the files are removed, and the disk
  /// knows; then one transaction logs the certificate's digest and stores it. A crash in between leaves
  /// a transfer that is `erasing`: the next start of the node, or the same command, goes on. A certificate
  /// never exists beside the file.
  ///
  /// The transfer and its receipts stay, so that an offer of it that comes again gets the same answer.
  ///
  /// - Throws: ``ExchangeError/wrongPhase(_:)`` for a transfer that isn't in the inbox,
  ///   `AuditLogError.held` where a hold forbids it.
  public func erase(
    _ id: String, reason: ReasonCode, approval: Approval
  ) async throws -> TransferSummary {
    let row = try store.row(id, .in)
    let id = row.id
    if row.state.phase != .erasing {
      try await store.advance(id, .erase) { transaction, row, _ in
        try transaction.refuseHeld(row)
        _ = try transaction.append(
          row.draft(
            .erase, ["outcome": "decided", "code": .string(reason.text)],
            personal: approval.people))
      }
    }
    let erased = try await finishErasing(id)
    _ = await pushMessages(of: erased)
    return erased.summary
  }

  /// Removes the files of a transfer that is `erasing`, and certifies that.
  func finishErasing(_ id: TransferID) async throws -> TransferRow {
    for path in [inboxPath(id), partPath(id), checkPath(id)] { try removeIfPresent(path) }
    let row = try store.row(id)
    let receipt = try await sign(
      .erasure, of: row.statement, recall: try store.recall(id).map { digest($0.statement) },
      erasure: Receipt.Erasure(
        seal: row.statement.seal, authority: try directory.value().own.authority))
    return try await store.advance(id, .removed) { transaction, row, _ in
      let fields: [String: JSON] = [
        "outcome": "erased", "certificate": .string(digest(receipt.bytes).base64),
      ]
      _ = try transaction.append(row.draft(.erase, fields))
      try transaction.issue(receipt, for: row)
      try transaction.db.queueMessage(.receipts(.erasure), of: row, at: transaction.milliseconds)
      return row
    }
  }

  /// Refuses a recall: the bundle stays, and the sender gets a signed refusal with the code.
  ///
  /// - Throws: ``ExchangeError/wrongPhase(_:)`` for a transfer whose recall isn't open.
  public func refuseRecall(
    _ id: String, reason: ReasonCode, approval: Approval
  ) async throws -> TransferSummary {
    let before = try store.row(id, .in)
    let id = before.id
    guard before.state.phase == .recalled, let recall = try store.recall(id) else {
      throw ExchangeError.wrongPhase(before.state.phase)
    }
    let receipt = try await sign(
      .recallRefusal, of: before.statement, recall: digest(recall.statement), reason: reason)
    let row = try await store.advance(id, .refuseRecall) { transaction, row, _ in
      try transaction.issue(receipt, for: row, personal: approval.people)
      try transaction.db.queueMessage(
        .receipts(.recallRefusal), of: row, at: transaction.milliseconds)
      return row
    }
    _ = await pushMessages(of: row)
    return row.summary
  }
}
