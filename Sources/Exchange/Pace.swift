/// Whether bytes come fast enough for a connection to be held for them.
///
/// Only the time spent waiting for the other side counts, so a slow disk of ours is nobody's fault.
/// What stands quite still is closed by the idle time-out; this is for what trickles.
package struct Pace {
  private let window: Duration
  private let leastBytes: Int
  private var waited = Duration.zero
  private var bytes = 0

  package init(_ limits: ExchangeLimits) {
    window = .seconds(Int64(limits.slowestSeconds))
    leastBytes = limits.slowestBytesPerSecond * limits.slowestSeconds
  }

  /// Notes bytes that came after this wait; false where too few came in a whole window.
  package mutating func took(_ count: Int, after wait: Duration) -> Bool {
    waited += wait
    bytes += count
    guard waited >= window else { return true }
    defer { (waited, bytes) = (.zero, 0) }
    return bytes >= leastBytes
  }
}

/// The time until the next element of a sequence, so that a ``Pace`` can judge it.
func timed<T>(_ next: () async throws -> T) async rethrows -> (T, Duration) {
  let began = ContinuousClock.now
  let value = try await next()
  return (value, .now - began)
}
