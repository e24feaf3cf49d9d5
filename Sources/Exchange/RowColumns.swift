import Foundation
import GRDB

/// The columns of a row, one after the other, in the order in which the query names them.
struct RowColumns {
  private let row: Row
  private var index = 0

  init(_ row: Row) { self.row = row }

  /// The next one.
  mutating func next<Value: DatabaseValueConvertible & StatementColumnConvertible>() -> Value {
    defer { index += 1 }
    return row[index]
  }

  /// The next one, which may be NULL.
  mutating func optional<Value: DatabaseValueConvertible & StatementColumnConvertible>() -> Value? {
    defer { index += 1 }
    return row[index]
  }

  /// The next one, a blob; no bytes for NULL.
  mutating func bytes() throws -> [UInt8] { try optionalBytes() ?? [] }

  /// The next one, a blob or NULL.
  mutating func optionalBytes() throws -> [UInt8]? {
    defer { index += 1 }
    return try row.withUnsafeData(atIndex: index) { $0.map { Array($0) } }
  }

  /// The columns of what was signed and logged, as ``loggedStatement()`` reads them.
  static let loggedStatement = "statement, signature, idx, entry, proof, time"

  /// What is stored of a statement that was signed and logged: it, its signature, the entry of this
  /// node's log, and the peer's entry with its proof where it is the peer's; when, milliseconds since 1970.
  mutating func loggedStatement() throws -> (
    statement: [UInt8], signature: [UInt8], index: UInt64, entry: [UInt8]?, proof: [UInt8]?,
    time: Int64
  ) {
    (
      try bytes(), try bytes(), UInt64(clamping: next() as Int64), try optionalBytes(),
      try optionalBytes(), next()
    )
  }
}
