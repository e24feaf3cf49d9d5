import GRDB
import GRDBSQLite
import Merkle

// Statements that run for every entry, without the arrays and conversions that GRDB makes of values.
extension Statement {
  /// Runs a statement that returns no rows, with what was bound, and makes it ready for the next time.
  func runOnce() throws {
    let code = sqlite3_step(sqliteStatement)
    sqlite3_reset(sqliteStatement)
    guard code == SQLITE_DONE else {
      throw DatabaseError(resultCode: ResultCode(rawValue: code), sql: sql)
    }
  }

  /// Binds an integer; parameters count from 1.
  func bind(_ value: Int64, at parameter: Int32) {
    sqlite3_bind_int64(sqliteStatement, parameter, value)
  }

  /// Runs with a text bound, which is not copied.
  func runOnce(text: [UInt8], at parameter: Int32) throws {
    try text.withUnsafeBytes { bytes in
      let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
      sqlite3_bind_text(sqliteStatement, parameter, start, Int32(bytes.count), nil)
      defer { sqlite3_bind_null(sqliteStatement, parameter) }
      try runOnce()
    }
  }

  /// Runs with a hash bound, which is not copied.
  func runOnce(hash: Hash, at parameter: Int32) throws {
    try hash.withUnsafeBytes { bytes in
      sqlite3_bind_blob(sqliteStatement, parameter, bytes.baseAddress, Int32(bytes.count), nil)
      defer { sqlite3_bind_null(sqliteStatement, parameter) }
      try runOnce()
    }
  }
}

extension Database {
  /// Runs `body`, and undoes what it did to the database when it throws.
  ///
  /// GRDB's own `inSavepoint` prepares its statements anew each time, which costs more than an entry.
  func inEntrySavepoint<T>(_ body: () throws -> T) throws -> T {
    try cachedStatement(sql: "SAVEPOINT entries").runOnce()
    do {
      let result = try body()
      try cachedStatement(sql: "RELEASE entries").runOnce()
      return result
    } catch {
      // A full disk may have ended the transaction itself: then nothing of it is left.
      guard isInsideTransaction else { throw error }
      try cachedStatement(sql: "ROLLBACK TO entries").runOnce()
      try cachedStatement(sql: "RELEASE entries").runOnce()
      throw error
    }
  }
}
