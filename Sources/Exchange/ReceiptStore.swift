import AuditLog
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
    guard let id = TransferID(row["transfer"]), let kind = Receipt.Kind(rawValue: row["kind"])
    else {
      throw ExchangeError.malformed("receipts")
    }
    transfer = id
    self.kind = kind
    isIssuedHere = row["issued_here"]
    (statement, signature, index, entry, proof, time) = row.loggedStatement
  }
}

extension Row {
  /// What is stored of a statement that was signed and logged: it, its signature, the entry of this
  /// node's log, and the peer's entry with its proof where it is the peer's; when, milliseconds since 1970.
  var loggedStatement:
    (
      statement: [UInt8], signature: [UInt8], index: UInt64, entry: [UInt8]?, proof: [UInt8]?,
      time: Int64
    )
  {
    (
      Array(self["statement"] as Data), Array(self["signature"] as Data),
      UInt64(clamping: self["idx"] as Int64), (self["entry"] as Data?).map(Array.init),
      (self["proof"] as Data?).map(Array.init), self["time"]
    )
  }
}

extension NodeLog {
  /// A statement of this node as it travels: with its entry and the proof of that.
  func envelope(
    _ statement: [UInt8], signature: [UInt8], at index: UInt64
  ) throws -> ReceiptEnvelope {
    ReceiptEnvelope(
      receipt: statement, signature: signature, entry: try entry(at: index),
      proof: try tlogProof(index: index).serialized)
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
  func envelopes(_ id: TransferID) throws -> [ReceiptEnvelope] {
    try store.receipts(id).filter(\.isIssuedHere).map { row in
      try proven.value(row.index) {
        try log.envelope(row.statement, signature: row.signature, at: row.index)
      }
    }
  }
}

/// Receipts with their proofs, kept for some seconds: one exchange asks for the same three times.
///
/// Not for longer, since a later proof has more cosignatures.
final class ProvenReceipts: Sendable {
  /// By the entry of this node's log.
  private let held = Mutex<[UInt64: (envelope: ReceiptEnvelope, until: ContinuousClock.Instant)]>(
    [:])

  func value(
    _ index: UInt64, _ make: () throws -> ReceiptEnvelope
  ) rethrows -> ReceiptEnvelope {
    if let found = held.withLock({ $0[index] }), found.until > .now { return found.envelope }
    let envelope = try make()
    held.withLock { held in
      if held.count >= Self.limit { held = held.filter { $0.value.until > .now } }
      if held.count < Self.limit { held[index] = (envelope, .now + Self.lifetime) }
    }
    return envelope
  }

  /// Some 10 kB each; what finds no place is made again.
  private static let limit = 256
  private static let lifetime = Duration.seconds(3)
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
