import AuditLog
import Foundation
import GRDB

/// A receipt as it is stored.
struct ReceiptRow: Sendable {
  var transfer: TransferID
  var kind: Receipt.Kind
  var isIssuedHere: Bool
  var statement: [UInt8]
  var signature: [UInt8]
  /// The entry of this node's own log about it: `receipt-out` or `receipt-in`.
  var index: UInt64
  /// The peer's entry and its proof, for a receipt of a peer.
  var entry: [UInt8]?
  var proof: [UInt8]?
  var time: Int64
}

extension ReceiptRow {
  init(_ row: Row) throws {
    guard let id = TransferID(row["transfer"]), let kind = Receipt.Kind(rawValue: row["kind"])
    else {
      throw ExchangeError.malformed("receipts")
    }
    transfer = id
    self.kind = kind
    isIssuedHere = row["issued_here"]
    statement = Array(row["statement"] as Data)
    signature = Array(row["signature"] as Data)
    index = UInt64(clamping: row["idx"] as Int64)
    entry = (row["entry"] as Data?).map(Array.init)
    proof = (row["proof"] as Data?).map(Array.init)
    time = row["time"]
  }
}

extension TransferStore {
  /// The receipts of a transfer, in the order in which they were issued or came.
  func receipts(_ id: TransferID) throws -> [ReceiptRow] {
    try log.read { try $0.receipts(id) }
  }

  /// The receipts that this node issued, as they travel: with entry and proof.
  func envelopes(_ id: TransferID) throws -> [ReceiptEnvelope] {
    try receipts(id).filter(\.isIssuedHere).map { row in
      ReceiptEnvelope(
        receipt: row.statement, signature: row.signature, entry: try log.entry(at: row.index),
        proof: try log.tlogProof(index: row.index).serialized)
    }
  }
}

extension Database {
  func receipts(_ id: TransferID) throws -> [ReceiptRow] {
    try Row.fetchAll(
      cachedStatement(
        sql: "SELECT * FROM exchange_receipts WHERE transfer = ? ORDER BY time, idx LIMIT 64"),
      arguments: [id.text]
    ).map { try ReceiptRow($0) }
  }

  func insert(_ receipt: ReceiptRow) throws {
    try cachedStatement(
      sql: """
        INSERT INTO exchange_receipts(transfer, kind, issued_here, statement, signature, idx, entry, proof, time)
        VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      receipt.transfer.text, receipt.kind.rawValue, receipt.isIssuedHere, Data(receipt.statement),
      Data(receipt.signature), Int64(clamping: receipt.index), receipt.entry.map { Data($0) },
      receipt.proof.map { Data($0) }, receipt.time,
    ])
  }
}
