public import AuditLog
import CanonicalJSON
import Foundation
import GRDB

/// The state of transfers, in the log's own file: a state changes in the transaction that logs it.
public struct TransferStore: Sendable {
  let log: NodeLog

  /// The tables, for `NodeLog.Settings(tables:)`.
  public static let tables: [NodeLog.TableMigration] = [
    NodeLog.TableMigration("exchange-1") { db in try db.execute(sql: schema) },
    NodeLog.TableMigration("exchange-2") { db in try db.execute(sql: secondSchema) },
    NodeLog.TableMigration("exchange-3") { db in try db.execute(sql: thirdSchema) },
  ]

  /// How the names of all tables begin.
  public static let prefix = "exchange_"

  /// Times are milliseconds since 1970.
  private static let schema = """
    CREATE TABLE exchange_transfers(
      id TEXT PRIMARY KEY, direction TEXT NOT NULL CHECK(direction IN ('out', 'in')),
      peer TEXT NOT NULL, phase TEXT NOT NULL, bundle TEXT NOT NULL, seal TEXT NOT NULL,
      view TEXT NOT NULL, record TEXT, ciphertext TEXT NOT NULL, bytes INTEGER NOT NULL,
      offset INTEGER NOT NULL, digest_state BLOB, send_logged INTEGER NOT NULL,
      statement BLOB NOT NULL, signature BLOB NOT NULL, terms BLOB NOT NULL, release BLOB NOT NULL,
      attempts INTEGER NOT NULL, next_attempt INTEGER, code TEXT, item INTEGER,
      created INTEGER NOT NULL, updated INTEGER NOT NULL) STRICT;
    CREATE INDEX exchange_transfers_due ON exchange_transfers(direction, phase, next_attempt);
    CREATE TABLE exchange_receipts(
      transfer TEXT NOT NULL REFERENCES exchange_transfers(id), kind TEXT NOT NULL,
      issued_here INTEGER NOT NULL, statement BLOB NOT NULL, signature BLOB NOT NULL,
      idx INTEGER NOT NULL, entry BLOB, proof BLOB, time INTEGER NOT NULL,
      PRIMARY KEY(transfer, kind, issued_here)) STRICT;
    CREATE TABLE exchange_receipt_outbox(
      transfer TEXT NOT NULL, kind TEXT NOT NULL, peer TEXT NOT NULL, attempts INTEGER NOT NULL,
      next_attempt INTEGER NOT NULL, PRIMARY KEY(transfer, kind)) STRICT;
    """

  /// Priorities, deadlines, why something waits, whether it was opened, and recalls.
  private static let secondSchema = """
    ALTER TABLE exchange_transfers ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE exchange_transfers ADD COLUMN deadline INTEGER;
    ALTER TABLE exchange_transfers ADD COLUMN deadline_entry INTEGER;
    ALTER TABLE exchange_transfers ADD COLUMN last_attempt INTEGER;
    ALTER TABLE exchange_transfers ADD COLUMN why TEXT;
    ALTER TABLE exchange_transfers ADD COLUMN same_as TEXT;
    ALTER TABLE exchange_transfers ADD COLUMN opened INTEGER NOT NULL DEFAULT 0;
    UPDATE exchange_transfers SET opened = 1 WHERE phase = 'retrieved';
    UPDATE exchange_transfers SET deadline = created + 604800000 WHERE direction = 'out';
    CREATE INDEX exchange_transfers_content ON exchange_transfers(seal, view);
    CREATE TABLE exchange_recalls(
      transfer TEXT PRIMARY KEY REFERENCES exchange_transfers(id), statement BLOB NOT NULL,
      signature BLOB NOT NULL, reason TEXT NOT NULL, idx INTEGER NOT NULL, entry BLOB, proof BLOB,
      time INTEGER NOT NULL) STRICT;
    """

  /// What goes out and isn't settled, word for word the condition of the index of ``thirdSchema``: only
  /// then SQLite uses it.
  private static let isWaiting =
    "direction = 'out' AND phase IN ('queued', 'offered', 'uploading', 'waiting', 'relayed', 'held')"

  /// The order of what waits for a peer, so that the next one is found however many there are.
  private static let thirdSchema = """
    CREATE INDEX exchange_transfers_turn ON exchange_transfers(
      peer, phase = 'relayed', send_logged DESC, priority) WHERE \(isWaiting);
    """

  /// The transfer, or ``ExchangeError/unknownTransfer(_:)``.
  func row(_ id: TransferID) throws -> TransferRow {
    guard let row = try log.read({ try $0.transfer(id) }) else {
      throw ExchangeError.unknownTransfer(id.text)
    }
    return row
  }

  /// The transfer of this id, as a person gave it, if it goes that way.
  ///
  /// - Throws: ``ExchangeError/badTransferID(_:)``, ``ExchangeError/unknownTransfer(_:)``.
  func row(_ text: String, _ direction: TransferState.Direction) throws -> TransferRow {
    let row = try row(transferID(text))
    guard row.state.direction == direction else { throw ExchangeError.unknownTransfer(text) }
    return row
  }

  /// The transfers of one direction, newest first.
  func rows(_ direction: TransferState.Direction, limit: Int = listLimit) throws -> [TransferRow] {
    try log.read { db in
      try db.transfers(
        TransferRow.selectWithRecall("WHERE direction = ? ORDER BY id DESC LIMIT ?"),
        [direction.rawValue, limit])
    }
  }

  /// The next one of the transfers to a peer whose next attempt is due at `now`, besides some; they are
  /// to be served in this order: what is under way first, then by priority, then as they were queued;
  /// those that the peer has, and only owes receipts of, last.
  func due(to peer: String, now: Int64, besides known: Set<TransferID>) throws -> TransferRow? {
    try log.read { db in
      let ids = try String.fetchCursor(
        db.cachedStatement(
          sql: """
            SELECT id FROM exchange_transfers WHERE \(Self.isWaiting) AND peer = ?
            AND coalesce(next_attempt, 0) <= ?
            ORDER BY phase = 'relayed', send_logged DESC, priority, rowid LIMIT ?
            """), arguments: [peer, now, known.count + 1])
      while let text = try ids.next() {
        guard let id = TransferID(text) else { throw ExchangeError.malformed("transfers") }
        if !known.contains(id) { return try db.transfer(id) }
      }
      return nil
    }
  }

  /// The transfers whose bytes are all here, and which aren't checked yet, the oldest first.
  func received(limit: Int) throws -> [TransferRow] {
    try log.read { db in
      try db.transfers(
        TransferRow.select(
          "WHERE direction = 'in' AND phase = 'received' ORDER BY t.rowid LIMIT ?"), [limit])
    }
  }

  /// The peers for which a transfer is due at `now`.
  ///
  /// Not from a list of transfers: a peer that is down for long would fill it.
  func peersWithDue(now: Int64) throws -> [String] { try peers("phase <> 'held'", now) }

  /// The peers for which something is held.
  func peersWithHeld(now: Int64) throws -> [String] { try peers("phase = 'held'", now) }

  private func peers(_ condition: String, _ now: Int64) throws -> [String] {
    try log.read { db in
      try String.fetchAll(
        db.cachedStatement(
          sql: """
            SELECT DISTINCT peer FROM exchange_transfers WHERE \(Self.isWaiting) AND \(condition)
            AND coalesce(next_attempt, 0) <= ? LIMIT ?
            """), arguments: [now, Self.listLimit])
    }
  }

  /// The transfers whose deadline has passed before the peer had them, but for those that are held.
  func overdue(now: Int64) throws -> [TransferRow] {
    try log.read { db in
      try db.transfers(
        TransferRow.select(
          """
          WHERE direction = 'out'
          AND phase IN (\(Self.list([.queued, .offered, .uploading, .waiting]))) AND deadline < ?
          ORDER BY deadline LIMIT ?
          """), [now, Self.batchLimit])
    }
  }

  private static func list(_ phases: [TransferPhase]) -> String {
    phases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
  }

  /// Applies an event in one transaction: `change` logs and stores what the actions say.
  func advance<T: Sendable>(
    _ id: TransferID, _ event: TransferState.Event,
    _ change:
      @escaping @Sendable (
        _ transaction: inout LogTransaction, _ row: inout TransferRow,
        _ actions: [TransferState.Action]
      ) throws -> T
  ) async throws -> T {
    try await self.change(id) { transaction, row in
      let actions = try row.state.apply(event)
      return try change(&transaction, &row, actions)
    }
  }

  /// Changes a transfer in one transaction with what is logged about it.
  func change<T: Sendable>(
    _ id: TransferID,
    _ change:
      @escaping @Sendable (
        _ transaction: inout LogTransaction, _ row: inout TransferRow
      ) throws -> T
  ) async throws -> T {
    try await log.transaction { transaction in
      guard var row = try transaction.db.transfer(id) else {
        throw ExchangeError.unknownTransfer(id.text)
      }
      let result = try change(&transaction, &row)
      row.updated = transaction.milliseconds
      try transaction.db.update(row)
      return result
    }
  }

  /// A list for people; whoever has more asks the database.
  static let listLimit = 1000
  /// What is worked on before the rest is looked at again.
  static let batchLimit = 256
}

private let transferByID = TransferRow.selectWithRecall("WHERE t.id = ?")

extension Database {
  func transfer(_ id: TransferID) throws -> TransferRow? {
    try transfers(transferByID, [id.text]).first
  }

  /// Leaves a peer alone until then: none of its transfers is due before, so their order is kept.
  func postponeAll(to peer: String, until: Int64) throws {
    try execute(
      sql: """
        UPDATE exchange_transfers SET next_attempt = ? WHERE direction = 'out' AND peer = ?
        AND phase IN ('queued', 'offered', 'uploading', 'waiting', 'relayed')
        AND coalesce(next_attempt, 0) < ?
        """, arguments: [until, peer, until])
  }

  /// The newest other transfer with this peer, the same way, that brought or brings the same content:
  /// one that was refused or taken back isn't one.
  func transferOfSameContent(as row: TransferRow) throws -> TransferID? {
    try String.fetchOne(
      cachedStatement(
        sql: """
          SELECT id FROM exchange_transfers WHERE seal = ? AND view = ? AND direction = ? AND peer = ?
          AND id <> ? AND phase NOT IN ('rejected', 'undeliverable', 'cancelled')
          ORDER BY rowid DESC LIMIT 1
          """),
      arguments: [
        row.statement.seal.base64, row.statement.view.base64, row.state.direction.rawValue,
        row.peer, row.id.text,
      ]
    ).flatMap { TransferID($0) }
  }
}
