import CLeafHash
public import Merkle

/// Hashes the content of a table item, leaf by leaf, in constant memory.
///
/// Short leaves wait until a subtree of them is complete, which then is hashed in one call of the
/// kernel; a subtree of long ones is hashed leaf by leaf, in pieces.
public final class LeafTreeHasher {
  private let tree: LeafTree
  private let scratch = LeafScratch()
  private var remaining: UInt64
  /// The subtree that is being filled: its leaves, the lengths and bytes of those that came.
  private var leaves = 0
  private var lengths: [UInt32] = []
  private var bytes: [UInt8] = []
  /// Where the open leaf begins in `bytes`.
  private var start = 0
  /// The subtree's own tree, once its bytes are too many to wait for.
  private var long: LongRow?

  /// A hasher for `leafCount` leaves, at least 1.
  ///
  /// - Parameter seed: the item's content seed.
  public init(seed: Seed, leafCount: UInt64) {
    tree = LeafTree(seed: seed, count: leafCount)
    remaining = leafCount
    beginRow()
  }

  private func beginRow() {
    leaves = Int(tree.next(limit: maximumRowLeaves, seed: scratch.seed))
    lengths.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
    start = 0
    long = nil
  }

  /// Hashes the next bytes of the leaf; throws where there is no leaf left.
  public func update(_ piece: UnsafeRawBufferPointer) throws(RedactionError) {
    guard remaining > 0 else { throw .leaves(.count) }
    if long == nil, bytes.count + piece.count > maximumBlockBytes { beginLongRow() }
    if let long {
      long.update(piece)
    } else {
      bytes.append(contentsOf: piece)
    }
  }

  /// Ends the leaf, which may be empty; throws where there is no leaf left.
  public func endLeaf() throws(RedactionError) {
    guard remaining > 0 else { throw .leaves(.count) }
    remaining -= 1
    if let long {
      long.endLeaf()
      guard long.isComplete else { return }
      long.putRoot(scratch.hash)
    } else {
      lengths.append(UInt32(bytes.count - start))
      start = bytes.count
      guard lengths.count == leaves else { return }
      bytes.withUnsafeBytes {
        leafhash_row_root(
          scratch.seed, UInt64(leaves), lengths, $0.baseAddress, scratch.hash)
      }
    }
    tree.add(scratch.hash)
    beginRow()
  }

  /// Gives what came of the subtree to a tree of its own.
  private func beginLongRow() {
    let row = LongRow(seed: scratch.seed, count: UInt64(leaves))
    bytes.withUnsafeBytes { bytes in
      var place = 0
      for length in lengths {
        row.update(UnsafeRawBufferPointer(rebasing: bytes[place..<place + Int(length)]))
        row.endLeaf()
        place += Int(length)
      }
      row.update(UnsafeRawBufferPointer(rebasing: bytes[place...]))
    }
    long = row
  }

  /// Returns the root; throws where fewer leaves came than were announced.
  public func finish() throws(RedactionError) -> Hash {
    guard remaining == 0 else { throw .leaves(.count) }
    return tree.root
  }
}

/// A subtree that is hashed leaf by leaf.
private final class LongRow {
  private let tree: LeafTree
  private let scratch = LeafScratch()
  private var leaf = leafhash_sha256()
  private(set) var isComplete = false

  init(seed: UnsafePointer<UInt8>, count: UInt64) {
    tree = LeafTree(seed: seed, count: count)
    beginLeaf()
  }

  private func beginLeaf() {
    isComplete = tree.next(limit: 1, seed: scratch.seed) == 0
    if !isComplete { leafhash_leaf_begin(&leaf, scratch.seed) }
  }

  func update(_ piece: UnsafeRawBufferPointer) {
    guard let start = piece.baseAddress, !piece.isEmpty else { return }
    leafhash_sha256_update(&leaf, start, piece.count)
  }

  func endLeaf() {
    leafhash_sha256_digest(&leaf, scratch.hash)
    tree.add(scratch.hash)
    beginLeaf()
  }

  func putRoot(_ hash: UnsafeMutablePointer<UInt8>) { tree.putRoot(hash) }
}
