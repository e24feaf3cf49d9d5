import GRDB
public import Merkle

/// What a pruning left.
public struct Pruning: Hashable, Sendable {
  /// Entries before this number are gone; their hashes are not.
  public let size: UInt64
  /// The root of the tree over them, which the entry about it holds.
  public let root: Hash
  /// How many entries went now.
  public let count: UInt64
  /// How many entries a hold keeps back, the first of which it is about; 0 where none does.
  public let heldBack: UInt64
  /// The entry that says so.
  public let entry: LogEntry
}

extension NodeLog {
  /// Deletes the entries before a moment, and keeps their hashes: every proof about what is left,
  /// and every consistency proof from any earlier size, can be made as before.
  ///
  /// It goes up to the largest multiple of 256 (a tile) that a cosigned checkpoint covers: what no
  /// witness has seen stays, since only its bytes speak for it. Personal texts of these entries go as
  /// well. Throws ``AuditLogError/tooYoung(rule:until:)`` when one of them hasn't passed the rule's
  /// minimum age for entries, ``AuditLogError/nothingToPrune``, ``AuditLogError/held(order:)`` where a
  /// hold keeps back all that could go: it keeps its entries and all after them. `before` is in milliseconds since
  /// 1970, `personal` says who prunes.
  public func prune(
    before: Int64, under rule: RetentionRule, personal: [String: String] = [:]
  ) throws -> Pruning {
    let pruning = try transaction { transaction in
      try transaction.prune(before: before, under: rule, personal: personal)
    }
    _ = truncateWriteAheadLog()
    return pruning
  }

  /// The number before which entries were pruned; 0 where none were.
  public func prunedSize() throws -> UInt64 { try read { try $0.prunedSize() } }
}

extension LogTransaction {
  fileprivate mutating func prune(
    before: Int64, under rule: RetentionRule, personal: [String: String]
  ) throws -> Pruning {
    let start = try db.prunedSize()
    let prunable = try db.prunable(from: start, before: before)
    guard prunable > start else { throw AuditLogError.nothingToPrune }
    let held = try HeldEntries(db, at: milliseconds)?.first(in: start..<prunable)
    let size = held.map { $0.index / 256 * 256 } ?? prunable
    if let held, size <= start { throw AuditLogError.held(order: held.order) }
    let newest = try String.fetchOne(
      db,
      sql: "SELECT max(json_extract(body, '$.time')) FROM entries WHERE idx < ?",
      arguments: [Int64(size)])
    guard let newest = newest.flatMap({ Timestamp.milliseconds($0) }) else {
      throw AuditLogError.damaged(.entry(start))
    }
    let end = max(rule.entryMinimum.end(of: newest), rule.minimum.end(of: newest))
    guard end <= milliseconds else { throw AuditLogError.tooYoung(rule: rule.id, until: end) }
    let root = try treeRoot(size: size, hash: db.nodeHash)
    let entry = try append(
      LogDraft(
        .erase,
        [
          "rule": .string(rule.id), "pruned": .integer(Int64(size)), "root": .string(root.base64),
        ], personal: personal))
    try db.execute(
      sql: "INSERT INTO pruned(size, entry, rule, time) VALUES(?, ?, ?, ?)",
      arguments: [Int64(size), Int64(entry.index), rule.id, milliseconds])
    for table in ["personal", "transfers", "entries"] {
      try db.execute(sql: "DELETE FROM \(table) WHERE idx < ?", arguments: [Int64(size)])
    }
    return Pruning(
      size: size, root: root, count: size - start, heldBack: prunable - size, entry: entry)
  }
}

extension Database {
  /// The number before which entries were pruned.
  func prunedSize() throws -> UInt64 {
    UInt64(clamping: try Int64.fetchOne(self, sql: "SELECT max(size) FROM pruned") ?? 0)
  }

  /// The largest whole number of tiles that lies before a moment and in a cosigned checkpoint.
  fileprivate func prunable(from start: UInt64, before: Int64) throws -> UInt64 {
    let cosigned = try Int64.fetchOne(self, sql: "SELECT max(size) FROM cosignatures") ?? 0
    // The first entry that is not before the moment bounds it, whatever the clock did later.
    let first = try Int64.fetchOne(
      self,
      sql: """
        SELECT idx FROM entries WHERE idx >= ? AND json_extract(body, '$.time') >= ?
        ORDER BY idx LIMIT 1
        """, arguments: [Int64(start), Timestamp.text(before)])
    let limit = min(cosigned, first ?? cosigned)
    return UInt64(max(0, limit)) / 256 * 256
  }
}
