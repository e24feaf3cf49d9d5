import GRDB
import Merkle

// The table `nodes`: the hashes of a tree's complete subtrees, in runs.
//
// A commit makes two hashes for each entry, all of them neighbours. So a row holds a run of hashes, of
// which `pos` numbers the first; a row for each hash, as files of earlier formats have it, took a quarter
// of the time of an append.

/// The hashes that a commit adds to a tree, until they are written.
struct HashRuns {
  /// So many fill a page of SQLite, which stores what is longer in pages of its own.
  static let longest = 125

  private let start: Int64
  private var bytes: [UInt8] = []

  /// The hashes that come after a tree of `size` leaves.
  init(after size: UInt64) {
    start = Schema.nodePosition(level: 0, index: size)
  }

  /// Adds the next hash.
  mutating func append(_ hash: Hash) {
    hash.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// Writes them in as few rows as there may be.
  func write(_ db: Database) throws {
    let insert = try db.cachedStatement(sql: "INSERT INTO nodes(pos, hash) VALUES(?, ?)")
    let step = Self.longest * Hash.byteCount
    for offset in stride(from: 0, to: bytes.count, by: step) {
      insert.bind(start + Int64(offset / Hash.byteCount), at: 1)
      try insert.runOnce(blob: bytes[offset..<min(offset + step, bytes.count)], at: 2)
    }
  }
}

/// Reads stored hashes in their order.
struct StoredHashes {
  private let rows: RowReader
  private var run: [UInt8] = []
  private var offset = 0
  private var position: UInt64 = 0

  init(_ rows: RowReader) { self.rows = rows }

  /// The next hash with its number; nil after the last, and where a row isn't a run of hashes.
  mutating func next() throws -> (position: UInt64, hash: Hash)? {
    if offset == run.count {
      guard try rows.next(), let first = rows.unsigned(0), let bytes = rows.bytes(1),
        !bytes.isEmpty, bytes.count % Hash.byteCount == 0
      else { return nil }
      (run, offset, position) = (bytes, 0, first)
    }
    guard let hash = Hash(bytes: run[offset..<offset + Hash.byteCount]) else { return nil }
    defer {
      offset += Hash.byteCount
      position &+= 1
    }
    return (position, hash)
  }
}

/// Finds stored hashes.
struct HashFinder {
  private let statement: Statement

  init(_ db: Database) throws {
    statement = try db.cachedStatement(
      sql: "SELECT pos, hash FROM nodes WHERE pos <= ? ORDER BY pos DESC LIMIT 1")
  }

  /// The stored hash of a complete subtree.
  func hash(level: Int, index: UInt64) throws -> Hash {
    let position = Schema.nodePosition(level: level, index: index)
    statement.bind(position, at: 1)
    let hash = try statement.readOnce { row -> Hash? in
      guard let first = row.integer(0), first >= 0 else { return nil }
      let place = Int(position - first)
      return row.withBytes(1) { bytes in
        guard bytes.count % Hash.byteCount == 0, place < bytes.count / Hash.byteCount else {
          return nil
        }
        return Hash(bytes: bytes[(place * Hash.byteCount)..<((place + 1) * Hash.byteCount)])
      }
    }
    guard let hash, let hash else {
      throw AuditLogError.damaged(.missingNode(level: level, index: index))
    }
    return hash
  }
}

extension Database {
  /// The stored hash of a complete subtree.
  func nodeHash(level: Int, index: UInt64) throws -> Hash {
    try HashFinder(self).hash(level: level, index: index)
  }
}
