import AuditLog
import CAdES
import CanonicalJSON
import Federation
import Glibc
import Merkle
import NIOPosix

extension ExchangeNode {
  /// Verifies a peer's receipt about a transfer of ours, logs it and stores it. The same receipt a
  /// second time changes nothing; another one of its kind is refused.
  ///
  /// - Throws: ``ExchangeError/badReceipt(_:)``, ``ExchangeError/fork(origin:)``.
  func acceptReceipt(
    _ envelope: ReceiptEnvelope, _ id: TransferID, from card: PeerCard
  ) async throws {
    let row = try store.row(id)
    let peer = card.node.text
    guard row.peer == peer, row.state.direction == .out else {
      throw ExchangeError.unknownTransfer(id.text)
    }
    let check = SignatureCheck(
      anchors: card.signingAnchors, timestampAnchors: card.timestampAnchors, now: seconds)
    let kind = try Receipt(parsing: envelope.receipt).kind
    let known = try store.receipts(id).first { !$0.isIssuedHere && $0.kind == kind }
    if let known {
      guard known.statement == envelope.receipt else { throw ExchangeError.badReceipt("second") }
      return
    }
    let key = try PeerKeys(card).log
    let signed = try await NIOThreadPool.singleton.runIfActive {
      let signed = try check.receipt(envelope.receipt, signature: envelope.signature)
      guard signed.statement.answers(row.statement, from: peer) else {
        throw ExchangeError.badReceipt("transfer")
      }
      let receipt = signed.statement
      try checkProof(
        envelope, key: key,
        [
          "event": .string(LogEvent.receiptOut.rawValue), "node": .string(receipt.node),
          "peer": .string(receipt.peer), "transfer": .string(receipt.transfer.text),
          "kind": .string(receipt.kind.rawValue),
          "receipt": .string(digest(envelope.receipt).base64),
        ])
      return signed
    }
    if let recall = signed.statement.recall {
      guard try store.recall(id).map({ digest($0.statement) }) == recall else {
        throw ExchangeError.badReceipt("recall")
      }
    }
    try await store(signed, envelope)
  }

  /// The statement's digest must be in the peer's log, in an entry that says this: what a node attests
  /// or asks, it can't deny later.
  func checkProof(
    _ envelope: ReceiptEnvelope, key: VerifierKey, _ fields: [String: JSON]
  ) throws {
    guard let entry = try? JSON(canonical: envelope.entry, limit: LogLimits.entryBytes),
      fields.allSatisfy({ entry[$0.key] == $0.value })
    else { throw ExchangeError.badReceipt("entry") }
    do {
      let proof = try TlogProof(parsing: envelope.proof)
      _ = try proof.check(entry: envelope.entry, key: key)
      _ = try log.compareGossip(note: proof.note.serialized, key: key)
    } catch AuditLogError.fork(let origin, _) {
      throw ExchangeError.fork(origin: origin)
    } catch is AuditLogError { throw ExchangeError.badReceipt("proof") }
  }

  private func store(_ signed: Signed<Receipt>, _ envelope: ReceiptEnvelope) async throws {
    let receipt = signed.statement
    let isDone = try await store.advance(receipt.transfer, .receipt(receipt.kind)) {
      transaction, row, actions in
      // Two answers may bring it at the same time.
      let known = try transaction.db.receipts(receipt.transfer)
      guard !known.contains(where: { !$0.isIssuedHere && $0.kind == receipt.kind }) else {
        return false
      }
      var fields: [String: JSON] = [
        "kind": .string(receipt.kind.rawValue),
        "receipt": .string(digest(envelope.receipt).base64),
      ]
      fields["code"] = receipt.code.map { .string($0.rawValue) }
      fields["item"] = receipt.item.map { .integer(Int64($0)) }
      if let reason = receipt.reason { fields["code"] = .string(reason.text) }
      if receipt.kind == .delivery {
        fields["meets"] = row.deadlineEntry.map { .integer(Int64(clamping: $0)) }
      }
      let entry = try transaction.append(row.draft(.receiptIn, fields))
      if let code = receipt.code { row.code = code }
      if let item = receipt.item { row.item = item }
      row.nextAttempt = row.state.isFinal ? nil : transaction.milliseconds
      try transaction.db.insert(
        ReceiptRow(
          transfer: receipt.transfer, kind: receipt.kind, isIssuedHere: false,
          statement: envelope.receipt, signature: envelope.signature, index: entry.index,
          entry: envelope.entry, proof: envelope.proof, time: transaction.milliseconds))
      return actions.contains(.removeFile)
    }
    // Should a crash bring it back, the delivery service removes it at its start.
    if isDone { unlink(outboxPath(receipt.transfer)) }
  }
}
