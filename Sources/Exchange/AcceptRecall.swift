import AuditLog
import CanonicalJSON
import Federation
import Glibc
import Merkle
import NIOPosix

extension ExchangeNode {
  /// Takes a sender's recall of a transfer, and answers where the transfer stands then: before the inbox
  /// it is cancelled, with a receipt of that; from there on people decide. The same recall a second time
  /// changes nothing.
  ///
  /// The transaction makes it a fact; then the files of what is cancelled go. A crash in between leaves
  /// files of a settled transfer, which the next start removes.
  func acceptRecall(_ json: JSON, _ id: TransferID, from card: PeerCard) async throws -> JSON {
    let envelope: ReceiptEnvelope
    do {
      envelope = try ReceiptEnvelope(json: json, "recall")
    } catch { throw PeerAnswer(.badRequest, "FORMAT") }
    let row = try incoming(id, from: card.node.text)
    if let known = try store.recall(id) {
      guard known.statement == envelope.receipt else { throw PeerAnswer(.conflict, "DIFFERENT") }
      return try standing(row)
    }
    let recall = try await checked(envelope, of: row, from: card)
    for _ in 0..<Self.recallAttempts {
      let row = try store.row(id)
      if let after = try await take(recall, envelope, row) { return try standing(after) }
    }
    throw PeerAnswer(.conflict, "BUSY")
  }

  private func checked(
    _ envelope: ReceiptEnvelope, of row: TransferRow, from card: PeerCard
  ) async throws -> RecallStatement {
    let check = SignatureCheck(
      anchors: card.signingAnchors, timestampAnchors: card.timestampAnchors, now: seconds)
    do {
      let key = try PeerKeys(card).log
      return try await NIOThreadPool.singleton.runIfActive {
        let recall = try check.recall(envelope.receipt, signature: envelope.signature).statement
        guard recall.takesBack(row.statement, from: node.text) else {
          throw ExchangeError.badReceipt("transfer")
        }
        try checkProof(
          envelope, key: key,
          [
            "event": .string(LogEvent.recall.rawValue), "node": .string(recall.sender),
            "peer": .string(recall.recipient), "transfer": .string(recall.transfer.text),
            "recall": .string(digest(envelope.receipt).base64),
          ])
        return recall
      }
    } catch let error as ExchangeError {
      logger.notice("a recall is refused", metadata: ["why": "\(error.words)"])
      throw PeerAnswer(.forbidden, "RECALL")
    }
  }

  /// Nil where the transfer moved on while the receipt of its cancellation was signed.
  private func take(
    _ recall: RecallStatement, _ envelope: ReceiptEnvelope, _ row: TransferRow
  ) async throws -> TransferRow? {
    var trial = row.state
    let kind = try trial.apply(.recall).issued
    let receipt: SignedReceipt? =
      if let kind { try await sign(kind, of: row.statement, code: .cancelled) } else { nil }
    let after: TransferRow
    do {
      after = try await store.advance(row.id, .recall) { transaction, row, actions in
        guard actions.issued == kind else { throw MovedOn() }
        let fields: [String: JSON] = [
          "code": .string(recall.reason.text), "recall": .string(digest(envelope.receipt).base64),
        ]
        let entry = try transaction.append(row.draft(.recall, fields))
        try transaction.db.insert(
          RecallRow(
            transfer: row.id, statement: envelope.receipt, signature: envelope.signature,
            reason: recall.reason, index: entry.index, entry: envelope.entry,
            proof: envelope.proof, time: transaction.milliseconds))
        if let receipt {
          row.code = .cancelled
          row.digestState = nil
          try transaction.issue(receipt, for: row)
        }
        return row
      }
    } catch is MovedOn { return nil }
    if after.state.phase == .cancelled {
      unlink(checkPath(row.id))
      unlink(partPath(row.id))
    }
    return after
  }

  private struct MovedOn: Error {}

  /// Only bytes that come in, or a check that ends, can be in the way.
  private static let recallAttempts = 5
}

extension [TransferState.Action] {
  /// The receipt that these actions issue; none issues two.
  fileprivate var issued: Receipt.Kind? {
    for case .issue(let kind) in self { return kind }
    return nil
  }
}
