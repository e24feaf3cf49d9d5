import CanonicalJSON
import GRDB

/// What an erasure left.
public struct Erasure: Hashable, Sendable {
  /// The entry that says what was erased, and under which rule.
  public let entry: LogEntry
  /// Whether the texts are out of the write-ahead log too. When readers kept it busy, they leave it
  /// with the next checkpoint of the database.
  public let writeAheadLogTruncated: Bool
}

/// Names one personal text: the entry that commits to it, and the field.
public struct PersonalField: Hashable, Sendable {
  /// The entry's index.
  public let index: UInt64
  /// The field's name, without the prefix.
  public let field: String

  /// The text of `field` of entry `index`.
  public init(index: UInt64, field: String) {
    self.index = index
    self.field = field
  }
}

extension NodeLog {
  /// The personal texts of an entry that are not erased.
  public func personal(index: UInt64) throws -> [String: String] {
    guard let index = Int64(exactly: index) else { throw AuditLogError.noSuchEntry(index) }
    return try read { try $0.personalTexts(index) }
  }

  /// Erases personal texts, and logs that they are erased under `rule`.
  ///
  /// Rows and entry change in one transaction. SQLite overwrites what it deletes, and the write-ahead
  /// log, which still holds it, is emptied. Throws
  /// ``AuditLogError/noSuchPersonalField(_:_:)`` and erases nothing when one isn't there.
  public func erasePersonal(rule: String, _ fields: [PersonalField]) async throws -> Erasure {
    let entry = try await transaction { try $0.erase(rule: rule, fields, personal: [:]) }
    return Erasure(entry: entry, writeAheadLogTruncated: truncateWriteAheadLog())
  }

  /// Erases personal texts, and logs that they are erased under `rule`; blocks. Throws
  /// ``AuditLogError/held(order:)`` where a hold keeps one.
  public func erasePersonal(
    rule: String, _ fields: [PersonalField], personal: [String: String] = [:]
  ) throws -> Erasure {
    let entry = try transaction { try $0.erase(rule: rule, fields, personal: personal) }
    return Erasure(entry: entry, writeAheadLogTruncated: truncateWriteAheadLog())
  }

  func truncateWriteAheadLog() -> Bool {
    (try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }) != nil
  }
}

extension LogTransaction {
  fileprivate mutating func erase(
    rule: String, _ fields: [PersonalField], personal: [String: String]
  ) throws -> LogEntry {
    guard fields.count <= LogLimits.erasures else {
      throw AuditLogError.tooLarge(limit: LogLimits.erasures)
    }
    let held = try HeldEntries(db, at: milliseconds)
    for item in fields {
      if let order = try held?.order(holding: item.index) { throw AuditLogError.held(order: order) }
      guard let index = Int64(exactly: item.index) else {
        throw AuditLogError.noSuchEntry(item.index)
      }
      try db.execute(
        sql: "DELETE FROM personal WHERE idx = ? AND field = ?", arguments: [index, item.field])
      guard db.changesCount == 1 else {
        throw AuditLogError.noSuchPersonalField(item.index, item.field)
      }
    }
    let erased = fields.map { item -> JSON in
      ["index": .integer(Int64(item.index)), "field": .string(item.field)]
    }
    return try append(
      LogDraft(.erase, ["rule": .string(rule), "erased": .array(erased)], personal: personal))
  }
}

extension Database {
  func personalTexts(_ index: Int64) throws -> [String: String] {
    let rows = try Row.fetchAll(
      cachedStatement(sql: "SELECT field, text FROM personal WHERE idx = ? LIMIT ?"),
      arguments: [index, LogLimits.personalFields])
    return Dictionary(
      rows.map { ($0[0] as String, $0[1] as String) }, uniquingKeysWith: { first, _ in first })
  }
}
