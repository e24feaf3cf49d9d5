public import CanonicalJSON
public import GRDB

// Holds: an order of a court or authority that something may not be erased. The entries `hold` are what
// an auditor reads; the table `holds` beside them outlives their pruning, and is what erasing asks.
// `HoldTests` and `hold.txt` prove it.

/// What a hold is on.
public enum HeldThing: Hashable, Sendable {
  /// One bundle, by its id, in whatever transfer it came.
  case bundle(String)
  /// Everything of a case, by its reference; what comes later, too.
  case caseReference(String)

  /// The fields of the entries about it.
  var fields: [String: JSON] {
    switch self {
    case .bundle(let id): ["bundle": .string(id)]
    case .caseReference(let reference): ["case": .string(reference)]
    }
  }
}

/// A hold that was placed.
public struct Hold: Hashable, Sendable {
  /// The number of the order.
  public let order: String
  /// What it is on.
  public let thing: HeldThing
  /// The transfer that people named when they placed it.
  public let transfer: String?
  /// When it ends by itself, milliseconds since 1970; nil: when it is lifted.
  public let until: Int64?
  /// When it was placed.
  public let placed: Int64
  /// When it was lifted.
  public let lifted: Int64?
  /// The entry that says that it was placed.
  public let entry: UInt64

  /// Whether it forbids to erase at that moment, milliseconds since 1970.
  public func isInForce(at now: Int64) -> Bool {
    lifted == nil && (until.map { $0 >= now } ?? true)
  }
}

/// An order that something is held, as two people enter it.
public struct HoldOrder: Hashable, Sendable {
  let number: String
  let thing: HeldThing
  let until: Int64?
  let fields: [String: JSON]

  /// An order of this number.
  ///
  /// - Parameters:
  ///   - until: its end, milliseconds since 1970; nil: until it is lifted.
  ///   - fields: what else the entry says, such as the transfer.
  /// - Throws: ``AuditLogError/invalidField(_:)`` unless the number and a case's reference are 1 to 128
  ///   printable ASCII characters without a blank at their ends. Prose may name somebody, and an entry
  ///   lasts; a case of another form stands in no entry, so a hold on it would keep nothing of the log.
  public init(
    _ number: String, on thing: HeldThing, until: Int64? = nil, fields: [String: JSON] = [:]
  ) throws(AuditLogError) {
    guard Self.isReference(number) else { throw .invalidField("order") }
    if case .caseReference(let reference) = thing, !Self.isReference(reference) {
      throw .invalidField("case")
    }
    self.number = number
    self.thing = thing
    self.until = until
    self.fields = fields
  }

  private static func isReference(_ text: String) -> Bool {
    (1...128).contains(text.utf8.count) && text.first != " " && text.last != " "
      && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
  }

  func draft(_ outcome: String, personal: [String: String]) -> LogDraft {
    var all = fields.merging(thing.fields) { $1 }
    all["order"] = .string(number)
    all["outcome"] = .string(outcome)
    all["hold-until"] = until.map { .string(Timestamp.text($0)) }
    return LogDraft(.hold, all, personal: personal)
  }
}

extension NodeLog {
  /// Every hold, in the order in which they were placed.
  public func holds() throws -> [Hold] { try read { try $0.holds() } }

  /// Logs the holds in force once more, in a log of a new origin, whose entries auditors ask from now on.
  public func logHoldsAgain() throws {
    var last: Int64 = 0
    while true {
      let start = last
      guard let end = try transaction({ try $0.logHoldsAgain(after: start) }) else { return }
      last = end
    }
  }
}

extension LogTransaction {
  /// Places a hold. `personal`: who decided it, and why.
  ///
  /// - Throws: ``AuditLogError/heldAlready(order:)``.
  public mutating func place(_ order: HoldOrder, personal: [String: String]) throws -> Hold {
    guard try db.hold(order.number, on: order.thing, at: milliseconds) == nil else {
      throw AuditLogError.heldAlready(order: order.number)
    }
    let entry = try append(order.draft("placed", personal: personal))
    var values: [String: (any DatabaseValueConvertible)?] = [
      "order_number": order.number, "transfer": order.fields["transfer"]?.string,
      "until": order.until, "placed": milliseconds, "entry": Int64(clamping: entry.index),
    ]
    switch order.thing {
    case .bundle(let id): values["bundle"] = id
    case .caseReference(let reference): values["case_reference"] = reference
    }
    try db.execute(
      sql: """
        INSERT INTO holds(order_number, bundle, case_reference, transfer, until, placed, entry)
        VALUES(:order_number, :bundle, :case_reference, :transfer, :until, :placed, :entry)
        """,
      arguments: StatementArguments(
        ["bundle": nil, "case_reference": nil].merging(values) { $1 }))
    return Hold(
      order: order.number, thing: order.thing, transfer: order.fields["transfer"]?.string,
      until: order.until, placed: milliseconds, lifted: nil, entry: entry.index)
  }

  /// Lifts the hold of an order. `personal`: who decided it, and why.
  ///
  /// - Throws: ``AuditLogError/notHeld(order:)``.
  public mutating func lift(_ order: HoldOrder, personal: [String: String]) throws -> Hold {
    guard let found = try db.hold(order.number, on: order.thing, at: milliseconds) else {
      throw AuditLogError.notHeld(order: order.number)
    }
    _ = try append(order.draft("lifted", personal: personal))
    try db.execute(
      sql: "UPDATE holds SET lifted = ? WHERE id = ?", arguments: [milliseconds, found.id])
    return Hold(
      order: order.number, thing: order.thing, transfer: found.hold.transfer,
      until: found.hold.until, placed: found.hold.placed, lifted: milliseconds,
      entry: found.hold.entry)
  }

  /// Logs some of the holds in force after that row; the last one's number, nil where there is none.
  fileprivate mutating func logHoldsAgain(after last: Int64) throws -> Int64? {
    let rows = try Row.fetchAll(
      db, sql: "SELECT * FROM holds WHERE id > ? ORDER BY id LIMIT ?",
      arguments: [last, Self.holdsAtATime])
    for row in rows {
      let hold = try Hold(row)
      guard hold.isInForce(at: milliseconds) else { continue }
      var fields: [String: JSON] = ["note": "logged again"]
      fields["transfer"] = hold.transfer.map { .string($0) }
      let order = try HoldOrder(hold.order, on: hold.thing, until: hold.until, fields: fields)
      let entry = try append(order.draft("placed", personal: [:]))
      try db.execute(
        sql: "UPDATE holds SET entry = ? WHERE id = ?",
        arguments: [Int64(clamping: entry.index), row["id"] as Int64])
    }
    return rows.last?["id"]
  }

  /// Far below the entries of one call.
  private static var holdsAtATime: Int { 100 }
}

extension Database {
  /// Every hold, in the order in which they were placed.
  func holds() throws -> [Hold] {
    try Row.fetchAll(self, sql: "SELECT * FROM holds ORDER BY id").map { try Hold($0) }
  }

  /// The holds that forbid to erase a bundle of these cases at that moment, milliseconds since 1970.
  public func holds(onBundle bundle: String, cases: [String], at now: Int64) throws -> [Hold] {
    try holds().filter { hold in
      guard hold.isInForce(at: now) else { return false }
      return switch hold.thing {
      case .bundle(let id): id == bundle
      case .caseReference(let reference): cases.contains(reference)
      }
    }
  }

  fileprivate func hold(
    _ order: String, on thing: HeldThing, at now: Int64
  ) throws -> (id: Int64, hold: Hold)? {
    for row in try Row.fetchAll(
      self, sql: "SELECT * FROM holds WHERE order_number = ? ORDER BY id", arguments: [order])
    {
      let hold = try Hold(row)
      if hold.thing == thing, hold.isInForce(at: now) { return (row["id"], hold) }
    }
    return nil
  }
}

extension Hold {
  /// The table; moments in milliseconds since 1970.
  static let migration = NodeLog.TableMigration("holds-1") { db in
    try db.execute(
      sql: """
        CREATE TABLE holds(
          id INTEGER PRIMARY KEY, order_number TEXT NOT NULL, bundle TEXT, case_reference TEXT,
          transfer TEXT, until INTEGER, placed INTEGER NOT NULL, lifted INTEGER,
          entry INTEGER NOT NULL, CHECK((bundle IS NULL) <> (case_reference IS NULL))) STRICT;
        """)
  }

  fileprivate init(_ row: Row) throws {
    order = row["order_number"]
    if let bundle = row["bundle"] as String? {
      thing = .bundle(bundle)
    } else if let reference = row["case_reference"] as String? {
      thing = .caseReference(reference)
    } else {
      throw AuditLogError.notALog
    }
    transfer = row["transfer"]
    until = row["until"]
    placed = row["placed"]
    lifted = row["lifted"]
    entry = UInt64(clamping: row["entry"] as Int64)
  }
}
