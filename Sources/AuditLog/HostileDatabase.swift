import Foundation
import GRDB
import GRDBSQLite

/// Opens a SQLite file by anybody, to read it.
///
/// What its schema says is not run: no functions in views, no virtual tables. A value that is longer
/// than any of ours is refused by SQLite itself.
func openHostile(_ path: String, longest: Int32 = maximumValueBytes) throws -> DatabaseQueue {
  let magic = try readStart(path, count: 16)
  guard magic.elementsEqual("SQLite format 3\0".utf8) else { throw AuditLogError.notALog }
  var configuration = Configuration()
  configuration.readonly = true
  configuration.busyMode = .timeout(5)
  configuration.prepareDatabase { db in
    sqlite3_limit(db.sqliteConnection, SQLITE_LIMIT_LENGTH, longest)
    try db.execute(sql: "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON")
  }
  do {
    return try DatabaseQueue(path: path, configuration: configuration)
  } catch let error as DatabaseError where error.resultCode.isDamage {
    throw AuditLogError.notALog
  }
}

/// A row of ours is a note at most, or an entry.
let maximumValueBytes: Int32 = 1 << 20

private func readStart(_ path: String, count: Int) throws -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw AuditLogError.file(path, errno: errno) }
  defer { close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: count)
  let read = bytes.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, count) }
  return Array(bytes.prefix(max(0, read)))
}

extension ResultCode {
  /// Whether SQLite says that the file itself is bad, as opposed to the moment.
  var isDamage: Bool {
    let damaged: [ResultCode] = [
      .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_TOOBIG, .SQLITE_ERROR, .SQLITE_MISMATCH,
    ]
    return damaged.contains(primaryResultCode)
  }
}

extension Database {
  /// Whether the file has a plain table of that name: no view, no virtual table.
  func hasPlainTable(_ name: String) throws -> Bool {
    let sql = try Row.fetchOne(
      self,
      sql: """
        SELECT CAST(substr(sql, 1, 100) AS BLOB) FROM sqlite_schema WHERE type = 'table' AND name = ?
        """, arguments: [name])
    guard let sql = sql?.bytes(0) else { return false }
    return String(decoding: sql, as: UTF8.self).uppercased().hasPrefix("CREATE TABLE")
  }
}

extension Row {
  /// The integer in a column, or nothing when it isn't one. (GRDB's own conversion traps.)
  func integer(_ column: Int) -> Int64? {
    if case .int64(let value) = (self[column] as DatabaseValue).storage { value } else { nil }
  }

  /// A count or index in a column.
  func unsigned(_ column: Int) -> UInt64? { integer(column).flatMap { UInt64(exactly: $0) } }

  /// The bytes in a column, or nothing when it is neither a blob nor a text.
  func bytes(_ column: Int) -> [UInt8]? {
    switch (self[column] as DatabaseValue).storage {
    case .blob(let data): Array(data)
    case .string(let text): Array(text.utf8)
    default: nil
    }
  }
}
