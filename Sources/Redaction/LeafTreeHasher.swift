import CLeafHash
public import Merkle

/// Hashes the content of a table item in constant memory: its bytes come in any chunks, the lengths
/// of its leaves from a reader of their own.
///
/// Rows of leaves that came whole are hashed by both cores, each row in one call of the kernel; a row
/// of long leaves is hashed leaf by leaf, in pieces.
public final class LeafTreeHasher {
  /// Fills the buffer with the lengths of the next leaves, as many as it has room for.
  public typealias LengthReader = (UnsafeMutableBufferPointer<UInt64>) throws -> Void

  private let readLengths: LengthReader
  private let rows: LeafRows
  private let lengths = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: Int(maximumRowLeaves))
  /// The row that is being filled: its leaves, 0 where there is none, its bytes that haven't come.
  private var leaves = 0
  private var missing: UInt64 = 0
  /// What came of a row whose rest is in the next chunk.
  private var begun: [UInt8] = []
  /// The row's own tree, where its bytes are too many to wait for.
  private var long: LongRow?

  /// A hasher for `leafCount` leaves, at least 1.
  ///
  /// - Parameter seed: the item's content seed.
  public init(seed: Seed, leafCount: UInt64, lengths: @escaping LengthReader) {
    readLengths = lengths
    rows = LeafRows(seed: seed, leafCount: leafCount)
  }

  deinit { lengths.deallocate() }

  /// Hashes the next bytes.
  ///
  /// - Throws: ``RedactionError/leaves(_:)`` where more bytes come than the leaves have, and what the
  ///   reader of lengths throws.
  public func update(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while try beginRow() {
      let count = Int(min(UInt64(rest.count), missing))
      let next = UnsafeRawBufferPointer(rebasing: rest[..<count])
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      missing -= UInt64(count)
      if let long {
        long.update(next)
      } else if missing > 0 || !begun.isEmpty {
        begun.append(contentsOf: next)
      }
      if missing > 0 { break }
      endRow(next)
    }
    guard rest.isEmpty else { throw RedactionError.leaves(.count) }
    // Rows point into the chunk.
    rows.hashAll()
  }

  /// Returns the root; throws where fewer bytes came than the leaves have.
  public func finish() throws -> Hash {
    try update(UnsafeRawBufferPointer(start: nil, count: 0))
    guard leaves == 0 else { throw RedactionError.leaves(.count) }
    return rows.root
  }

  /// Whether there is a row to fill.
  private func beginRow() throws -> Bool {
    guard leaves == 0 else { return true }
    let count = Int(rows.begin())
    guard count > 0 else { return false }
    let lengths = UnsafeMutableBufferPointer(rebasing: lengths[..<count])
    try readLengths(lengths)
    var sum: UInt64 = 0
    for length in lengths {
      let (longer, overflow) = sum.addingReportingOverflow(length)
      guard !overflow else { throw RedactionError.leaves(.count) }
      sum = longer
    }
    leaves = count
    missing = sum
    if sum > maximumBlockBytes {
      rows.hashAll()
      long = LongRow(seed: rows.seed, lengths: Array(lengths))
    }
    return true
  }

  private func endRow(_ bytes: UnsafeRawBufferPointer) {
    let lengths = UnsafeMutableBufferPointer(rebasing: lengths[..<leaves])
    if let long {
      rows.add(long)
    } else if begun.isEmpty {
      rows.add(lengths, bytes)
    } else {
      begun.withUnsafeBytes {
        rows.add(lengths, $0)
        rows.hashAll()
      }
    }
    begun.removeAll(keepingCapacity: true)
    long = nil
    leaves = 0
  }
}

/// A row of leaves, hashed leaf by leaf.
final class LongRow {
  private let tree: LeafTree
  private let scratch = LeafScratch()
  private let lengths: [UInt64]
  private var leaf = leafhash_sha256()
  private var position = 0
  private var missing: UInt64 = 0

  init(seed: UnsafePointer<UInt8>, lengths: [UInt64]) {
    tree = LeafTree(seed: seed, count: UInt64(lengths.count))
    self.lengths = lengths
    beginLeaf()
  }

  private func beginLeaf() {
    guard tree.next(limit: 1, seed: scratch.seed) > 0 else { return }
    missing = lengths[position]
    leafhash_leaf_begin(&leaf, scratch.seed)
  }

  /// Hashes the next bytes, at most as many as the row has.
  func update(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes
    while position < lengths.count {
      let count = Int(min(UInt64(rest.count), missing))
      if count > 0 { leafhash_sha256_update(&leaf, rest.baseAddress, count) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      missing -= UInt64(count)
      if missing > 0 { return }
      leafhash_sha256_digest(&leaf, scratch.hash)
      tree.add(scratch.hash)
      position += 1
      beginLeaf()
    }
  }

  func putRoot(_ hash: UnsafeMutablePointer<UInt8>) { tree.putRoot(hash) }
}
