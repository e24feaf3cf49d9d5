import Foundation
import GRDB

extension NodeLog {
  /// Copies the whole file, personal texts and other modules' tables included, while others write.
  ///
  /// The copy is one moment of the log. It is on the disk, readable by this user alone, and verified
  /// before it gets its name; a copy that doesn't verify throws ``AuditLogError/damaged(_:)``.
  /// **Whoever restores it makes a fork** when the log has grown meanwhile: Docs/Operating.md.
  public func backup(to path: String) throws -> LogVerification {
    let name = try TemporaryName(for: path)
    do {
      // Before SQLite does it, since it would let others read the file.
      try writeFile(name.path, [], mode: 0o600)
      let copy = try DatabaseQueue(path: name.path)
      try pool.backup(to: copy)
      // A file in WAL mode can't be read from a medium that can't be written.
      try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode=DELETE") }
      try copy.close()
      try syncFile(name.path)
      let verification = try verifyLog(at: name.path, key: verifierKey)
      guard verification.isConsistent else {
        throw AuditLogError.damaged(.entry(verification.firstBadEntry ?? verification.size))
      }
      try name.commitFile()
      try syncFolder(of: path)
      return verification
    } catch {
      name.discard()
      throw error
    }
  }

  /// Takes over what this node holds of its peers, and tables of other modules, from its log of an
  /// earlier origin, and logs that it did.
  ///
  /// For a node whose log must not grow any more (it was restored from an old copy, or damaged): its
  /// entries stay where they are. The old file is only read. `prefix` begins the names of the other
  /// modules' tables; what one of the files lacks is left out.
  public func takeOver(
    from path: String, tablesNamed prefix: String, as draft: LogDraft
  ) throws -> LogEntry {
    let old = try openHostile(path, longest: Self.longestRow)
    return try transaction { transaction in
      try old.read { source in
        // In the order in which they were made, so that rows come after those that they refer to.
        let tables = try String.fetchAll(
          transaction.db,
          sql: """
            SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, ?2) = ?1
            ORDER BY rowid
            """, arguments: [prefix, prefix.count])
        for table in ["peer_checkpoints", "forks", "gossip", "holds"] + tables
        where try source.hasPlainTable(table) {
          try transaction.db.copyRows(of: table, from: source)
        }
      }
      return try transaction.append(draft)
    }
  }

  /// The row of a transfer holds its terms, release and signature, each at most a mebibyte.
  private static let longestRow: Int32 = 16 << 20
}

/// Brings everything that is in the write-ahead log of a closed log into its one file, so that it can
/// be moved. Throws ``AuditLogError/file(_:errno:)`` (EBUSY) while another program has it open.
public func makeOneFile(at path: String) throws {
  let queue = try DatabaseQueue(path: path)
  let mode = try queue.writeWithoutTransaction {
    try String.fetchOne($0, sql: "PRAGMA journal_mode=DELETE")
  }
  try queue.close()
  guard mode == "delete", !exists(path + "-wal") else {
    throw AuditLogError.file(path, errno: EBUSY)
  }
  try syncFile(path)
}

/// The identity of the log in a file; nothing where the file isn't there or is no log.
public func originOfLog(at path: String) throws -> String? {
  guard exists(path) else { return nil }
  return try openHostile(path).read { db in
    try db.hasPlainTable("meta") ? db.meta("origin") : nil
  }
}

extension Database {
  /// Copies every row of a table that has the same columns here.
  fileprivate func copyRows(of table: String, from source: Database) throws {
    let columns = try columns(in: table).map(\.name)
    let known = Set(try source.columns(in: table).map(\.name))
    let names = columns.filter(known.contains).map { "\"\($0)\"" }.joined(separator: ", ")
    let marks = columns.filter(known.contains).map { _ in "?" }.joined(separator: ", ")
    let insert = try makeStatement(sql: "INSERT INTO \(table)(\(names)) VALUES(\(marks))")
    let rows = try Row.fetchCursor(source, sql: "SELECT \(names) FROM \(table)")
    while let row = try rows.next() {
      try insert.execute(arguments: StatementArguments(row.databaseValues))
    }
  }
}
