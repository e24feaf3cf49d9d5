import AuditLog
import CanonicalJSON
import ServiceLifecycle
import Synchronization

/// Logs who was refused at the door, at most so many a minute, and how many more there were.
///
/// Anybody who reaches the port can be refused: without a limit, anybody could fill the log.
final class DenialLog: Service {
  /// A refusal.
  struct Denial: Sendable {
    var code: String
    var fields: [String: JSON] = [:]
    /// Where from: an address may belong to a person.
    var address: String?
  }

  fileprivate struct State {
    var waiting: [Denial] = []
    /// When the present minute began.
    var minute: ContinuousClock.Instant
    var inMinute = 0
    var suppressed = 0
  }

  private let log: NodeLog
  private let limit: Int
  private let state = Mutex(State(minute: .now))
  private let wake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

  init(log: NodeLog, entriesPerMinute limit: Int) {
    self.log = log
    self.limit = limit
  }

  /// Notes a refusal; never waits.
  func note(_ denial: Denial) {
    state.withLock { state in
      state.startMinute(at: .now)
      if state.inMinute < limit {
        state.inMinute += 1
        state.waiting.append(denial)
      } else {
        state.suppressed += 1
      }
    }
    wake.continuation.yield()
  }

  /// Writes what is noted, until the node shuts down.
  func run() async throws {
    await withGracefulShutdownHandler {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { [wake] in
          // A summary is due although nobody knocks any more.
          while (try? await Task.sleep(for: .seconds(10))) != nil { wake.continuation.yield() }
        }
        for await _ in wake.stream { await write() }
        group.cancelAll()
      }
      await write()
    } onGracefulShutdown: {
      self.wake.continuation.finish()
    }
  }

  private func write() async {
    let (denials, suppressed) = state.withLock { state in
      defer { state.waiting = [] }
      state.startMinute(at: .now)
      // The summary comes with the next minute's first entry, or at the end.
      let isDue = state.inMinute < limit || Task.isShuttingDownGracefully
      return (state.waiting, isDue ? state.takeSuppressed() : 0)
    }
    var drafts = denials.map { denial in
      var fields = denial.fields
      fields["code"] = .string(denial.code)
      fields["outcome"] = "refused"
      return LogDraft(
        .denied, fields, personal: denial.address.map { ["address": $0] } ?? [:])
    }
    if suppressed > 0 {
      drafts.append(
        LogDraft(
          .denied,
          ["code": "SUMMARY", "count": .integer(Int64(suppressed)), "outcome": "refused"]))
    }
    guard !drafts.isEmpty else { return }
    do {
      let _: [LogEntry] = try await log.append(drafts)
    } catch { state.withLock { $0.suppressed += denials.count } }
  }
}

extension DenialLog.State {
  fileprivate mutating func startMinute(at now: ContinuousClock.Instant) {
    guard now - minute >= .seconds(60) else { return }
    minute = now
    inMinute = 0
  }

  fileprivate mutating func takeSuppressed() -> Int {
    defer { suppressed = 0 }
    return suppressed
  }
}
