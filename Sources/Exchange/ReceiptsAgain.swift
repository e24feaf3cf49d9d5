public import AuditLog
import CanonicalJSON
import Foundation
import GRDB
import Merkle

extension TransferStore {
  /// Logs the digests of the receipts and recalls that this node gave once more, in a log of a new origin.
  ///
  /// Their entries are in the old log, whose key no card has any more; a peer that asks for a receipt
  /// again gets the same one, with a proof from the log that it knows. Returns how many there were.
  public static func logReceiptsAgain(in log: NodeLog) throws -> Int {
    var count = try log.transaction { transaction in
      // The numbers of the old log's entries mean nothing in this one.
      try transaction.db.execute(sql: "UPDATE exchange_transfers SET deadline_entry = NULL")
      return try transaction.logRecallsAgain()
    }
    let recalls = count
    while true {
      let start = count - recalls
      let done = try log.transaction { transaction in
        try transaction.logReceiptsAgain(from: start)
      }
      count += done
      if done < LogTransaction.receiptsAtATime { return count }
    }
  }
}

extension LogTransaction {
  fileprivate mutating func logReceiptsAgain(from start: Int) throws -> Int {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT rowid, transfer, kind, statement FROM exchange_receipts WHERE issued_here = 1
        ORDER BY rowid LIMIT ? OFFSET ?
        """, arguments: [Self.receiptsAtATime, start])
    for row in rows {
      guard let id = TransferID(row[1] as String), let transfer = try db.transfer(id) else {
        throw ExchangeError.unknownTransfer(row[1])
      }
      let statement = Array(row[3] as Data)
      let entry = try append(
        transfer.draft(
          .receiptOut,
          [
            "kind": .string(row[2]), "receipt": .string(digest(statement).base64),
            "outcome": "logged again",
          ]))
      try db.execute(
        sql: "UPDATE exchange_receipts SET idx = ? WHERE rowid = ?",
        arguments: [Int64(clamping: entry.index), row[0] as Int64])
    }
    return rows.count
  }

  /// The recalls that wait for an answer; an older one isn't asked for again.
  fileprivate mutating func logRecallsAgain() throws -> Int {
    let ids = try String.fetchAll(
      db,
      sql: """
        SELECT r.transfer FROM exchange_recalls r JOIN exchange_transfers t ON t.id = r.transfer
        WHERE r.entry IS NULL AND t.phase = 'recalled' LIMIT ?
        """, arguments: [Self.receiptsAtATime])
    for text in ids {
      guard let id = TransferID(text), let transfer = try db.transfer(id),
        let recall = try db.recall(id)
      else { throw ExchangeError.unknownTransfer(text) }
      let entry = try append(
        transfer.draft(
          .recall,
          [
            "code": .string(recall.reason.text),
            "recall": .string(digest(recall.statement).base64), "outcome": "logged again",
          ]))
      try db.execute(
        sql: "UPDATE exchange_recalls SET idx = ? WHERE transfer = ?",
        arguments: [Int64(clamping: entry.index), text])
    }
    return ids.count
  }

  /// Far below the entries of one call.
  fileprivate static var receiptsAtATime: Int { 100 }
}
