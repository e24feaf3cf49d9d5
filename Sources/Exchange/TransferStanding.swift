import AuditLog
import CanonicalJSON
import GRDB

extension ExchangeNode {
  /// A transfer that this peer sends us; others don't learn that it exists.
  func incoming(_ id: TransferID, from peer: String) throws -> TransferRow {
    try log.read { try incoming(id, from: peer, $0) }
  }

  /// The same in a snapshot that the caller reads more from.
  func incoming(
    _ id: TransferID, from peer: String, _ db: Database
  ) throws -> TransferRow {
    let row = try transfer(id, of: peer, db)
    guard row.state.direction == .in else { throw PeerAnswer(.notFound, "TRANSFER") }
    return row
  }

  /// A transfer between this peer and us, whichever way.
  func transfer(_ id: TransferID, of peer: String) throws -> TransferRow {
    try log.read { try transfer(id, of: peer, $0) }
  }

  private func transfer(_ id: TransferID, of peer: String, _ db: Database) throws -> TransferRow {
    guard let row = try db.transfer(id), row.peer == peer else {
      throw PeerAnswer(.notFound, "TRANSFER")
    }
    return row
  }

  /// What the sender may know of a transfer: how much is here, and the receipts.
  func standing(_ row: TransferRow) throws -> JSON { try log.read { try standing(row, $0) } }

  /// The same in a snapshot that the caller reads more from.
  func standing(_ row: TransferRow, _ db: Database) throws -> JSON {
    [
      "state": .string(row.state.phase.rawValue),
      "offset": .integer(Int64(clamping: row.state.offset)),
      "receipts": .array(try issuedReceipts(row.id, db)),
    ]
  }
}
