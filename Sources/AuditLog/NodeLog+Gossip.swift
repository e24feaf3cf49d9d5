import GRDB
public import Merkle

/// A checkpoint of a third log that a peer passed on, and that isn't proven yet to be of the same
/// history as what we hold of that log.
public struct Gossip: Hashable, Sendable {
  /// What was passed on; signed by the log's key.
  public let checkpoint: SignedCheckpoint
  /// The peer that passed it on.
  public let source: String
  /// The size that we hold of that log; 0 if none.
  public let heldSize: UInt64
}

extension NodeLog {
  /// Takes what a peer passes on of a third log.
  ///
  /// Another root for a size that we hold is a fork: both are kept, logged, and
  /// ``AuditLogError/fork(origin:size:)`` is thrown. What we can't compare is kept until the log's
  /// own node proves it (``pendingGossip(of:)``); at most ``LogLimits/gossip`` of one log, the first
  /// ones, so that nobody pushes out what is awkward. `source` is the peer's id.
  public func takeGossip(note: [UInt8], key: VerifierKey, from source: String) throws {
    let shown = try SignedCheckpoint(note: SignedNote(parsing: note), verifiedBy: key)
    let result = try transaction { transaction in
      let result = try transaction.compare(shown)
      if let result, result != .known { try transaction.keepGossip(shown, from: source) }
      return result
    }
    guard result != nil else {
      throw AuditLogError.fork(origin: shown.checkpoint.origin, size: shown.checkpoint.size)
    }
  }

  /// What waits for a proof by the log with this key.
  public func pendingGossip(of key: VerifierKey) throws -> [Gossip] {
    try read { db in
      let rows = try Row.fetchAll(
        db, sql: "SELECT note, source FROM gossip WHERE origin = ? ORDER BY size LIMIT ?",
        arguments: [key.name, LogLimits.gossip])
      let held = try db.heldCheckpoint(origin: key.name)?.size ?? 0
      return try rows.map { row in
        let note = try SignedNote(parsing: (row[0] as String).utf8)
        return Gossip(
          checkpoint: try SignedCheckpoint(note: note, verifiedBy: key), source: row[1],
          heldSize: held)
      }
    }
  }

  /// Settles what was passed on, with the proof that the log's node gave; `proof` is nil where it
  /// refused one.
  ///
  /// Where the proof holds, it is one history: a newer checkpoint is stored as what we hold. Where it
  /// doesn't, or was refused, both checkpoints are kept as evidence and logged, and
  /// ``AuditLogError/fork(origin:size:)`` is thrown.
  public func settle(_ gossip: Gossip, proof: ConsistencyProof?) throws {
    let isFork = try transaction { try $0.settle(gossip, proof: proof) }
    let shown = gossip.checkpoint.checkpoint
    if isFork { throw AuditLogError.fork(origin: shown.origin, size: shown.size) }
  }
}

extension LogTransaction {
  fileprivate func keepGossip(_ shown: SignedCheckpoint, from source: String) throws {
    let new = shown.checkpoint
    let count = try Int.fetchOne(
      db, sql: "SELECT count(*) FROM gossip WHERE origin = ?", arguments: [new.origin])
    guard count ?? 0 < LogLimits.gossip else { return }
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO gossip(origin, size, root, note, source, time)
        VALUES(?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        new.origin, Int64(new.size), new.root.data,
        String(decoding: shown.serialized, as: UTF8.self), source, milliseconds,
      ])
  }

  private func drop(_ shown: Checkpoint) throws {
    try db.execute(
      sql: "DELETE FROM gossip WHERE origin = ? AND size = ? AND root = ?",
      arguments: [shown.origin, Int64(shown.size), shown.root.data])
  }

  fileprivate mutating func settle(_ gossip: Gossip, proof: ConsistencyProof?) throws -> Bool {
    let shown = gossip.checkpoint.checkpoint
    // Another exchange may have brought it meanwhile.
    let result = try compare(gossip.checkpoint)
    if result == nil || result == .known {
      try drop(shown)
      return result == nil
    }
    // The proof is about what we held when it was asked for; since then that may have grown, or gone. Where it
    // is gone this proves nothing either way, and is asked for again.
    guard gossip.heldSize > 0, shown.size > 0,
      let held = try db.heldCheckpoint(origin: shown.origin, size: gossip.heldSize)
    else { return false }
    try drop(shown)
    let (old, new) =
      held.size < shown.size
      ? ((held.size, held.root), (shown.size, shown.root))
      : ((shown.size, shown.root), (held.size, held.root))
    do {
      guard let proof else { throw MerkleError.proofFailed }
      try proof.check(from: old.0, root: old.1, to: new.0, root: new.1)
    } catch {
      try keepEvidence(
        held: held, shown: gossip.checkpoint, proof: proof ?? ConsistencyProof(path: []))
      return true
    }
    try store(gossip.checkpoint)
    return false
  }
}
