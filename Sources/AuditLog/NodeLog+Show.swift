public import CanonicalJSON
import Foundation
import GRDB

/// Which entries to show; what is absent doesn't narrow.
public struct EntryFilter: Hashable, Sendable {
  /// What happened.
  public var event: LogEvent?
  /// The transfer, as UUID text.
  public var transfer: String?
  /// The id of the other node.
  public var peer: String?
  /// The first index.
  public var from: UInt64?
  /// The index after the last.
  public var to: UInt64?
  /// The most entries.
  public var limit: Int?
  /// Whether the newest come first.
  public var newestFirst: Bool

  /// A filter of these conditions, all of which have to hold.
  public init(
    event: LogEvent? = nil, transfer: String? = nil, peer: String? = nil, from: UInt64? = nil,
    to: UInt64? = nil, limit: Int? = nil, newestFirst: Bool = false
  ) {
    self.event = event
    self.transfer = transfer
    self.peer = peer
    self.from = from
    self.to = to
    self.limit = limit
    self.newestFirst = newestFirst
  }

  /// The conditions as SQL over `entries`, and what it binds.
  var sql: (text: String, arguments: StatementArguments) {
    var conditions: [String] = []
    var arguments = StatementArguments()
    func add(_ condition: String, _ value: (any DatabaseValueConvertible)?) {
      guard let value else { return }
      conditions.append(condition)
      arguments += [value]
    }
    add("idx IN (SELECT idx FROM transfers WHERE transfer = ?)", transfer)
    add("json_extract(body, '$.event') = ?", event?.rawValue)
    add("json_extract(body, '$.peer') = ?", peer)
    add("idx >= ?", from.map { Int64(clamping: $0) })
    add("idx < ?", to.map { Int64(clamping: $0) })
    var text = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    text += " ORDER BY idx" + (newestFirst ? " DESC" : "")
    if let limit { text += " LIMIT \(max(0, limit))" }
    return (text, arguments)
  }
}

/// An entry as it is shown.
public struct ShownEntry: Hashable, Sendable {
  /// Its number.
  public let index: UInt64
  /// Its exact bytes.
  public let body: [UInt8]
  /// What the bytes say.
  public let fields: [String: JSON]
  /// The personal texts that are not erased, where they were asked for.
  public let personal: [String: String]
}

extension NodeLog {
  /// Calls `each` with the entries that the filter lets through, one at a time.
  ///
  /// Whoever shows entries to a person logs that with event ``LogEvent/auditQuery``.
  public func show(
    _ filter: EntryFilter = EntryFilter(), personal: Bool = false,
    _ each: (ShownEntry) throws -> Void
  ) throws {
    try read { db in
      let (condition, arguments) = filter.sql
      let rows = try Row.fetchCursor(
        db, sql: "SELECT idx, body FROM entries \(condition)", arguments: arguments)
      while let row = try rows.next() {
        guard let index: Int64 = row[0], let bytes: Data = row[1] else { continue }
        let body = Array(bytes)
        let json = try JSON(canonical: body, limit: LogLimits.entryBytes)
        try each(
          ShownEntry(
            index: UInt64(index), body: body, fields: json.object ?? [:],
            personal: personal ? db.personalTexts(index) : [:]))
      }
    }
  }
}
