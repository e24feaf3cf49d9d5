import Foundation
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
  private var appended = 0

  init(db: Database, tree: CompactTree, stamp: EntryStamp, random: @escaping (Int) -> [UInt8]) {
    self.db = db
    self.tree = tree
    self.stamp = stamp
    self.random = random
  }

  /// The time of the transaction, in milliseconds since 1970.
  public var milliseconds: Int64 { stamp.milliseconds }

  /// Appends an entry. It becomes part of the log when the transaction commits.
  public mutating func append(_ draft: LogDraft) throws -> LogEntry {
    guard appended < LogLimits.batch else {
      throw AuditLogError.tooManyDrafts(appended + 1, limit: LogLimits.batch)
    }
    let composed = try ComposedEntry(draft, stamp: stamp, random: random)
    let index = Int64(tree.size)
    let entry = LogEntry(index: tree.size, leaf: Hash(leaf: composed.body), body: composed.body)
    let insert = try db.cachedStatement(sql: "INSERT INTO entries(idx, body) VALUES(?, ?)")
    insert.bind(index, at: 1)
    try insert.runOnce(text: composed.body, at: 2)
    let insertNode = try db.cachedStatement(sql: "INSERT INTO nodes(pos, hash) VALUES(?, ?)")
    try tree.append(leaf: entry.leaf) { level, index, hash in
      insertNode.bind(Schema.nodePosition(level: level, index: index), at: 1)
      try insertNode.runOnce(hash: hash, at: 2)
    }
    if let transfer = draft.fields["transfer"]?.string {
      try db.cachedStatement(sql: "INSERT INTO transfers(transfer, idx) VALUES(?, ?)")
        .execute(arguments: [transfer, index])
    }
    for row in composed.personal {
      try db.cachedStatement(sql: "INSERT INTO personal(idx, field, salt, text) VALUES(?, ?, ?, ?)")
        .execute(arguments: [index, row.field, Data(row.salt), row.text])
    }
    appended += 1
    return entry
  }
}
