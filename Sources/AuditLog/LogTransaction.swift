public import GRDB
public import Merkle

/// An entry of the log.
public struct LogEntry: Hashable, Sendable {
  /// Its number, from 0.
  public let index: UInt64
  /// The hash of its bytes as a leaf of the tree.
  public let leaf: Hash
  /// Its exact bytes: a JSON object in RFC 8785 form.
  public let body: [UInt8]
}

/// A value together with the entry that was durably logged about it.
///
/// There is no public initializer: what takes a `Logged` value can't be given one that isn't.
public struct Logged<Value: Sendable>: Sendable {
  /// The value.
  public let value: Value
  /// The entry about it.
  public let entry: LogEntry
}

/// One writing transaction of the log, for as long as the closure that was given it runs.
public struct LogTransaction {
  /// The database, to read and to change tables of the caller's own.
  public let db: Database
  let stamp: EntryStamp
  private(set) var tree: CompactTree
  private let random: (Int) -> [UInt8]
  private let statements: EntryStatements
  /// The tree's new hashes, which are written together at the end.
  private var hashes: HashRuns
  private var appended = 0

  init(
    db: Database, tree: CompactTree, stamp: EntryStamp, random: @escaping (Int) -> [UInt8]
  ) throws {
    self.db = db
    self.tree = tree
    hashes = HashRuns(after: tree.size)
    self.stamp = stamp
    self.random = random
    statements = try EntryStatements(db)
  }

  /// The time of the transaction, in milliseconds since 1970.
  public var milliseconds: Int64 { stamp.milliseconds }

  /// Appends an entry. It becomes part of the log when the transaction commits.
  public mutating func append(_ draft: LogDraft) throws -> LogEntry {
    guard appended < LogLimits.batch else {
      throw AuditLogError.tooManyDrafts(appended + 1, limit: LogLimits.batch)
    }
    let prepared = try PreparedDraft(draft, random: random)
    return try insert(prepared, body: prepared.body(stamp))
  }

  /// Appends drafts that are prepared.
  mutating func append(_ drafts: [PreparedDraft]) throws -> [LogEntry] {
    guard drafts.count + appended <= LogLimits.batch else {
      throw AuditLogError.tooManyDrafts(drafts.count + appended, limit: LogLimits.batch)
    }
    return try insert(drafts, bodies: compose(drafts))
  }

  /// The bytes of entries; nothing is written.
  func compose(_ drafts: [PreparedDraft]) throws(AuditLogError) -> [[UInt8]] {
    var bodies: [[UInt8]] = []
    bodies.reserveCapacity(drafts.count)
    for draft in drafts { bodies.append(try draft.body(stamp)) }
    return bodies
  }

  /// Writes entries that are composed. Only the database can throw.
  mutating func insert(_ drafts: [PreparedDraft], bodies: [[UInt8]]) throws -> [LogEntry] {
    var entries: [LogEntry] = []
    entries.reserveCapacity(drafts.count)
    for (draft, body) in zip(drafts, bodies) { entries.append(try insert(draft, body: body)) }
    return entries
  }

  /// Another call begins, whose entries are counted anew.
  mutating func beginCall() { appended = 0 }

  /// Writes the hashes of the entries of all calls.
  func writeHashes() throws { try hashes.write(db) }

  private mutating func insert(_ draft: PreparedDraft, body: [UInt8]) throws -> LogEntry {
    let entry = LogEntry(index: tree.size, leaf: Hash(leaf: body), body: body)
    let index = Int64(entry.index)
    statements.entry.bind(index, at: 1)
    try statements.entry.runOnce(text: body, at: 2)
    tree.append(leaf: entry.leaf) { _, _, hash in hashes.append(hash) }
    if let transfer = draft.transfer {
      statements.transfer.bind(index, at: 2)
      try statements.transfer.runOnce(text: transfer, at: 1)
    }
    for row in draft.personal {
      let personal = statements.personal
      personal.bind(index, at: 1)
      personal.bind(text: row.field, at: 2)
      personal.bind(blob: row.salt, at: 3)
      try personal.runOnce(text: row.text, at: 4)
    }
    appended += 1
    return entry
  }
}

/// The statements that write an entry, looked up once for each commit.
private struct EntryStatements {
  let entry: Statement
  let transfer: Statement
  let personal: Statement

  init(_ db: Database) throws {
    entry = try db.cachedStatement(sql: "INSERT INTO entries(idx, body) VALUES(?, ?)")
    transfer = try db.cachedStatement(sql: "INSERT INTO transfers(transfer, idx) VALUES(?, ?)")
    personal = try db.cachedStatement(
      sql: "INSERT INTO personal(idx, field, salt, text) VALUES(?, ?, ?, ?)")
  }
}
