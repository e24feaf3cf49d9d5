import GRDB
import GRDBSQLite
import Merkle

// Statements that run for every entry or commit, without the arrays and conversions that GRDB makes of
// values.
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

  /// Binds bytes, which are copied, and kept until others are bound.
  func bind(blob: [UInt8], at parameter: Int32) {
    sqlite3_bind_blob(sqliteStatement, parameter, blob, Int32(blob.count), copied)
  }

  /// Binds a text, likewise.
  func bind(text: String, at parameter: Int32) {
    sqlite3_bind_text(sqliteStatement, parameter, text, Int32(text.utf8.count), copied)
  }

  /// Runs with a text bound, which is not copied.
  func runOnce(text: [UInt8], at parameter: Int32) throws {
    try text.withUnsafeBufferPointer { try runOnce(text: $0, at: parameter) }
  }

  /// Runs with a text bound, which is not copied.
  func runOnce(text: String, at parameter: Int32) throws {
    var text = text
    try text.withUTF8 { try runOnce(text: $0, at: parameter) }
  }

  private func runOnce(text: UnsafeBufferPointer<UInt8>, at parameter: Int32) throws {
    // An empty array has no address, and without one SQLite binds NULL.
    let count = Int32(text.count)
    try withUnsafePointer(to: 0 as UInt8) { empty in
      let start = UnsafeRawPointer(text.baseAddress ?? empty)
      sqlite3_bind_text(
        sqliteStatement, parameter, start.assumingMemoryBound(to: CChar.self), count, nil)
      defer { sqlite3_bind_null(sqliteStatement, parameter) }
      try runOnce()
    }
  }

  /// Runs with bytes bound, which are not copied.
  func runOnce(blob: ArraySlice<UInt8>, at parameter: Int32) throws {
    try blob.withUnsafeBytes { bytes in
      sqlite3_bind_blob(sqliteStatement, parameter, bytes.baseAddress, Int32(bytes.count), nil)
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

  /// Reads the first row of a query with what was bound, nil without one, and makes it ready for the
  /// next time.
  func readOnce<T>(_ read: (Statement) throws -> T) throws -> T? {
    defer { sqlite3_reset(sqliteStatement) }
    return try step() ? try read(self) : nil
  }

  /// Goes to the next row; false after the last.
  func step() throws -> Bool {
    let code = sqlite3_step(sqliteStatement)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE { return false }
    throw DatabaseError(resultCode: ResultCode(rawValue: code), sql: sql)
  }
}

/// `SQLITE_TRANSIENT`, a macro that casts -1.
private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

// The columns of the row that a statement is at. Values of another type than asked for are nothing, as in
// a file by anybody they may be.
extension Statement {
  /// The integer in a column.
  func integer(_ column: Int32) -> Int64? {
    guard sqlite3_column_type(sqliteStatement, column) == SQLITE_INTEGER else { return nil }
    return sqlite3_column_int64(sqliteStatement, column)
  }

  /// The bytes of the blob or text in a column, unless there are more than `limit`.
  func bytes(_ column: Int32, limit: Int = .max) -> [UInt8]? {
    withBytes(column) { $0.count <= limit ? Array($0) : nil }
  }

  /// The hash in a column.
  func hash(_ column: Int32) -> Hash? { withBytes(column) { Hash(bytes: $0) } }

  /// Calls `body` with the bytes in place; they go with the next row.
  func withBytes<T>(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> T?) -> T? {
    let type = sqlite3_column_type(sqliteStatement, column)
    guard type == SQLITE_BLOB || type == SQLITE_TEXT else { return nil }
    let start = sqlite3_column_blob(sqliteStatement, column)
    let count = Int(sqlite3_column_bytes(sqliteStatement, column))
    return body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
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
