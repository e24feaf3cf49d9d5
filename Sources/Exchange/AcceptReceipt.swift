import AuditLog
import CAdES
import CanonicalJSON
import Federation
import Glibc
import Merkle
import NIOPosix

/// A receipt of a peer whose signature and proof hold. Only ``ExchangeNode/check(_:of:from:)`` makes one.
struct CheckedReceipt: Sendable {
  fileprivate let signed: Signed<Receipt>
  fileprivate let envelope: ReceiptEnvelope

  var kind: Receipt.Kind { signed.statement.kind }
  var bytes: [UInt8] { envelope.receipt }
}

extension ExchangeNode {
  /// Verifies a peer's receipt about a transfer of ours, logs it and stores it. The same receipt a
  /// second time changes nothing; another one of its kind is refused.
  ///
  /// - Throws: ``ExchangeError/badReceipt(_:)``, ``ExchangeError/fork(origin:)``.
  func acceptReceipt(
    _ envelope: ReceiptEnvelope, _ id: TransferID, from card: PeerCard
  ) async throws {
    let (row, known) = try log.read { db in
      (try db.transfer(id), try db.receivedReceipts(id))
    }
    guard let row, row.peer == card.node.text, row.state.direction == .out else {
      throw ExchangeError.unknownTransfer(id.text)
    }
    if let known = known[try Receipt(parsing: envelope.receipt).kind] {
      guard known == envelope.receipt else { throw ExchangeError.badReceipt("second") }
      return
    }
    let receipt = try await check(envelope, of: row, from: card)
    try await store([receipt], of: id)
  }

  /// Verifies a peer's receipt about a transfer of ours.
  func check(
    _ envelope: ReceiptEnvelope, of row: TransferRow, from card: PeerCard
  ) async throws -> CheckedReceipt {
    let check = SignatureCheck(
      anchors: card.signingAnchors, timestampAnchors: card.timestampAnchors, now: seconds)
    let key = try PeerKeys(card).log
    let signed = try await NIOThreadPool.singleton.runIfActive {
      let signed = try check.receipt(envelope.receipt, signature: envelope.signature)
      guard signed.statement.answers(row.statement, from: card.node.text) else {
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
      guard try store.recall(row.id).map({ digest($0.statement) }) == recall else {
        throw ExchangeError.badReceipt("recall")
      }
    }
    return CheckedReceipt(signed: signed, envelope: envelope)
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
      _ = try log.compareGossip(
        TlogProof(parsing: envelope.proof), of: envelope.entry, key: key)
    } catch AuditLogError.fork(let origin, _) {
      throw ExchangeError.fork(origin: origin)
    } catch is AuditLogError { throw ExchangeError.badReceipt("proof") }
  }

  /// Logs and stores receipts, in one transaction with what comes before and after them.
  func store<T: Sendable>(
    _ receipts: [CheckedReceipt], of id: TransferID,
    after first: @escaping @Sendable (inout TransferRow) -> Void = { _ in },
    then last: @escaping @Sendable (inout LogTransaction, inout TransferRow) throws -> T = { _, _ in
    }
  ) async throws -> T {
    let (result, isDone) = try await store.change(id) { transaction, row in
      first(&row)
      var isDone = false
      for receipt in receipts where try transaction.accept(receipt, &row) { isDone = true }
      return (try last(&transaction, &row), isDone)
    }
    // Should a crash bring it back, the delivery service removes it at its start.
    if isDone { unlink(outboxPath(id)) }
    return result
  }
}

extension LogTransaction {
  /// Logs and stores a receipt; whether the transfer's file isn't needed any more.
  fileprivate mutating func accept(
    _ checked: CheckedReceipt, _ row: inout TransferRow
  ) throws -> Bool {
    let (receipt, envelope) = (checked.signed.statement, checked.envelope)
    // Two answers may bring it at the same time.
    if let known = try db.receivedReceipts(row.id)[receipt.kind] {
      guard known == envelope.receipt else { throw ExchangeError.badReceipt("second") }
      return false
    }
    let actions = try row.state.apply(.receipt(receipt.kind))
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
    let entry = try append(row.draft(.receiptIn, fields))
    if let code = receipt.code { row.code = code }
    if let item = receipt.item { row.item = item }
    row.nextAttempt = row.state.isFinal ? nil : milliseconds
    try db.insert(
      ReceiptRow(
        transfer: row.id, kind: receipt.kind, isIssuedHere: false, statement: envelope.receipt,
        signature: envelope.signature, index: entry.index, entry: envelope.entry,
        proof: envelope.proof, time: milliseconds))
    return actions.contains(.removeFile)
  }
}
