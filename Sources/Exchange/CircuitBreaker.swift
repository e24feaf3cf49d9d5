/// How long to wait before the next attempt: 4 · 2ⁿ seconds after n failures in a row, with an end,
/// times a random factor, so that peers that came back aren't met by everybody at once.
struct Backoff: Hashable, Sendable {
  /// The longest pause, in seconds.
  let longestSeconds: Int

  /// The pause in milliseconds. `jitter` is from 0.5 to 1.
  func pause(afterFailures count: Int, jitter: Double) -> Int64 {
    // 4 · 2²⁰ seconds are seven weeks: far beyond any end that makes sense.
    let seconds = min(longestSeconds, 4 << min(max(count - 1, 0), 20))
    return Int64(Double(seconds) * 1000 * min(max(jitter, 0.5), 1))
  }

  static func jitter() -> Double { .random(in: 0.5...1) }
}

/// Whether a peer is asked for anything now: a value without clock, one for each peer.
///
///     closed ──failures──▶ open ──pause over──▶ half-open ──success──▶ closed
///                           ▲                       │
///                           └───────failure─────────┘
///
/// Closed, a failed attempt pauses its peer for a short while. From the third failure in a row on it
/// is open: nothing at all goes to the peer, until one attempt after the pause shows that it is back.
///
/// It isn't kept across restarts: a node that starts again asks each peer once, since what kept it
/// from them may have been its own. The next attempts that were stored with transfers stay.
public struct CircuitBreaker: Hashable, Sendable {
  /// Where it stands.
  public enum State: Hashable, Sendable {
    case closed, open, halfOpen
  }

  private let backoff: Backoff
  /// Failures of connection in a row.
  public private(set) var failures = 0
  /// Milliseconds since 1970; nothing goes to the peer before.
  public private(set) var pausedUntil: Int64 = 0
  private var isProbing = false

  /// A closed one. `longestPauseSeconds` is the end of its pauses.
  public init(longestPauseSeconds: Int) {
    backoff = Backoff(longestSeconds: longestPauseSeconds)
  }

  /// Where it stands at this time, milliseconds since 1970.
  public func state(at now: Int64) -> State {
    if failures < Self.failuresToOpen { return .closed }
    return now < pausedUntil ? .open : .halfOpen
  }

  /// Asks to begin a round with the peer; half-open, one is let through until its outcome is known.
  public mutating func begin(at now: Int64) -> Bool {
    guard now >= pausedUntil, !isProbing else { return false }
    isProbing = state(at: now) == .halfOpen
    return true
  }

  /// How long the peer is left alone if the round that begins now fails, in milliseconds.
  public func nextPause(jitter: Double) -> Int64 {
    backoff.pause(afterFailures: failures + 1, jitter: jitter)
  }

  /// The peer was reached, whatever it answered.
  public mutating func succeeded() {
    failures = 0
    pausedUntil = 0
    isProbing = false
  }

  /// The peer wasn't reached; it is left alone for so long, in milliseconds.
  public mutating func failed(at now: Int64, pause: Int64) {
    failures += 1
    pausedUntil = now + pause
    isProbing = false
  }

  /// The round ended without saying anything of the peer.
  public mutating func ended() { isProbing = false }

  /// One may be an accident, two a restart.
  public static let failuresToOpen = 3
}
