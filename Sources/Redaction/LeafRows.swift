import CLeafHash
import Dispatch
import Merkle

/// The rows of a table's leaf tree: subtrees of at most 256 leaves that are hashed in one call of the
/// kernel each. Rows that are complete are collected, and hashed together by two threads.
///
/// Two trees walk in step: one gives the seeds of rows whose hashes aren't known yet, the other takes
/// the hashes in order.
final class LeafRows {
  private let seeds: LeafTree
  private let hashes: LeafTree
  /// The seed of the row that was begun, and what the other tree gives and takes.
  private let scratch = LeafScratch()
  private let done = LeafScratch()
  private var collected: [CollectedRow] = []
  private var lengths: [UInt32] = []
  /// Seed and hash of each row that is collected.
  private let memory = SecretRows(count: maximumCollectedRows)

  init(seed: Seed, leafCount: UInt64) {
    seeds = LeafTree(seed: seed, count: leafCount)
    hashes = LeafTree(seed: seed, count: leafCount)
  }

  /// Begins the next row and returns the number of its leaves; 0 when all rows were added.
  func begin() -> UInt64 { seeds.next(limit: maximumRowLeaves, seed: scratch.seed) }

  /// The seed of the row that was begun last; valid until the next one is.
  var seed: UnsafePointer<UInt8> { UnsafePointer(scratch.seed) }

  /// Takes the row that was begun last, with all its bytes, which stay valid until ``hashAll()``.
  func add(_ lengths: UnsafeMutableBufferPointer<UInt64>, _ bytes: UnsafeRawBufferPointer) {
    if collected.count == maximumCollectedRows { hashAll() }
    memory.seed(collected.count).update(from: scratch.seed, count: Seed.byteCount)
    collected.append(
      CollectedRow(leaves: lengths.count, firstLength: self.lengths.count, bytes: bytes))
    self.lengths.append(contentsOf: lengths.lazy.map { UInt32(truncatingIfNeeded: $0) })
    // What the hash is doesn't matter to this tree.
    seeds.add(done.hash)
  }

  /// Takes the row that was begun last, hashed by itself; what was collected before was hashed.
  func add(_ row: LongRow) {
    row.putRoot(done.hash)
    seeds.add(done.hash)
    _ = hashes.next(limit: maximumRowLeaves, seed: done.seed)
    hashes.add(done.hash)
  }

  /// Hashes what was collected.
  func hashAll() {
    guard !collected.isEmpty else { return }
    let (rows, memory) = (collected, memory)
    lengths.withUnsafeBufferPointer { lengths in
      let work = RowWork(rows: rows, lengths: lengths, memory: memory)
      if rows.count < Self.fewRows {
        work.hash(0..<rows.count)
      } else {
        let (middle, end) = (rows.count / 2, rows.count)
        DispatchQueue.concurrentPerform(iterations: 2) { half in
          work.hash(half == 0 ? 0..<middle : middle..<end)
        }
      }
    }
    for index in rows.indices {
      _ = hashes.next(limit: maximumRowLeaves, seed: done.seed)
      hashes.add(memory.hash(index))
    }
    collected.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
  }

  /// The root, when no row is left.
  var root: Hash { hashes.root }

  /// A second thread isn't worth waking for fewer.
  private static let fewRows = 8
}

private struct CollectedRow {
  let leaves: Int
  let firstLength: Int
  let bytes: UnsafeRawBufferPointer
}

/// Rows that are hashed by two threads, each its own half.
///
/// Unchecked, since the compiler can't see the halves: rows and lengths are only read, and each hash
/// is written by the thread whose row it is.
private struct RowWork: @unchecked Sendable {
  let rows: [CollectedRow]
  let lengths: UnsafeBufferPointer<UInt32>
  let memory: SecretRows

  func hash(_ range: Range<Int>) {
    for index in range {
      let row = rows[index]
      leafhash_row_root(
        memory.seed(index), UInt64(row.leaves), lengths.baseAddress.map { $0 + row.firstLength },
        row.bytes.baseAddress, memory.hash(index))
    }
  }
}

/// Seeds and hashes of rows, 64 bytes for each; wiped at the end.
private final class SecretRows {
  private let bytes: UnsafeMutablePointer<UInt8>
  private let count: Int

  init(count: Int) {
    self.count = count
    bytes = .allocate(capacity: 64 * count)
    bytes.initialize(repeating: 0, count: 64 * count)
  }

  deinit {
    leafhash_wipe(bytes, 64 * count)
    bytes.deallocate()
  }

  func seed(_ index: Int) -> UnsafeMutablePointer<UInt8> { bytes + 64 * index }
  func hash(_ index: Int) -> UnsafeMutablePointer<UInt8> { bytes + 64 * index + 32 }
}

/// About a quarter of a megabyte of short leaves, as much as comes at a time.
private let maximumCollectedRows = 256
