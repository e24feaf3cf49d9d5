import CLeafHash
import Merkle

/// A tree hashed from left to right: the kernel's stack of subtrees still to do, and its wiping.
///
/// Constant memory, some 8 kB, whatever the number of leaves.
final class LeafTree {
  private let tree: UnsafeMutablePointer<leafhash_tree>

  /// A tree of `count` leaves, at least 1, under `seed`.
  convenience init(seed: Seed, count: UInt64) {
    self.init(count: count)
    seed.withUnsafeBytes { seed in
      leafhash_tree_begin(tree, seed.bindMemory(to: UInt8.self).baseAddress, count)
    }
  }

  /// A tree of `count` leaves, at least 1, under a seed of 32 bytes.
  convenience init(seed: UnsafePointer<UInt8>, count: UInt64) {
    self.init(count: count)
    leafhash_tree_begin(tree, seed, count)
  }

  private init(count: UInt64) {
    precondition(count > 0, "Redaction: a tree has a leaf")
    // `leafhash_tree_begin` initializes what it uses; the rest is written before it is read.
    tree = .allocate(capacity: 1)
  }

  deinit {
    leafhash_wipe(tree, MemoryLayout<leafhash_tree>.size)
    tree.deallocate()
  }

  /// Splits down to a subtree of at most `limit` leaves, the leftmost still to do; 0 leaves when
  /// none is.
  func next(limit: UInt64, seed: UnsafeMutablePointer<UInt8>) -> UInt64 {
    leafhash_tree_next(tree, limit, seed)
  }

  /// Takes the hash of the subtree that ``next(limit:seed:)`` gave.
  func add(_ hash: UnsafePointer<UInt8>) {
    leafhash_tree_add(tree, hash)
  }

  /// The root, when nothing is left to do.
  var root: Hash {
    Hash(
      digest: [UInt8](unsafeUninitializedCapacity: Hash.byteCount) { buffer, count in
        leafhash_tree_root(tree, buffer.baseAddress)
        count = Hash.byteCount
      })
  }

  /// Writes the root's 32 bytes, when nothing is left to do.
  func putRoot(_ hash: UnsafeMutablePointer<UInt8>) { leafhash_tree_root(tree, hash) }
}

/// 64 bytes of scratch beside a tree: the seed that it gives, and the hash that it takes.
///
/// Wiped at the end, since a salt is a secret as long as its leaf is withheld.
struct LeafScratch: ~Copyable {
  let seed: UnsafeMutablePointer<UInt8>
  var hash: UnsafeMutablePointer<UInt8> { seed + 32 }

  init() {
    seed = .allocate(capacity: 64)
    seed.initialize(repeating: 0, count: 64)
  }

  deinit {
    leafhash_wipe(seed, 64)
    seed.deallocate()
  }
}

/// The root of a tree whose leaves are in memory, at least one.
func leafRoot(seed: Seed, leaves: ArraySlice<[UInt8]>) -> Hash {
  let tree = LeafTree(seed: seed, count: UInt64(leaves.count))
  let scratch = LeafScratch()
  for leaf in leaves {
    _ = tree.next(limit: 1, seed: scratch.seed)
    leaf.withUnsafeBytes { leafhash_leaf(scratch.seed, $0.baseAddress, $0.count, scratch.hash) }
    tree.add(scratch.hash)
  }
  return tree.root
}

/// The number of leaves, a power of two, of the subtrees that are hashed in one call of the kernel.
///
/// Nil where a single leaf is longer than a block: those are hashed in pieces.
func gridBlockLeaves(_ grid: UInt32) -> UInt64? {
  var leaves = UInt64(maximumBlockBytes) / UInt64(grid)
  guard leaves > 0 else { return nil }
  leaves = 1 << UInt64(63 - leaves.leadingZeroBitCount)
  return leaves
}

/// The most leaves of a table that are hashed in one call of the kernel: a power of two.
let maximumRowLeaves: UInt64 = 256

/// Long enough to make the call cheap, short enough to stay in the processor's cache.
let maximumBlockBytes = 64 * 1024
