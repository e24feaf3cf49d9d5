import Synchronization

/// Wakes requests that wait for a transfer when this program has moved it on.
///
/// A convenience only: what counts is the database, which another program may have written, so whoever
/// waits looks there after a while all the same.
final class TransferBell: Sendable {
  private typealias Waiting = [TransferID: [UInt64: AsyncStream<Void>.Continuation]]
  private struct State {
    var waiting: Waiting = [:]
    var next: UInt64 = 0
  }

  /// As many as there are waiting requests, which connections limit.
  private let state = Mutex(State())

  /// Tells whoever waits for this transfer.
  func ring(_ id: TransferID) {
    let waiting = state.withLock { Array(($0.waiting[id] ?? [:]).values) }
    for continuation in waiting { continuation.yield() }
  }

  /// Runs `body` with what hears every ring from now on; so look at the database after this, not before.
  func listening<T>(to id: TransferID, _ body: (Hearing) async throws -> T) async rethrows -> T {
    let rings = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let place = state.withLock { state in
      state.next += 1
      state.waiting[id, default: [:]][state.next] = rings.continuation
      return state.next
    }
    defer {
      state.withLock { state in
        state.waiting[id]?[place] = nil
        if state.waiting[id]?.isEmpty ?? false { state.waiting[id] = nil }
      }
    }
    return try await body(Hearing(rings: rings.stream))
  }

  /// One request's ear.
  struct Hearing: Sendable {
    fileprivate let rings: AsyncStream<Void>

    /// Returns at the next ring, or after so long.
    func wait(atMost duration: Duration) async throws {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { for await _ in rings { return } }
        group.addTask { try? await Task.sleep(for: duration) }
        await group.next()
        group.cancelAll()
      }
      try Task.checkCancellation()
    }
  }
}
