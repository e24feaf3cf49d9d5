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
  /// The stored hash of a complete subtree.
  func nodeHash(level: Int, index: UInt64) throws -> Hash {
    let statement = try cachedStatement(sql: "SELECT hash FROM nodes WHERE pos = ?")
    let position = Schema.nodePosition(level: level, index: index)
    guard let bytes = try Data.fetchOne(statement, arguments: [position]),
      let hash = Hash(bytes: bytes)
    else { throw AuditLogError.damaged(.missingNode(level: level, index: index)) }
    return hash
  }

  /// The right edge of the tree, recomputed, when it and the last checkpoint agree.
  ///
  /// This is asked in each writing transaction, since another process may have appended: no head is
  /// kept across transactions, and a damaged tree is never signed again.
  func currentTree() throws -> CompactTree {
    guard let last = try latestCheckpoint() else {
      throw AuditLogError.damaged(.noCheckpoint)
    }
    let entries = try Int64.fetchOne(
      cachedStatement(sql: "SELECT coalesce(max(idx), -1) + 1 FROM entries"))
    guard let entries, entries == Int64(last.size) else {
      let count = UInt64(max(0, entries ?? 0))
      throw AuditLogError.damaged(.entryCount(entries: count, size: last.size))
    }
    var edge: [Hash] = []
    var start: UInt64 = 0
    for level in (0..<63).reversed() where last.size >> UInt64(level) & 1 == 1 {
      edge.append(try nodeHash(level: level, index: start >> UInt64(level)))
      start += 1 << UInt64(level)
    }
    guard let tree = CompactTree(size: last.size, edge: edge), tree.root == last.root else {
      throw AuditLogError.damaged(.root(size: last.size))
    }
    return tree
  }
}
