import Foundation
import GRDB
import GRDBSQLite
import Merkle

/// What reports are made with: the short columns of all entries and one row for each transfer, beside
/// the log, in a file of its own or in a temporary one.
///
/// The entries' bytes stay the truth. The index holds nothing that they don't say, no personal text, and
/// can be deleted at any time. It grows by what the log grew; where it isn't of this log (another origin,
/// another root for the size up to which it goes) or of this release, it is made anew.
///
/// Nothing proves that rows which are there already say what the entries say. So whoever makes a report
/// decides: a temporary index is made of the entries, a kept one is believed.
struct AuditIndex {
  /// The index, with the log attached as `log`.
  let queue: DatabaseQueue

  /// Opens the index at `path`, a temporary one where there is none, and brings it up to the newest
  /// checkpoint of the log at `log`, or up to that of this size.
  init(of log: String, at path: String?, upTo size: Int64 = .max) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(60)
    configuration.prepareDatabase { db in
      sqlite3_limit(db.sqliteConnection, SQLITE_LIMIT_LENGTH, Self.maximumValueBytes)
      try db.execute(
        sql: "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA cache_size=-16384")
    }
    if let path { try createPrivately(path) }
    queue = try DatabaseQueue(path: path ?? "", configuration: configuration)
    try queue.inDatabase { db in
      try db.execute(sql: "ATTACH DATABASE ? AS log", arguments: [readOnlyURI(log)])
      for table in ["meta", "entries", "checkpoints", "personal", "cosignatures"]
      where try !db.hasPlainTable(table, in: "log") {
        throw AuditLogError.notALog
      }
      if path != nil { try db.execute(sql: "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL") }
      try db.inTransaction(.immediate) {
        try Self.bring(db, upTo: size)
        return .commit
      }
      try db.execute(sql: AuditViews.overIndex)
    }
  }

  /// An entry or note is shorter; a longer value in a file by somebody else is refused by SQLite.
  private static let maximumValueBytes: Int32 = 1 << 20

  private static func bring(_ db: Database, upTo limit: Int64) throws {
    let newest = try Row.fetchOne(
      db, sql: "SELECT size, root FROM log.checkpoints WHERE size <= ? ORDER BY size DESC LIMIT 1",
      arguments: [limit])
    guard let size = newest?.integer(0), let root = newest?.bytes(1) else {
      throw AuditLogError.damaged(.noCheckpoint)
    }
    let held = try believable(db)
    if held == nil { try db.execute(sql: dropping + tables) }
    let built = held ?? 0
    guard size > built else { return }
    try db.execute(sql: growing(from: built, to: size))
    if built == 0 { try db.execute(sql: indices) }
    try db.execute(
      sql: "DELETE FROM built; INSERT INTO built VALUES(?, ?, ?, ?)",
      arguments: [release, size, Data(root), try prunedSize(db)])
  }

  /// Up to which entry the index goes; nil for one that isn't of this release or this log.
  static func believable(_ db: Database) throws -> Int64? {
    guard try hasOurSchema(db), let held = try built(db), held.pruned == (try prunedSize(db)),
      try isOfThisLog(held, db)
    else { return nil }
    return held.size
  }

  /// Before which entry the log was pruned: then the index must forget them too.
  private static func prunedSize(_ db: Database) throws -> Int64 {
    guard try db.hasPlainTable("pruned", in: "log") else { return 0 }
    return try Row.fetchOne(db, sql: "SELECT max(size) FROM log.pruned")?.integer(0) ?? 0
  }

  /// Whether the file's tables and indices are those that we make, to the letter. One with anything
  /// besides, as a trigger that changes what is written, is none of ours.
  private static func hasOurSchema(_ db: Database) throws -> Bool {
    let schema = "SELECT name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
    func objects(_ db: Database) throws -> [[[UInt8]]] {
      try Row.fetchAll(db, sql: schema).map { [$0.bytes(0) ?? [], $0.bytes(1) ?? []] }
    }
    let ours = try DatabaseQueue().inDatabase { db in
      try db.execute(sql: tables + indices)
      return try objects(db)
    }
    let held = try objects(db)
    let names = Set(ours.map { $0[0] })
    guard held.allSatisfy({ names.contains($0[0]) }) else { throw AuditLogError.notALog }
    return held == ours
  }

  private struct Built {
    var release: String
    var size: Int64
    var root: [UInt8]
    var pruned: Int64
  }

  private static func built(_ db: Database) throws -> Built? {
    guard try db.hasPlainTable("built", in: "main"),
      let row = try Row.fetchOne(db, sql: "SELECT release, size, root, pruned FROM main.built"),
      let release = row.bytes(0), let size = row.integer(1), let root = row.bytes(2),
      let pruned = row.integer(3)
    else { return nil }
    return Built(
      release: String(decoding: release, as: UTF8.self), size: size, root: root, pruned: pruned)
  }

  /// The log had this root at this size: then everything up to there is as it was.
  private static func isOfThisLog(_ held: Built, _ db: Database) throws -> Bool {
    guard held.release == release else { return false }
    let root = try Row.fetchOne(
      db, sql: "SELECT root FROM log.checkpoints WHERE size = ?", arguments: [held.size])
    return root?.bytes(0) == held.root
  }

  // MARK: The tables

  private static var columns: [EntryColumn] { EntryColumn.all.filter(\.isIndexed) }

  /// The text of all that the index is made by: another one makes it anew.
  private static var release: String {
    Hash(leaf: Array((tables + growing(from: 0, to: 0) + indices).utf8)).base64
  }

  private static let names = [
    "built", "entry_view", "redaction_view", "transfer_summary", "clock_step_view",
    "checkpoint_view",
  ]

  /// The tables that are made of entries and checkpoints.
  static var comparedTables: ArraySlice<String> { names.dropFirst() }

  private static var dropping: String {
    names.map { "DROP TABLE IF EXISTS main.\($0);" }.joined(separator: "\n")
  }

  private static var tables: String {
    """
    CREATE TABLE built(release TEXT, size INTEGER, root BLOB, pruned INTEGER);
    CREATE TABLE entry_view(idx INTEGER PRIMARY KEY, \(columns.map(\.quoted).joined(separator: ", ")));
    CREATE TABLE redaction_view(idx INTEGER, code TEXT, count INTEGER);
    CREATE TABLE transfer_summary AS
      \(AuditViews.summary(of: "(SELECT * FROM entry_view WHERE transfer IS NOT NULL)"));
    CREATE UNIQUE INDEX summary_transfer ON transfer_summary(transfer);
    CREATE TABLE clock_step_view(idx INTEGER PRIMARY KEY, time TEXT, previous TEXT, step INTEGER);
    CREATE TABLE checkpoint_view(size INTEGER PRIMARY KEY, time TEXT);

    """
  }

  private static func growing(from built: Int64, to size: Int64) -> String {
    let grown = "idx >= \(built) AND idx < \(size)"
    return """
      INSERT INTO entry_view SELECT idx, \(AuditViews.extracted(columns)) FROM \(readable)
        WHERE \(grown);
      INSERT INTO redaction_view
        \(redactions(grown));
      CREATE TEMP TABLE touched AS
        SELECT DISTINCT transfer FROM entry_view WHERE \(grown) AND transfer IS NOT NULL;
      DELETE FROM transfer_summary WHERE transfer IN (SELECT transfer FROM touched);
      INSERT INTO transfer_summary \(AuditViews.summary(of: touchedEntries(isFirst: built == 0)));
      DROP TABLE temp.touched;
      INSERT OR IGNORE INTO clock_step_view \(AuditViews.clockSteps(from: lastEntries(built, size)));
      INSERT INTO checkpoint_view \(AuditViews.checkpoints(in: "log.checkpoints"))
        WHERE size <= \(size) AND size > coalesce((SELECT max(size) FROM checkpoint_view), -1);
      """
  }

  private static func redactions(_ condition: String) -> String {
    AuditViews.redactions(where: condition).replacing("FROM entries e", with: "FROM \(readable) e")
  }

  /// The entries; one that isn't JSON, which `log verify` names, says nothing here.
  private static let readable =
    "(SELECT idx, CASE WHEN json_valid(body) THEN body ELSE '{}' END AS body FROM log.entries)"

  private static func touchedEntries(isFirst: Bool) -> String {
    isFirst
      ? "(SELECT * FROM entry_view WHERE transfer IS NOT NULL)"
      : "(SELECT * FROM entry_view WHERE transfer IN (SELECT transfer FROM touched))"
  }

  /// The new entries, and the one before.
  private static func lastEntries(_ built: Int64, _ size: Int64) -> String {
    """
    (SELECT idx, time, monotonic, boot FROM entry_view WHERE idx < \(size) AND idx >=
      coalesce((SELECT max(idx) FROM entry_view WHERE idx < \(built)), 0))
    """
  }

  private static let indices = """
    CREATE INDEX entry_event ON entry_view(event, time);
    CREATE INDEX entry_transfer ON entry_view(transfer) WHERE transfer IS NOT NULL;
    CREATE INDEX entry_bundle ON entry_view(bundle) WHERE bundle IS NOT NULL;
    CREATE INDEX entry_meets ON entry_view(meets) WHERE meets IS NOT NULL;
    CREATE INDEX entry_due ON entry_view(due) WHERE due IS NOT NULL;
    CREATE INDEX entry_offset ON entry_view(clock_offset) WHERE clock_offset IS NOT NULL;
    CREATE INDEX entry_software ON entry_view(software, configuration, time);
    CREATE INDEX redaction_entry ON redaction_view(idx);
    CREATE INDEX summary_bundle ON transfer_summary(bundle);
    CREATE INDEX summary_first ON transfer_summary(first);
    """
}

/// The name of a file for SQLite, which reads a name that begins with `file:` as a URI: then nothing in
/// the name is more than a name, and nothing is written there.
func readOnlyURI(_ path: String) -> String {
  let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/".utf8)
  var uri = "file:"
  for byte in path.utf8 {
    // Two slashes at the beginning would name a host.
    if byte == UInt8(ascii: "/"), uri.hasSuffix("/") { continue }
    if plain.contains(byte) {
      uri.unicodeScalars.append(Unicode.Scalar(byte))
    } else {
      uri += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
  }
  return uri + "?mode=ro"
}

/// SQLite would make the file readable for others, and gives its side files the same mode.
private func createPrivately(_ path: String) throws {
  let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
  guard descriptor >= 0 else { throw AuditLogError.file(path, errno: errno) }
  close(descriptor)
}

extension Database {
  /// Whether the attached database `schema` has a plain table of that name.
  fileprivate func hasPlainTable(_ name: String, in schema: String) throws -> Bool {
    let row = try Row.fetchOne(
      self,
      sql: """
        SELECT CAST(substr(sql, 1, 100) AS BLOB) FROM \(schema).sqlite_schema
        WHERE type = 'table' AND name = ?
        """, arguments: [name])
    guard let sql = row?.bytes(0) else { return false }
    return String(decoding: sql, as: UTF8.self).uppercased().hasPrefix("CREATE TABLE")
  }
}
