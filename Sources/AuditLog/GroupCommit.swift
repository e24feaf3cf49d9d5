import Dispatch
import Glibc
import Synchronization

/// Calls that wait to write, and the thread that commits all of them together.
///
/// A flush of the disk costs more than hundreds of entries, so whoever waits while one commit runs
/// shares the next. The callers wait for their own call, which bounds what is queued here.
final class GroupCommit: Sendable {
  /// One waiting call: what it does in the transaction, and whom it tells.
  struct Call: Sendable {
    var run: @Sendable (inout LogTransaction) throws -> Void
    var finish: @Sendable ((any Error)?) -> Void
  }

  private struct State {
    var calls: [Call] = []
    /// How many calls the last commit had.
    var last = 0
  }

  private let waiting = Mutex(State())
  private let queue = DispatchQueue(label: "rogatory.audit-log.writer")
  private let commit: @Sendable ([Call]) -> Void

  /// `commit` runs a batch in one transaction and finishes every call of it.
  init(commit: @escaping @Sendable ([Call]) -> Void) {
    self.commit = commit
  }

  /// Runs `body` in a transaction with others, and returns when it is durable.
  func perform<T: Sendable>(
    _ body: @escaping @Sendable (inout LogTransaction) throws -> T
  ) async throws -> T {
    let result = Delivery<T>()
    return try await withCheckedThrowingContinuation { continuation in
      enqueue(
        Call(run: { result.store(try body(&$0)) }) { error in
          continuation.resume(with: result.take(unless: error))
        })
    }
  }

  /// The same for a caller that isn't asynchronous: blocks its thread.
  func performBlocking<T: Sendable>(
    _ body: @escaping @Sendable (inout LogTransaction) throws -> T
  ) throws -> T {
    // Waiting on the writer's own thread for the writer would never end.
    dispatchPrecondition(condition: .notOnQueue(queue))
    let result = Delivery<T>()
    let outcome = Delivery<Result<T, any Error>>()
    let done = DispatchSemaphore(value: 0)
    enqueue(
      Call(run: { result.store(try body(&$0)) }) { error in
        outcome.store(result.take(unless: error))
        done.signal()
      })
    done.wait()
    return try outcome.take(unless: nil).get().get()
  }

  private func enqueue(_ call: Call) {
    waiting.withLock { $0.calls.append(call) }
    queue.async { self.drain() }
  }

  /// Commits what waits. Each call queues one drain, so none is left behind a full batch.
  private func drain() {
    waitForOthers()
    let batch = waiting.withLock { state in
      let batch = Array(state.calls.prefix(LogLimits.batch))
      state.calls.removeFirst(batch.count)
      if !batch.isEmpty { state.last = batch.count }
      return batch
    }
    if !batch.isEmpty { commit(batch) }
  }

  /// Those whom the last commit woke are likely to come again, and take a moment: the first of them
  /// would have a commit, and the flush of the disk, for itself. A lonely writer waits for nobody.
  private func waitForOthers() {
    for _ in 0..<Self.longestWait {
      let (count, last) = waiting.withLock { ($0.calls.count, $0.last) }
      // Nothing is left to be done for a drain whose call went with an earlier batch.
      if count == 0 || count >= last { return }
      usleep(Self.waitMicroseconds)
    }
  }

  /// Half a millisecond in all: a flush takes several.
  private static let longestWait = 10
  private static let waitMicroseconds: UInt32 = 50
}

/// A value on its way from the writer's thread to the caller.
private final class Delivery<T: Sendable>: Sendable {
  private let value = Mutex<T?>(nil)

  func store(_ new: T) { value.withLock { $0 = new } }

  func take(unless error: (any Error)?) -> Result<T, any Error> {
    if let error { return .failure(error) }
    guard let value = value.withLock({ $0 }) else {
      // `finish(nil)` is only called for a call whose `run` returned, which stored its value.
      preconditionFailure("AuditLog: a call finished without a result")
    }
    return .success(value)
  }
}
