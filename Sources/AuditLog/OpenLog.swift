import Foundation
import GRDB
import Merkle

/// Opens the file as a log has to be open, and creates what isn't there.
func openPool(_ settings: NodeLog.Settings) throws -> DatabasePool {
  var configuration = Configuration()
  configuration.journalMode = .wal
  configuration.busyMode = .timeout(busySeconds)
  configuration.prepareDatabase { db in
    try db.execute(sql: "PRAGMA secure_delete=ON; PRAGMA recursive_triggers=ON")
  }
  let pool = try DatabasePool(path: settings.path, configuration: configuration)
  // GRDB sets the writer to NORMAL after `prepareDatabase`, which may lose the last commits with
  // the power. So it is set here, and read back on the connection that writes.
  try pool.writeWithoutTransaction { db in
    try db.execute(sql: "PRAGMA synchronous=FULL")
    let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? -1
    guard synchronous == 2 else { throw AuditLogError.notDurable(synchronous: synchronous) }
  }
  try pool.writeWithoutTransaction { db in
    try db.inTransaction(.immediate) {
      try migrate(db, settings: settings)
      return .commit
    }
  }
  return pool
}

/// How long a commit waits for one of another process: many times what the slowest takes.
private let busySeconds: TimeInterval = 30

/// Runs the steps that this file hasn't seen, all in one transaction that excludes other writers.
///
/// (GRDB's own migrator looks before it locks, so that two processes that create one file at once
/// both create its tables.)
private func migrate(_ db: Database, settings: NodeLog.Settings) throws {
  try db.execute(
    sql: "CREATE TABLE IF NOT EXISTS migrations(name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID")
  let own = [
    NodeLog.TableMigration(Schema.firstFormat) { try create($0, settings: settings) },
    NodeLog.TableMigration(Schema.secondFormat) { try $0.execute(sql: Schema.upgradeToSecond) },
    NodeLog.TableMigration(Schema.format) { try $0.execute(sql: Schema.upgradeToThird) },
    AuditViews.migration, Hold.migration,
  ]
  if let format = try db.formatOfLog(), !Schema.formats.contains(format) {
    throw AuditLogError.newerFormat(format)
  }
  for step in own + settings.tables {
    let isDone = try Bool.fetchOne(
      db, sql: "SELECT EXISTS(SELECT 1 FROM migrations WHERE name = ?)", arguments: [step.name])
    if isDone == true { continue }
    try step.run(db)
    try db.execute(sql: "INSERT INTO migrations(name) VALUES(?)", arguments: [step.name])
  }
}

private func create(_ db: Database, settings: NodeLog.Settings) throws {
  try db.execute(sql: [Schema.tables(), Schema.peerTables, Schema.views].joined(separator: "\n"))
  try db.setMeta([
    "format": Schema.firstFormat, "node": settings.node, "origin": settings.origin,
    "vkey": settings.signer.verifierKey.text, "cosigner": settings.cosigner.verifierKey.text,
  ])
  try db.insertCheckpoint(
    of: CompactTree(), signer: settings.signer, time: settings.clock().milliseconds)
  try db.execute(sql: Schema.triggers)
}

/// Compares what the file holds with itself and with whom it should belong to.
func judge(_ db: Database, settings: NodeLog.Settings) throws {
  guard try db.meta("format") == Schema.format, let origin = try db.meta("origin") else {
    throw AuditLogError.notALog
  }
  guard origin == settings.origin, try db.meta("node") == settings.node,
    try db.meta("vkey") == settings.signer.verifierKey.text
  else { throw AuditLogError.wrongLog(origin: origin) }
  let tree = try db.currentTree()
  guard let stored = try db.latestCheckpoint(), let note = try? SignedNote(parsing: stored.note),
    let checkpoint = try? Checkpoint(note: note, verifiedBy: settings.signer.verifierKey),
    checkpoint.size == tree.size, checkpoint.root == tree.root
  else { throw AuditLogError.damaged(.checkpoint(size: tree.size)) }
  guard tree.size > 0 else { return }
  guard let body = try db.entryBody(tree.size - 1),
    try Hash(leaf: body) == db.nodeHash(level: 0, index: tree.size - 1)
  else { throw AuditLogError.damaged(.entry(tree.size - 1)) }
}

/// The system's clock, in milliseconds since 1970.
public func systemMilliseconds() -> Int64 {
  var now = timespec()
  clock_gettime(CLOCK_REALTIME, &now)
  return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
}

/// Bytes from the system's random number generator.
public func systemRandom(_ count: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  // One call of the kernel; Swift's generator makes one for each eight bytes. POSIX allows 256 bytes.
  if count <= 256, getentropy(&bytes, count) == 0 { return bytes }
  var generator = SystemRandomNumberGenerator()
  for index in bytes.indices { bytes[index] = generator.next() }
  return bytes
}

extension Database {
  /// The format that a file names, where it is a log at all.
  fileprivate func formatOfLog() throws -> String? {
    try tableExists("meta") ? meta("format") : nil
  }

  /// The exact bytes of an entry.
  func entryBody(_ index: UInt64) throws -> [UInt8]? {
    guard let index = Int64(exactly: index) else { return nil }
    let statement = try cachedStatement(sql: "SELECT body FROM entries WHERE idx = ?")
    statement.bind(index, at: 1)
    return try statement.readOnce { $0.bytes(0) } ?? nil
  }
}

extension Hash {
  /// The bytes as SQLite takes them.
  var data: Data { withUnsafeBytes { Data($0) } }
}
