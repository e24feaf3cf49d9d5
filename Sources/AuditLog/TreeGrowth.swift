import Dispatch
import Merkle
import Synchronization

/// A tree that grows in one commit: its edge, and its new hashes, which are written together at the end.
struct TreeGrowth: Sendable {
  private(set) var tree: CompactTree
  private(set) var hashes: HashRuns

  init(of tree: CompactTree) {
    self.tree = tree
    hashes = HashRuns(after: tree.size)
  }

  mutating func append(leaf: Hash) {
    tree.append(leaf: leaf) { _, _, hash in hashes.append(hash) }
  }
}

/// A tree's checkpoint, signed.
struct SignedTree: Sendable {
  let checkpoint: Checkpoint
  let note: SignedNote

  init(_ tree: CompactTree, signer: NoteSigner) throws {
    checkpoint = Checkpoint(origin: signer.verifierKey.name, size: tree.size, root: tree.root)
    note = SignedNote(
      text: checkpoint.text, signature: try signer.sign(text: checkpoint.text))
  }
}

/// The last entries of a commit, hashed, and the tree over all, signed: what needs no database.
struct HashedEntries: Sendable {
  let leaves: [Hash]
  let growth: TreeGrowth
  let signed: SignedTree

  init(_ bodies: [[UInt8]], after growth: TreeGrowth, signer: NoteSigner) throws {
    var growth = growth
    leaves = bodies.map { Hash(leaf: $0) }
    for leaf in leaves { growth.append(leaf: leaf) }
    self.growth = growth
    signed = try SignedTree(growth.tree, signer: signer)
  }

  /// Hashes and signs on a second thread while `body` runs, which writes the same entries. Returns, or
  /// throws, when both are done. For few entries the hand-over takes longer than they do.
  static func make(
    _ bodies: [[UInt8]], after growth: TreeGrowth, signer: NoteSigner, while body: () throws -> Void
  ) throws -> HashedEntries {
    guard bodies.count >= few else {
      try body()
      return try HashedEntries(bodies, after: growth, signer: signer)
    }
    let made = Made()
    let done = DispatchSemaphore(value: 0)
    queue.async {
      made.value.withLock { value in
        value = Result { try HashedEntries(bodies, after: growth, signer: signer) }
      }
      done.signal()
    }
    let written = Result { try body() }
    done.wait()
    try written.get()
    guard let hashed = made.value.withLock({ $0 }) else {
      // The semaphore is signalled after the value is set, and nowhere else.
      preconditionFailure("AuditLog: hashed without a result")
    }
    return try hashed.get()
  }

  private final class Made: Sendable {
    let value = Mutex<Result<HashedEntries, any Error>?>(nil)
  }

  private static let queue = DispatchQueue(label: "rogatory.audit-log.hashing")
  private static let few = 4
}
