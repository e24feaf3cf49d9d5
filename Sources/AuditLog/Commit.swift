import CanonicalJSON
import GRDB
import Merkle

/// Runs a batch in one transaction, as ``NodeLog`` says.
func commit(
  _ calls: [GroupCommit.Call], pool: DatabasePool, settings: NodeLog.Settings
) -> GroupCommit.Outcome {
  var results: [Result<[LogEntry], any Error>] = []
  results.reserveCapacity(calls.count)
  var flush = Duration.zero
  do {
    try pool.writeWithoutTransaction { db in
      var written = ContinuousClock.now
      try db.inTransaction(.immediate) {
        results = try db.run(calls, settings: settings)
        written = .now
        return .commit
      }
      flush = .now - written
    }
  } catch {
    // Nothing of the transaction is left. A call that had failed for itself keeps its own reason.
    for number in calls.indices {
      if number >= results.count {
        results.append(.failure(error))
      } else if case .success = results[number] {
        results[number] = .failure(error)
      }
    }
  }
  return GroupCommit.Outcome(results: results, flush: flush)
}

extension Database {
  /// Everything between the beginning of a transaction and its commit.
  fileprivate func run(
    _ calls: [GroupCommit.Call], settings: NodeLog.Settings
  ) throws -> [Result<[LogEntry], any Error>] {
    let before = try currentTree()
    let stamp = try EntryStamp(
      clock: settings.clock(), node: settings.node, software: settings.software,
      configuration: settings.configuration)
    var transaction = try LogTransaction(
      db: self, tree: before, stamp: stamp, random: settings.random)
    try transaction.noteClockStep()
    var results: [Result<[LogEntry], any Error>] = []
    results.reserveCapacity(calls.count)
    for call in calls {
      transaction.beginCall()
      switch call.work {
      case .append(let drafts): results.append(try transaction.appendAlone(drafts))
      case .run(let body): results.append(try transaction.runAlone(body))
      }
    }
    if transaction.tree.size > before.size {
      try transaction.writeHashes()
      try insertCheckpoint(
        of: transaction.tree, signer: settings.signer, time: stamp.milliseconds)
    }
    return results
  }

  /// Signs the tree and stores the checkpoint.
  func insertCheckpoint(of tree: CompactTree, signer: NoteSigner, time: Int64) throws {
    let checkpoint = Checkpoint(
      origin: signer.verifierKey.name, size: tree.size, root: tree.root)
    let note = SignedNote(
      text: checkpoint.text, signature: try signer.sign(text: checkpoint.text))
    let insert = try cachedStatement(
      sql: "INSERT INTO checkpoints(size, note, time, root) VALUES(?, ?, ?, ?)")
    insert.bind(Int64(tree.size), at: 1)
    insert.bind(text: String(decoding: note.serialized, as: UTF8.self), at: 2)
    insert.bind(time, at: 3)
    try insert.runOnce(hash: checkpoint.root, at: 4)
  }

  /// What the clock said when the last entry was written.
  fileprivate func lastClockReading(_ size: UInt64) throws -> ClockReading? {
    guard size > 0, let body = try entryBody(size - 1) else { return nil }
    guard let form = try? EntryForm(body) else { throw AuditLogError.damaged(.entry(size - 1)) }
    var reading = ClockReading(given: form.milliseconds)
    reading.monotonic = form.integer("monotonic")
    reading.boot = form.text("boot")
    return reading
  }
}

extension LogTransaction {
  /// Logs that the clock was moved since the last entry, before anything gets the new time.
  fileprivate mutating func noteClockStep() throws {
    guard let last = try db.lastClockReading(tree.size), let step = stamp.clock.step(since: last)
    else { return }
    _ = try append(
      LogDraft(.clock, ["code": step < 0 ? "BACK" : "FORWARD", "milliseconds": .integer(step)]))
  }

  /// Appends what is checked already. It needs no savepoint: an entry that is too long is found before
  /// anything is written, and an error of the database, which throws, ends the whole commit.
  fileprivate mutating func appendAlone(
    _ drafts: [PreparedDraft]
  ) throws -> Result<[LogEntry], any Error> {
    let bodies: [[UInt8]]
    do { bodies = try compose(drafts) } catch { return .failure(error) }
    return .success(try insert(drafts, bodies: bodies))
  }

  /// Runs a call in its own savepoint: what it throws undoes nothing of the others.
  fileprivate mutating func runAlone(
    _ body: (inout LogTransaction) throws -> Void
  ) throws -> Result<[LogEntry], any Error> {
    var own = self
    do {
      try db.inEntrySavepoint { try body(&own) }
    } catch {
      // A full disk may have ended the transaction itself: then nothing of it is left.
      guard db.isInsideTransaction else { throw error }
      return .failure(error)
    }
    self = own
    return .success([])
  }
}
