import GRDB
import Merkle

/// Reads the rows of a query one after the other, and copies only what it is asked for.
///
/// A million rows are read in a verification; GRDB's own rows cost three times as much.
final class RowReader {
  private let db: Database
  fileprivate let statement: Statement

  init(_ db: Database, sql: String) throws {
    self.db = db
    statement = try db.makeStatement(sql: sql)
  }

  /// Goes to the next row; false after the last.
  func next() throws -> Bool { try statement.step() }

  /// The count or index in a column.
  func unsigned(_ column: Int32) -> UInt64? {
    statement.integer(column).flatMap { UInt64(exactly: $0) }
  }

  /// The bytes of the blob or text in a column, unless there are more than `limit`.
  func bytes(_ column: Int32, limit: Int = .max) -> [UInt8]? {
    statement.bytes(column, limit: limit)
  }

  /// Calls `body` with the bytes in place; they go with the next row.
  func withBytes<T>(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> T?) -> T? {
    statement.withBytes(column, body)
  }
}

extension StoredCheckpoint {
  /// The row of `size, root, note` that a reader is at.
  init?(_ row: RowReader) { self.init(row.statement) }
}
