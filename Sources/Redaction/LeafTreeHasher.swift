import CLeafHash
public import Merkle

/// Hashes the content of a table item, leaf by leaf, in constant memory.
public final class LeafTreeHasher {
  private let tree: LeafTree
  private let scratch = LeafScratch()
  private var leaf = leafhash_sha256()
  private var remaining: UInt64

  /// A hasher for `leafCount` leaves, at least 1.
  ///
  /// - Parameter seed: the item's content seed.
  public init(seed: Seed, leafCount: UInt64) {
    tree = LeafTree(seed: seed, count: leafCount)
    remaining = leafCount
    beginLeaf()
  }

  private func beginLeaf() {
    if tree.next(limit: 1, seed: scratch.seed) == 1 { leafhash_leaf_begin(&leaf, scratch.seed) }
  }

  /// Hashes the next bytes of the leaf; throws where there is no leaf left.
  public func update(_ bytes: UnsafeRawBufferPointer) throws(RedactionError) {
    guard remaining > 0 else { throw .leaves(.count) }
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    leafhash_sha256_update(&leaf, start, bytes.count)
  }

  /// Ends the leaf, which may be empty; throws where there is no leaf left.
  public func endLeaf() throws(RedactionError) {
    guard remaining > 0 else { throw .leaves(.count) }
    leafhash_sha256_digest(&leaf, scratch.hash)
    tree.add(scratch.hash)
    remaining -= 1
    beginLeaf()
  }

  /// Returns the root; throws where fewer leaves came than were announced.
  public func finish() throws(RedactionError) -> Hash {
    guard remaining == 0 else { throw .leaves(.count) }
    return tree.root
  }
}
