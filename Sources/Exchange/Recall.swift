import AuditLog
import CAdES
import CanonicalJSON
public import Federation
import Glibc
import NIOPosix
import Redaction

extension ExchangeNode {
  /// Takes a transfer back. One of which the peer can't have a byte is cancelled here and now; for any
  /// other the peer is asked, with a signed statement, and keeps being asked until it has answered.
  ///
  /// The order of the writes: the statement is signed; one transaction logs its digest, stores it and
  /// queues it; only then it leaves. A crash in between leaves it in the queue of the delivery service.
  ///
  /// - Returns: where the transfer stands; `recalled` until people of the peer have decided.
  /// - Throws: ``ExchangeError/wrongPhase(_:)`` for a transfer that the peer doesn't have, or that was
  ///   recalled before.
  public func recall(
    _ id: String, reason: ReasonCode, approval: Approval
  ) async throws -> TransferSummary {
    let row = try store.row(id, .out)
    let id = row.id
    let people = approval.people
    if row.state.canBeCancelled {
      return try await cancel(id, reason: reason, people: people)
    }
    let (bytes, signature) = try await signRecall(of: row, reason: reason)
    try await store.advance(id, .recall) { transaction, row, _ in
      row.nextAttempt = nil
      let fields: [String: JSON] = [
        "code": .string(reason.text), "recall": .string(digest(bytes).base64),
      ]
      let entry = try transaction.append(row.draft(.recall, fields, personal: people))
      try transaction.db.insert(
        RecallRow(
          transfer: id, statement: bytes, signature: signature, reason: reason,
          index: entry.index, time: transaction.milliseconds))
      try transaction.db.queueMessage(.recall, of: row, at: transaction.milliseconds)
    }
    // Should a crash bring it back, the delivery service removes it at its start.
    unlink(outboxPath(id))
    _ = await pushMessages(of: row)
    return try store.row(id).summary
  }

  private func signRecall(
    of row: TransferRow, reason: ReasonCode
  ) async throws -> (bytes: [UInt8], signature: [UInt8]) {
    let seconds = seconds
    guard let time = StatementTime(unixSeconds: seconds) else {
      throw ExchangeError.malformed("time")
    }
    let recall = RecallStatement(row.statement, from: row.peer, reason: reason, time: time)
    let signatory = signatory
    return try await NIOThreadPool.singleton.runIfActive {
      let bytes = recall.bytes
      return (
        bytes, try signatory.value().sign(bytes, commitment: .proofOfSender, at: seconds)
      )
    }
  }

  /// Brings a recall to the peer, and takes the receipts that it answers with.
  func sendRecall(_ id: TransferID, over link: PeerLink) async throws {
    guard let envelope = try store.recallEnvelope(id) else { return }
    let answer = try await link.post(
      Route.recall(id), envelope.json("recall"), limit: WireLimits.receipts)
    guard answer.status == 200 else {
      throw ExchangeError.refusedByPeer(status: answer.status, code: answer.code)
    }
    let rows = try answer.json(limit: WireLimits.receipts)["receipts"]?.array ?? []
    guard rows.count <= WireLimits.receiptsPerTransfer else {
      throw ExchangeError.badAnswer("receipts")
    }
    for row in rows { try await acceptReceipt(ReceiptEnvelope(json: row), id, from: link.card) }
  }
}
