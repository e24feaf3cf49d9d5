import Merkle

/// Recomputes a tree beside its stored hashes.
struct TreeWalk {
  private(set) var tree = CompactTree()
  private var nodes: StoredHashes?
  private var comparesNodes: Bool
  private var comparesRoots = true
  private var lastGoodSize: UInt64 = 0

  init(nodes: RowReader?) {
    self.nodes = nodes.map(StoredHashes.init)
    comparesNodes = nodes != nil
  }

  /// Takes the next entry's hash.
  ///
  /// When the stored one differs, the entry is bad, and the tree goes on with the stored one: then
  /// nothing above it differs, and the next bad entry is found as well.
  mutating func append(_ leaf: Hash, _ result: inout LogVerification) throws {
    let stored = try storedHash(level: 0, index: tree.size, &result)
    if let stored, stored != leaf { result.report(.entryChanged(tree.size)) }
    try extend(stored ?? leaf, &result)
  }

  /// Takes the stored hash in place of an entry that isn't there; false when there is none.
  mutating func skipEntry(_ result: inout LogVerification) throws -> Bool {
    guard let stored = try storedHash(level: 0, index: tree.size, &result) else { return false }
    try extend(stored, &result)
    return true
  }

  /// Compares the root with a checkpoint of this size. After one that differs all others do.
  mutating func compare(_ checkpoint: StoredCheckpoint, _ result: inout LogVerification) {
    guard comparesRoots, checkpoint.size == tree.size else { return }
    if checkpoint.root == tree.root {
      lastGoodSize = tree.size
    } else {
      result.report(.rootDiffers(size: tree.size, entry: lastGoodSize))
      comparesRoots = false
    }
  }

  private mutating func extend(_ leaf: Hash, _ result: inout LogVerification) throws {
    var above: [(level: Int, index: UInt64, hash: Hash)] = []
    tree.append(leaf: leaf) { level, index, hash in
      if level > 0 { above.append((level, index, hash)) }
    }
    for node in above {
      let stored = try storedHash(level: node.level, index: node.index, &result)
      if let stored, stored != node.hash {
        let entry = node.index << UInt64(node.level)
        result.report(.nodeChanged(level: node.level, index: node.index, entry: entry))
      }
    }
  }

  /// The next stored hash, which has to be this one; they come in the order of the walk.
  private mutating func storedHash(
    level: Int, index: UInt64, _ result: inout LogVerification
  ) throws -> Hash? {
    guard comparesNodes, nodes != nil else { return nil }
    if let stored = try nodes?.next(),
      stored.position == UInt64(Schema.nodePosition(level: level, index: index))
    {
      return stored.hash
    }
    comparesNodes = false
    result.report(.nodeChanged(level: level, index: index, entry: index << UInt64(level)))
    return nil
  }
}
