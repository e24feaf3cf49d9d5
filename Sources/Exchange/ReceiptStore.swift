import AuditLog
import CanonicalJSON
import Foundation
import GRDB
import Synchronization

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
    var columns = RowColumns(row)
    guard let id = TransferID(columns.next()), let kind = Receipt.Kind(rawValue: columns.next())
    else {
      throw ExchangeError.malformed("receipts")
    }
    transfer = id
    self.kind = kind
    isIssuedHere = columns.next()
    (statement, signature, index, entry, proof, time) = try columns.loggedStatement()
  }
}

extension NodeLog {
  /// A statement of this node as it travels: with its entry and the proof of that.
  func envelope(
    _ statement: [UInt8], signature: [UInt8], at index: UInt64, _ db: Database
  ) throws -> ReceiptEnvelope {
    let (entry, proof) = try provenEntry(at: index, db)
    return ReceiptEnvelope(
      receipt: statement, signature: signature, entry: entry, proof: proof.serialized)
  }
}

extension TransferStore {
  /// The receipts of a transfer, in the order in which they were issued or came.
  func receipts(_ id: TransferID) throws -> [ReceiptRow] {
    try log.read { try $0.receipts(id) }
  }
}

extension ExchangeNode {
  /// The receipts that this node issued, as they travel: with entry and proof.
  func issuedReceipts(_ id: TransferID) throws -> [JSON] {
    try log.read { try issuedReceipts(id, $0) }
  }

  /// The same in a snapshot that the caller reads more from.
  func issuedReceipts(_ id: TransferID, _ db: Database) throws -> [JSON] {
    let rows = try Row.fetchCursor(
      db.cachedStatement(
        sql: """
          SELECT idx, statement, signature FROM exchange_receipts
          WHERE transfer = ? AND issued_here = 1 ORDER BY time, idx LIMIT 64
          """), arguments: [id.text])
    return try Array(
      rows.map { [log, proven] row in
        var columns = RowColumns(row)
        let index = UInt64(clamping: columns.next() as Int64)
        return try proven.value(index) {
          try log.envelope(
            columns.bytes(), signature: columns.bytes(), at: index, db
          ).json
        }
      })
  }
}

/// Receipts with their proofs, kept for some seconds: one exchange asks for the same three times.
///
/// Not for longer, since a later proof has more cosignatures.
final class ProvenReceipts: Sendable {
  /// By the entry of this node's log.
  private let held = Mutex<[UInt64: (receipt: JSON, until: ContinuousClock.Instant)]>([:])

  func value(_ index: UInt64, _ make: () throws -> JSON) rethrows -> JSON {
    if let found = held.withLock({ $0[index] }), found.until > .now { return found.receipt }
    let receipt = try make()
    held.withLock { held in
      if held.count >= Self.limit { held = held.filter { $0.value.until > .now } }
      if held.count < Self.limit { held[index] = (receipt, .now + Self.lifetime) }
    }
    return receipt
  }

  /// Some 15 kB each; what finds no place is made again.
  private static let limit = 256
  private static let lifetime = Duration.seconds(3)
}

extension Database {
  func receipts(_ id: TransferID) throws -> [ReceiptRow] {
    let rows = try Row.fetchCursor(
      cachedStatement(
        sql: """
          SELECT transfer, kind, issued_here, \(RowColumns.loggedStatement) FROM exchange_receipts
          WHERE transfer = ? ORDER BY time, idx LIMIT 64
          """),
      arguments: [id.text])
    return try Array(rows.map { try ReceiptRow($0) })
  }

  /// The kinds of receipts of a peer that are here, each with its statement.
  func receivedReceipts(_ id: TransferID) throws -> [Receipt.Kind: [UInt8]] {
    let rows = try Row.fetchCursor(
      cachedStatement(
        sql: """
          SELECT kind, statement FROM exchange_receipts WHERE transfer = ? AND issued_here = 0 LIMIT 64
          """), arguments: [id.text])
    var found: [Receipt.Kind: [UInt8]] = [:]
    while let row = try rows.next() {
      var columns = RowColumns(row)
      guard let kind = Receipt.Kind(rawValue: columns.next()) else {
        throw ExchangeError.malformed("receipts")
      }
      found[kind] = try columns.bytes()
    }
    return found
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
