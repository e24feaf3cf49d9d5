import CanonicalJSON
import GRDB
import Merkle

/// Runs a batch in one transaction, as ``NodeLog`` says.
func commit(
  _ calls: [GroupCommit.Call], pool: DatabasePool, settings: NodeLog.Settings
) -> GroupCommit.Outcome {
  var results: [CallResult?] = []
  var flush = Duration.zero
  do {
    try pool.writeWithoutTransaction { db in
      var written = ContinuousClock.now
      try db.inTransaction(.immediate) {
        try db.run(calls, settings: settings, &results)
        written = .now
        return .commit
      }
      flush = .now - written
    }
  } catch {
    // Nothing of the transaction is left. A call that had failed for itself keeps its own reason.
    results = calls.indices.map { number in
      if number < results.count, case .failure(let own) = results[number] { return .failure(own) }
      return .failure(error)
    }
  }
  return GroupCommit.Outcome(results: results.compactMap { $0 }, flush: flush)
}

typealias CallResult = Result<[LogEntry], any Error>

extension Database {
  /// Everything between the beginning of a transaction and its commit. `results` has one for each call in
  /// the end.
  ///
  /// Calls that only append come after the others of the batch, in their order: nobody waits for one of
  /// the batch before he makes another.
  fileprivate func run(
    _ calls: [GroupCommit.Call], settings: NodeLog.Settings, _ results: inout [CallResult?]
  ) throws {
    let before = try currentTree()
    let stamp = try EntryStamp(
      clock: settings.clock(), node: settings.node, software: settings.software,
      configuration: settings.configuration)
    var transaction = try LogTransaction(
      db: self, tree: before, stamp: stamp, random: settings.random)
    try transaction.noteClockStep()
    results = Array(repeating: nil, count: calls.count)
    for (number, call) in calls.enumerated() {
      guard case .run(let body) = call.work else { continue }
      transaction.beginCall()
      results[number] = try transaction.runAlone(body)
    }
    let (composed, parts) = transaction.compose(calls, &results)
    guard composed.count > 0 || transaction.tree.size > before.size else { return }
    let (entries, signed) = try transaction.appendLast(composed, signer: settings.signer)
    for part in parts { results[part.call] = .success(Array(entries[part.entries])) }
    try transaction.writeHashes()
    try insertCheckpoint(signed, time: stamp.milliseconds)
  }

  /// Stores a checkpoint.
  func insertCheckpoint(_ signed: SignedTree, time: Int64) throws {
    let insert = try cachedStatement(
      sql: "INSERT INTO checkpoints(size, note, time, root) VALUES(?, ?, ?, ?)")
    insert.bind(Int64(signed.checkpoint.size), at: 1)
    insert.bind(text: String(decoding: signed.note.serialized, as: UTF8.self), at: 2)
    insert.bind(time, at: 3)
    try insert.runOnce(hash: signed.checkpoint.root, at: 4)
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

  /// Composes what calls append that do nothing else, and says which entries are whose. These calls need
  /// no savepoint: an entry that is too long is found here, before anything is written, and an error of
  /// the database, which throws, ends the whole commit.
  fileprivate func compose(
    _ calls: [GroupCommit.Call], _ results: inout [CallResult?]
  ) -> (composed: ComposedEntries, parts: [(call: Int, entries: Range<Int>)]) {
    var composed = ComposedEntries()
    var parts: [(call: Int, entries: Range<Int>)] = []
    for (number, call) in calls.enumerated() {
      guard case .append(let drafts) = call.work else { continue }
      let start = composed.count
      do {
        try composed.append(drafts, stamp)
        parts.append((number, start..<composed.count))
      } catch {
        results[number] = .failure(error)
      }
    }
    return (composed, parts)
  }

  /// Runs a call in its own savepoint: what it throws undoes nothing of the others.
  fileprivate mutating func runAlone(
    _ body: (inout LogTransaction) throws -> Void
  ) throws -> CallResult {
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
