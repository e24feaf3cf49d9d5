import CLeafHash
public import Merkle

/// Hashes the content of a grid item in constant memory: bytes come in any chunking.
///
/// Whole subtrees go through one call of the kernel, so a long file costs little more than plain
/// SHA-256.
public final class GridHasher {
  private let tree: LeafTree
  private let scratch = LeafScratch()
  private let grid: UInt32
  /// The bytes that haven't come yet.
  private var remaining: UInt64
  /// The subtree that is being filled: its leaves, its bytes that haven't come, its bytes so far.
  private var leaves: UInt64 = 0
  private var missing: UInt64 = 0
  private var block: [UInt8] = []
  /// Where a leaf is longer than a block: its running hash.
  private var leaf = leafhash_sha256()

  /// A hasher for `byteCount` bytes in leaves of `grid` > 0 bytes.
  ///
  /// - Parameter seed: the item's content seed.
  public init(seed: Seed, grid: UInt32, byteCount: UInt64) {
    let count = ItemShape.gridLeafCount(byteCount: byteCount, grid: grid)
    tree = LeafTree(seed: seed, count: count)
    self.grid = grid
    remaining = byteCount
    beginSubtree()
    if byteCount == 0 { endSubtree(UnsafeRawBufferPointer(start: nil, count: 0)) }
  }

  /// Hashes the next bytes; throws where more come than were announced.
  public func update(_ bytes: UnsafeRawBufferPointer) throws(RedactionError) {
    guard UInt64(bytes.count) <= remaining else { throw .leaves(.count) }
    var rest = bytes
    while !rest.isEmpty {
      let count = Int(min(UInt64(rest.count), missing))
      let next = UnsafeRawBufferPointer(rebasing: rest[..<count])
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      missing -= UInt64(count)
      remaining -= UInt64(count)
      take(next)
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    if gridBlockLeaves(grid) == nil {
      leafhash_sha256_update(&leaf, bytes.baseAddress, bytes.count)
      if missing == 0 { endSubtree(bytes) }
    } else if missing == 0, block.isEmpty {
      endSubtree(bytes)
    } else {
      block += bytes
      if missing == 0 { block.withUnsafeBytes { endSubtree($0) } }
    }
  }

  private func beginSubtree() {
    leaves = tree.next(limit: gridBlockLeaves(grid) ?? 1, seed: scratch.seed)
    missing = min(remaining, leaves * UInt64(grid))
    block.removeAll(keepingCapacity: true)
    if gridBlockLeaves(grid) == nil { leafhash_leaf_begin(&leaf, scratch.seed) }
  }

  private func endSubtree(_ bytes: UnsafeRawBufferPointer) {
    if gridBlockLeaves(grid) == nil {
      leafhash_sha256_digest(&leaf, scratch.hash)
    } else {
      leafhash_grid_root(scratch.seed, leaves, grid, bytes.baseAddress, bytes.count, scratch.hash)
    }
    tree.add(scratch.hash)
    beginSubtree()
  }

  /// Returns the root; throws where fewer bytes came than were announced.
  public func finish() throws(RedactionError) -> Hash {
    guard remaining == 0 else { throw .leaves(.count) }
    return tree.root
  }
}
