import Dispatch
import Glibc
import Synchronization

/// Calls that wait to write, and the thread that commits all of them together.
///
/// A flush of the disk costs more than many entries, so whoever waits while one commit runs shares the
/// next. Meanwhile those whom the last commit served make their next calls: callers and writer work at
/// the same time. The callers wait for their own call, which bounds what is queued here.
final class GroupCommit: Sendable {
  /// One waiting call: what it does in the transaction, and whom it tells.
  struct Call: Sendable {
    enum Work: Sendable {
      /// Only appends what is checked already; nothing of it can fail but the database.
      case append([PreparedDraft])
      case run(@Sendable (inout LogTransaction) throws -> Void)
    }

    var work: Work
    var finish: @Sendable (Result<[LogEntry], any Error>) -> Void
  }

  /// What came of a batch: a result for each call in turn, and how long the disk took.
  struct Outcome {
    var results: [Result<[LogEntry], any Error>]
    var flush: Duration
  }

  private struct State {
    var calls: [Call] = []
    /// Whether somebody is committing, or is about to.
    var isDraining = false
    /// How many calls there may be soon: those of the last commit, and those that came during it.
    var expected = 0
    /// How long the disk took for the last commits, the last one weighing an eighth.
    var flush: Duration = .zero
  }

  private let waiting = Mutex(State())
  private let queue = DispatchQueue(label: "rogatory.audit-log.writer")
  private let finishing = DispatchQueue(label: "rogatory.audit-log.finished")
  private let commit: @Sendable ([Call]) -> Outcome

  /// `commit` runs a batch in one transaction.
  init(commit: @escaping @Sendable ([Call]) -> Outcome) {
    self.commit = commit
  }

  /// Runs `body` in a transaction with others, and returns when it is durable.
  func perform<T: Sendable>(
    _ body: @escaping @Sendable (inout LogTransaction) throws -> T
  ) async throws -> T {
    let result = Delivery<T>()
    // Unchecked, since each call that is taken is finished once: `drain` has no other way.
    return try await withUnsafeThrowingContinuation { continuation in
      enqueue(
        Call(work: .run { result.store(try body(&$0)) }) { outcome in
          continuation.resume(with: result.take(after: outcome))
        })
    }
  }

  /// Appends with others, and returns when it is durable.
  func append(_ drafts: [PreparedDraft]) async throws -> [LogEntry] {
    try await withUnsafeThrowingContinuation { continuation in
      enqueue(Call(work: .append(drafts)) { continuation.resume(with: $0) })
    }
  }

  /// The same for a caller that isn't asynchronous: blocks its thread.
  func performBlocking<T: Sendable>(
    _ body: @escaping @Sendable (inout LogTransaction) throws -> T
  ) throws -> T {
    let result = Delivery<T>()
    let outcome = block(.run { result.store(try body(&$0)) })
    return try result.take(after: outcome).get()
  }

  /// Appends with others, and blocks until it is durable.
  func appendBlocking(_ drafts: [PreparedDraft]) throws -> [LogEntry] {
    try block(.append(drafts)).get()
  }

  private func block(_ work: Call.Work) -> Result<[LogEntry], any Error> {
    // Waiting on the writer's own thread for the writer would never end.
    dispatchPrecondition(condition: .notOnQueue(queue))
    let outcome = Delivery<Result<[LogEntry], any Error>>()
    let done = DispatchSemaphore(value: 0)
    enqueue(
      Call(work: work) {
        outcome.store($0)
        done.signal()
      })
    done.wait()
    return outcome.take(after: .success([])).flatMap { $0 }
  }

  private func enqueue(_ call: Call) {
    let begins = waiting.withLock { state in
      state.calls.append(call)
      defer { state.isDraining = true }
      return !state.isDraining
    }
    if begins { queue.async { self.drain() } }
  }

  /// Commits until nobody waits.
  private func drain() {
    while let batch = nextBatch() {
      let outcome = commit(batch)
      waiting.withLock { state in
        state.expected = state.calls.count + batch.count
        state.flush += (outcome.flush - state.flush) / 8
      }
      tell(batch, outcome.results)
    }
  }

  private func nextBatch() -> [Call]? {
    waitForOthers()
    return waiting.withLock { state in
      guard !state.calls.isEmpty else {
        state.isDraining = false
        return nil
      }
      let batch = Array(state.calls.prefix(LogLimits.batch))
      state.calls.removeFirst(batch.count)
      return batch
    }
  }

  /// Waking many takes as long as committing some, so another thread does it while the writer goes on.
  private func tell(_ batch: [Call], _ results: [Result<[LogEntry], any Error>]) {
    if batch.count <= Self.few {
      for (call, result) in zip(batch, results) { call.finish(result) }
    } else {
      finishing.async { for (call, result) in zip(batch, results) { call.finish(result) } }
    }
  }

  /// Those whom the last commit woke are likely to come again, and take a moment. Where a flush of the
  /// disk takes longer than that moment, it is worth waiting for them; where it is fast, they are
  /// served by the next commit. A lonely writer waits for nobody.
  private func waitForOthers() {
    for _ in 0..<Self.longestWait {
      let isEnough = waiting.withLock { state in
        state.calls.isEmpty || state.calls.count >= state.expected
          || state.flush < Self.slowFlush
      }
      if isEnough { return }
      usleep(Self.waitMicroseconds)
    }
  }

  /// Half a millisecond in all.
  private static let longestWait = 10
  private static let waitMicroseconds: UInt32 = 50
  /// From there on two flushes cost more than one and the wait.
  private static let slowFlush = Duration.milliseconds(1)
  /// A hand-over to another thread costs about as much as waking this many.
  private static let few = 4
}

/// A value on its way from the writer's thread to the caller.
private final class Delivery<T: Sendable>: Sendable {
  private let value = Mutex<T?>(nil)

  func store(_ new: T) { value.withLock { $0 = new } }

  func take(after outcome: Result<[LogEntry], any Error>) -> Result<T, any Error> {
    outcome.map { _ in
      guard let value = value.withLock({ $0 }) else {
        // A call is only told of success after its `run` returned, which stored its value.
        preconditionFailure("AuditLog: a call finished without a result")
      }
      return value
    }
  }
}
