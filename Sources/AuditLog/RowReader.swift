import Foundation
import GRDB
import GRDBSQLite
import Merkle

/// Reads the rows of a query one after the other, and copies only what it is asked for.
///
/// A million rows are read in a verification; GRDB's own rows cost three times as much. Values of
/// another type than asked for are nothing, as in a file by anybody they may be.
final class RowReader {
  private let db: Database
  private let statement: Statement

  init(_ db: Database, sql: String) throws {
    self.db = db
    statement = try db.makeStatement(sql: sql)
  }

  /// Goes to the next row; false after the last.
  func next() throws -> Bool {
    let code = sqlite3_step(statement.sqliteStatement)
    if code == SQLITE_ROW { return true }
    if code == SQLITE_DONE { return false }
    throw DatabaseError(resultCode: ResultCode(rawValue: code), sql: statement.sql)
  }

  /// The count or index in a column.
  func unsigned(_ column: Int32) -> UInt64? {
    guard sqlite3_column_type(statement.sqliteStatement, column) == SQLITE_INTEGER else {
      return nil
    }
    return UInt64(exactly: sqlite3_column_int64(statement.sqliteStatement, column))
  }

  /// The bytes of the blob or text in a column, unless there are more than `limit`.
  func bytes(_ column: Int32, limit: Int = .max) -> [UInt8]? {
    withBytes(column) { $0.count <= limit ? Array($0) : nil }
  }

  /// The hash in a column.
  func hash(_ column: Int32) -> Hash? { withBytes(column) { Hash(bytes: $0) } }

  /// Calls `body` with the bytes in place; they go with the next row.
  func withBytes<T>(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> T?) -> T? {
    let type = sqlite3_column_type(statement.sqliteStatement, column)
    guard type == SQLITE_BLOB || type == SQLITE_TEXT else { return nil }
    let start = sqlite3_column_blob(statement.sqliteStatement, column)
    let count = Int(sqlite3_column_bytes(statement.sqliteStatement, column))
    return body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
  }
}

extension StoredCheckpoint {
  /// The row of `size, root, note` that a reader is at.
  init?(_ row: RowReader) {
    guard let size = row.unsigned(0), size <= LogLimits.treeSize, let root = row.hash(1),
      let note = row.bytes(2, limit: LogLimits.noteBytes)
    else { return nil }
    self.init(size: size, root: root, note: note)
  }
}
