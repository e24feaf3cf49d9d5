import AuditLog
import CanonicalJSON

/// A transfer that may leave: its `send` entry is durable. Only ``ExchangeNode/depart(_:from:by:)``
/// makes one, in the transaction that logs it, so that nothing leaves unlogged.
struct Departure: Sendable {
  let row: TransferRow

  fileprivate init(row: TransferRow) { self.row = row }
}

extension ExchangeNode {
  /// Notes that the bytes of a transfer from this offset on leave now; `send` is logged the first time.
  ///
  /// - Throws: ``ExchangeError/wrongPhase(_:)`` where the peer has them all, or must not have them.
  func depart(
    _ id: TransferID, from offset: UInt64, by carrier: Carrier
  ) async throws -> Departure {
    let row = try store.row(id)
    var known = peerFields(row.peer).merging(carrier.logFields(self, peer: row.peer)) { $1 }
    known["offset"] = .integer(Int64(clamping: offset))
    let fields = known
    return try await store.advance(id, .attempt) { transaction, row, _ in
      let actions = try row.state.apply(.accepted(offset: offset))
      row.attempts += 1
      row.lastAttempt = transaction.milliseconds
      if actions.contains(.logSend) {
        let attempt: [String: JSON] = ["attempt": .integer(Int64(row.attempts))]
        _ = try transaction.append(row.draft(.send, fields.merging(attempt) { $1 }))
      } else if carrier == .media {
        // A connection has begun it; this way it leaves whole, once more.
        _ = try transaction.append(row.draft(.export, fields.merging(["outcome": "media"]) { $1 }))
      }
      return Departure(row: row)
    }
  }
}
