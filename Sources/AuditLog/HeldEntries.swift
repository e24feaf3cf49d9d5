import CanonicalJSON
import GRDB

/// Which entries are about something that is held: they name the case, a bundle of it, or a transfer of
/// such a bundle. Their personal texts aren't erased, and they aren't pruned.
struct HeldEntries {
  /// The order of each hold, by what it is on.
  private var cases: [String: String] = [:]
  private var bundles: [String: String] = [:]
  private var transfers: [String: String] = [:]
  private let facts: Statement

  /// What is held at that moment, milliseconds since 1970; nil where nothing is.
  init?(_ db: Database, at now: Int64) throws {
    let holds = try db.holds().filter { $0.isInForce(at: now) }
    guard !holds.isEmpty else { return nil }
    for hold in holds {
      switch hold.thing {
      case .bundle(let id): bundles[id] = hold.order
      case .caseReference(let reference): cases[reference] = hold.order
      }
    }
    facts = try db.cachedStatement(sql: "SELECT \(Self.columns) FROM entries WHERE idx = ?")
    try spread(db)
  }

  /// The order that holds an entry; nil where none does.
  func order(holding index: UInt64) throws -> String? {
    guard let index = Int64(exactly: index),
      let row = try Row.fetchOne(facts, arguments: [index])
    else { return nil }
    return order(of: row)
  }

  /// The first entry of this range that is held, with its order.
  func first(in range: Range<UInt64>) throws -> (index: UInt64, order: String)? {
    for index in range {
      if let order = try order(holding: index) { return (index, order) }
    }
    return nil
  }

  /// From cases to bundles, from bundles to transfers: entries about a transfer need not name its case.
  private mutating func spread(_ db: Database) throws {
    for step in [Self.spreadToBundles, Self.spreadToTransfers] {
      let rows = try Row.fetchCursor(db, sql: "SELECT \(Self.columns) FROM entries")
      while let row = try rows.next() { step(&self, row) }
    }
  }

  private static func spreadToBundles(_ held: inout Self, _ row: Row) {
    guard let bundle = row.text(0), held.bundles[bundle] == nil else { return }
    held.bundles[bundle] = held.orderOfCase(row)
  }

  private static func spreadToTransfers(_ held: inout Self, _ row: Row) {
    guard let transfer = row.text(1), held.transfers[transfer] == nil else { return }
    held.transfers[transfer] = held.order(of: row)
  }

  private func order(of row: Row) -> String? {
    if let bundle = row.text(0), let order = bundles[bundle] { return order }
    if let transfer = row.text(1), let order = transfers[transfer] { return order }
    return orderOfCase(row)
  }

  private func orderOfCase(_ row: Row) -> String? {
    guard !cases.isEmpty else { return nil }
    if let reference = row.text(2), let order = cases[reference] { return order }
    // The entry's other cases: an array, as it stands in the entry.
    guard let others = row.text(3),
      let json = try? JSON(parsing: Array(others.utf8), limit: LogLimits.entryBytes)
    else { return nil }
    return (json.array ?? []).lazy.compactMap { $0.string.flatMap { cases[$0] } }.first
  }

  private static let columns = ["bundle", "transfer", "case", "cases"].map {
    "json_extract(body, '$.\"\($0)\"')"
  }.joined(separator: ", ")
}

extension Row {
  /// A value that is a text; nil for any other.
  fileprivate func text(_ column: Int) -> String? { String.fromDatabaseValue(self[column]) }
}
