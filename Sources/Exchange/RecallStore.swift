import Foundation
import GRDB

/// A recall as it is stored: ours, or a peer's with the entry of its log and the proof of that.
struct RecallRow: Sendable {
  var transfer: TransferID
  var statement: [UInt8]
  var signature: [UInt8]
  var reason: ReasonCode
  /// The entry of this node's own log about it.
  var index: UInt64
  var entry: [UInt8]?
  var proof: [UInt8]?
  /// Milliseconds since 1970.
  var time: Int64
}

extension RecallRow {
  init(_ row: Row) throws {
    var columns = RowColumns(row)
    guard let id = TransferID(columns.next()), let reason = ReasonCode(columns.next()) else {
      throw ExchangeError.malformed("recalls")
    }
    transfer = id
    self.reason = reason
    (statement, signature, index, entry, proof, time) = try columns.loggedStatement()
  }
}

extension TransferStore {
  /// The recall of a transfer; nil where nobody recalled it.
  func recall(_ id: TransferID) throws -> RecallRow? { try log.read { try $0.recall(id) } }

  /// This node's own recall as it travels; nil where there is none.
  func recallEnvelope(_ id: TransferID) throws -> ReceiptEnvelope? {
    try log.read { db in
      guard let row = try db.recall(id), row.entry == nil else { return nil }
      return try log.envelope(row.statement, signature: row.signature, at: row.index, db)
    }
  }
}

extension Database {
  func recall(_ id: TransferID) throws -> RecallRow? {
    try Row.fetchOne(
      cachedStatement(
        sql: """
          SELECT transfer, reason, \(RowColumns.loggedStatement) FROM exchange_recalls WHERE transfer = ?
          """), arguments: [id.text]
    ).map { try RecallRow($0) }
  }

  func insert(_ recall: RecallRow) throws {
    try execute(
      sql: """
        INSERT INTO exchange_recalls(transfer, statement, signature, reason, idx, entry, proof, time)
        VALUES(?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        recall.transfer.text, Data(recall.statement), Data(recall.signature), recall.reason.text,
        Int64(clamping: recall.index), recall.entry.map { Data($0) }, recall.proof.map { Data($0) },
        recall.time,
      ])
  }
}
