import Foundation
import GRDB
import Merkle

/// A row of `checkpoints`, as it stands there: nothing about it is verified.
struct StoredCheckpoint {
  var size: UInt64
  var root: Hash
  var note: [UInt8]

  init(size: UInt64, root: Hash, note: [UInt8]) {
    self.size = size
    self.root = root
    self.note = note
  }

  /// The row of `size, root, note` that a statement is at.
  init?(_ statement: Statement) {
    guard let number = statement.integer(0), let size = UInt64(exactly: number),
      size <= LogLimits.treeSize, let root = statement.hash(1),
      let note = statement.bytes(2, limit: LogLimits.noteBytes)
    else { return nil }
    self.init(size: size, root: root, note: note)
  }

  init?(_ row: Row) {
    guard let size = row.unsigned(0), size <= LogLimits.treeSize,
      let root = row.bytes(1).flatMap({ Hash(bytes: $0) }), let note = row.bytes(2)
    else { return nil }
    self.size = size
    self.root = root
    self.note = note
  }
}

extension Database {
  /// The right edge of the tree, recomputed, when it and the last checkpoint agree.
  ///
  /// This is asked in each writing transaction, since another process may have appended: no head is
  /// kept across transactions, and a damaged tree is never signed again.
  func currentTree() throws -> CompactTree {
    guard let last = try latestCheckpoint() else {
      throw AuditLogError.damaged(.noCheckpoint)
    }
    let counting = try cachedStatement(sql: "SELECT coalesce(max(idx), -1) + 1 FROM entries")
    let entries = UInt64(clamping: try counting.readOnce { $0.integer(0) ?? 0 } ?? 0)
    guard entries == last.size else {
      throw AuditLogError.damaged(.entryCount(entries: entries, size: last.size))
    }
    let stored = try HashFinder(self)
    var edge: [Hash] = []
    var start: UInt64 = 0
    for level in (0..<63).reversed() where last.size >> UInt64(level) & 1 == 1 {
      edge.append(try stored.hash(level: level, index: start >> UInt64(level)))
      start += 1 << UInt64(level)
    }
    guard let tree = CompactTree(size: last.size, edge: edge), tree.root == last.root else {
      throw AuditLogError.damaged(.root(size: last.size))
    }
    return tree
  }
}
