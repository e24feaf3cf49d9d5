import GRDB
public import Merkle

/// How the checkpoint of a third log, passed on by a peer, stands to what we hold of that log.
public enum GossipResult: Hashable, Sendable {
  /// We hold the same.
  case known
  /// It is newer than our newest, whose size is given; ask for a consistency proof from there.
  case newer(than: UInt64?)
  /// It is older than our newest, whose size is given, and of a size that we never saw.
  case older(than: UInt64)
}

// Peers are witnesses: each holds the other to what it has shown. C2SP tlog-witness.
extension NodeLog {
  /// Takes a peer's checkpoint and returns our cosignature of it.
  ///
  /// The check against what we hold and the storing are one transaction; the signature is made after
  /// it. `size` is what the peer thinks we hold, when it said so. Throws, with the answer that
  /// tlog-witness has for it: ``AuditLogError/unknownKey(name:)`` and
  /// ``AuditLogError/badSignature(name:)`` (403), ``AuditLogError/witnessSize(_:)`` (409),
  /// ``AuditLogError/wentBack(from:to:)`` (409), ``AuditLogError/fork(origin:size:)`` (409; the
  /// evidence is kept and logged), ``AuditLogError/proofFailed`` (422; evidence kept likewise).
  public func acceptPeerCheckpoint(
    note: [UInt8], key: VerifierKey, proof: ConsistencyProof, from size: UInt64? = nil
  ) async throws -> NoteSignature {
    let shown = try SignedCheckpoint(note: SignedNote(parsing: note), verifiedBy: key)
    let judgement = try await transaction {
      try $0.judge(shown, proof: proof, from: size)
    }
    return try cosign(shown, judgement)
  }

  /// Takes a peer's checkpoint and returns our cosignature of it; blocks.
  public func acceptPeerCheckpoint(
    note: [UInt8], key: VerifierKey, proof: ConsistencyProof, from size: UInt64? = nil
  ) throws -> NoteSignature {
    let shown = try SignedCheckpoint(note: SignedNote(parsing: note), verifiedBy: key)
    let judgement = try transaction { try $0.judge(shown, proof: proof, from: size) }
    return try cosign(shown, judgement)
  }

  private func cosign(
    _ shown: SignedCheckpoint, _ judgement: WitnessJudgement
  ) throws -> NoteSignature {
    switch judgement {
    case .grew:
      let seconds = UInt64(max(0, settings.clock().milliseconds) / 1000)
      return try settings.cosigner.cosign(text: shown.note.text, time: seconds)
    case .refused(let error): throw error
    }
  }

  /// The newest checkpoint that we hold of a log.
  public func peerCheckpoint(origin: String) throws -> SignedNote? {
    try read { try $0.heldCheckpoint(origin: origin) }.map { try SignedNote(parsing: $0.note) }
  }

  /// The newest checkpoint of each log that we hold, to pass on.
  public func peerCheckpoints(limit: Int = 64) throws -> [SignedNote] {
    let notes = try read {
      try String.fetchAll(
        $0,
        sql: """
          SELECT note FROM (SELECT note, max(size) FROM peer_checkpoints GROUP BY origin) LIMIT ?
          """, arguments: [limit])
    }
    return try notes.map { try SignedNote(parsing: $0.utf8) }
  }

  /// Compares a third log's checkpoint, passed on by a peer, with what we hold of that log.
  ///
  /// Another root for a size that we hold is a fork: kept as evidence, logged and thrown. A newer one
  /// isn't stored, since nothing proves yet that it continues ours: fetch a proof from that log, and
  /// give both to `acceptPeerCheckpoint`.
  public func compareGossip(note: [UInt8], key: VerifierKey) throws -> GossipResult {
    try compareGossip(SignedCheckpoint(note: SignedNote(parsing: note), verifiedBy: key))
  }

  /// Checks that `entry` is in the log whose key is `key`, and compares the checkpoint that the proof
  /// leads to, likewise.
  public func compareGossip(
    _ proof: TlogProof, of entry: [UInt8], key: VerifierKey
  ) throws -> GossipResult {
    let shown = try SignedCheckpoint(note: proof.note, verifiedBy: key)
    _ = try proof.checkPath(of: entry, to: shown.checkpoint)
    return try compareGossip(shown)
  }

  /// Only a fork has to be written down: nothing else waits for the writer.
  private func compareGossip(_ shown: SignedCheckpoint) throws -> GossipResult {
    if let result = try read({ try $0.compare(shown) }) { return result }
    if let result = try transaction({ try $0.compare(shown) }) { return result }
    throw AuditLogError.fork(origin: shown.checkpoint.origin, size: shown.checkpoint.size)
  }

  /// Stores a peer's cosignature of our checkpoint of that size, once it is verified.
  public func acceptCosignature(_ line: String, key: VerifierKey, size: UInt64) throws {
    guard key.kind == .cosignature else { throw AuditLogError.wrongKeyKind }
    let signature = try NoteSignature(line: line)
    guard signature.isBy(key) else { throw AuditLogError.unknownKey(name: key.name) }
    try transaction { transaction in
      guard let stored = try transaction.db.checkpoint(size: size) else {
        throw AuditLogError.noSuchSize(size)
      }
      let text = try SignedNote(parsing: stored.note).text
      guard signature.isValid(over: text, key: key) else {
        throw AuditLogError.badSignature(name: key.name)
      }
      let count = try Int.fetchOne(
        transaction.db, sql: "SELECT count(*) FROM cosignatures WHERE size = ?",
        arguments: [Int64(size)])
      guard count ?? 0 < LogLimits.cosignatures else {
        throw AuditLogError.tooLarge(limit: LogLimits.cosignatures)
      }
      try transaction.db.execute(
        sql: "INSERT OR IGNORE INTO cosignatures(size, vkey, line, time) VALUES(?, ?, ?, ?)",
        arguments: [Int64(size), key.text, signature.line, transaction.milliseconds])
    }
  }
}

/// What a checkpoint that a peer shows means, once the transaction that stored it is over.
private enum WitnessJudgement: Sendable {
  case grew
  case refused(AuditLogError)
}

extension LogTransaction {
  fileprivate mutating func judge(
    _ shown: SignedCheckpoint, proof: ConsistencyProof, from size: UInt64?
  ) throws -> WitnessJudgement {
    let new = shown.checkpoint
    let held = try db.heldCheckpoint(origin: new.origin)
    if try isFork(shown) {
      return .refused(.fork(origin: new.origin, size: new.size))
    }
    if let size, size != held?.size ?? 0 { return .refused(.witnessSize(held?.size ?? 0)) }
    guard let held, held.size > 0 else {
      guard proof.path.isEmpty else { return .refused(.proofFailed) }
      try store(shown)
      return .grew
    }
    guard new.size >= held.size else {
      return .refused(.wentBack(from: held.size, to: new.size))
    }
    do {
      try proof.check(from: held.size, root: held.root, to: new.size, root: new.root)
    } catch {
      // A log that can't prove that it grew may be one that didn't. An alarm, and kept.
      try keepEvidence(held: held, shown: shown, proof: proof)
      return .refused(.proofFailed)
    }
    try store(shown)
    return .grew
  }

  /// How a checkpoint stands to what we hold; nothing for a fork, of which both are kept.
  mutating func compare(_ shown: SignedCheckpoint) throws -> GossipResult? {
    if let result = try db.compare(shown) { return result }
    _ = try isFork(shown)
    return nil
  }

  /// Whether we hold another root for the same size of the same log; if so, both are kept.
  private mutating func isFork(_ shown: SignedCheckpoint) throws -> Bool {
    let new = shown.checkpoint
    guard let same = try db.heldCheckpoint(origin: new.origin, size: new.size),
      same.root != new.root
    else { return false }
    try keepEvidence(held: same, shown: shown, proof: ConsistencyProof(path: []))
    return true
  }

  func store(_ shown: SignedCheckpoint) throws {
    let new = shown.checkpoint
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO peer_checkpoints(origin, size, root, note, time) VALUES(?, ?, ?, ?, ?)
        """,
      arguments: [
        new.origin, Int64(new.size), new.root.data,
        String(decoding: shown.serialized, as: UTF8.self), milliseconds,
      ])
    // The oldest goes when there are too many.
    try db.execute(
      sql: """
        DELETE FROM peer_checkpoints WHERE origin = ?1 AND size <= (
          SELECT size FROM peer_checkpoints WHERE origin = ?1 ORDER BY size DESC LIMIT 1 OFFSET ?2)
        """, arguments: [new.origin, LogLimits.peerCheckpoints])
  }

  /// Keeps both checkpoints, and logs that they contradict each other; once for each one shown.
  mutating func keepEvidence(
    held: StoredCheckpoint, shown: SignedCheckpoint, proof: ConsistencyProof
  ) throws {
    let (new, note) = (shown.checkpoint, String(decoding: shown.serialized, as: UTF8.self))
    let count = try Int.fetchOne(
      db, sql: "SELECT count(*) FROM forks WHERE origin = ?", arguments: [new.origin])
    let isKnown = try Bool.fetchOne(
      db, sql: "SELECT EXISTS(SELECT 1 FROM forks WHERE origin = ? AND shown = ?)",
      arguments: [new.origin, note])
    guard let count, count < LogLimits.forksPerOrigin, isKnown == false else { return }
    try db.execute(
      sql: """
        INSERT INTO forks(origin, size, held, shown, proof, time) VALUES(?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        new.origin, Int64(new.size), String(decoding: held.note, as: UTF8.self), note,
        proof.path.map { $0.base64 + "\n" }.joined(), milliseconds,
      ])
    _ = try append(
      LogDraft(
        .fork,
        [
          "origin": .string(new.origin), "held-size": .string(String(held.size)),
          "held-root": .string(held.root.base64), "shown-size": .string(String(new.size)),
          "shown-root": .string(new.root.base64),
        ]))
  }
}

extension Database {
  /// How a checkpoint stands to what we hold; nothing where we hold another root for its size.
  func compare(_ shown: SignedCheckpoint) throws -> GossipResult? {
    let new = shown.checkpoint
    if let same = try heldCheckpoint(origin: new.origin, size: new.size) {
      return same.root == new.root ? .known : nil
    }
    guard let held = try heldCheckpoint(origin: new.origin) else { return .newer(than: nil) }
    return held.size < new.size ? .newer(than: held.size) : .older(than: held.size)
  }

  /// The newest checkpoint that we hold of a log.
  func heldCheckpoint(origin: String) throws -> StoredCheckpoint? {
    let statement = try cachedStatement(
      sql: """
        SELECT size, root, note FROM peer_checkpoints WHERE origin = ? ORDER BY size DESC LIMIT 1
        """)
    statement.bind(text: origin, at: 1)
    return try statement.readOnce { StoredCheckpoint($0) } ?? nil
  }

  /// The checkpoint of that size that we hold of a log.
  func heldCheckpoint(origin: String, size: UInt64) throws -> StoredCheckpoint? {
    guard let size = Int64(exactly: size) else { return nil }
    let statement = try cachedStatement(
      sql: "SELECT size, root, note FROM peer_checkpoints WHERE origin = ? AND size = ?")
    statement.bind(text: origin, at: 1)
    statement.bind(size, at: 2)
    return try statement.readOnce { StoredCheckpoint($0) } ?? nil
  }
}
