import Federation
import Synchronization

/// Counts what each peer does in the present minute.
final class MinuteCount: Sendable {
  private let limit: Int
  /// The keys are approved peers, so it can't grow.
  private let counts = Mutex<(minute: Int64, of: [NodeID: Int])>((0, [:]))

  init(limit: Int) { self.limit = limit }

  /// Counts one more at this time, Unix seconds; false where it is one too many.
  func admits(_ peer: NodeID, at seconds: Int64) -> Bool {
    counts.withLock { counts in
      if counts.minute != seconds / 60 { counts = (seconds / 60, [:]) }
      counts.of[peer, default: 0] += 1
      return counts.of[peer, default: 0] <= limit
    }
  }
}
