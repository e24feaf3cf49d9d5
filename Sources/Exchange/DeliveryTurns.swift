/// Which peers are served now: a value without clock or network, so that no slow or dead peer can
/// delay another for longer than it says here.
///
/// Each peer has one turn at a time, so that the order is kept for it. There are so many turns at a
/// time; who has had one for longer than a turn lasts is broken off while others wait, and goes on
/// from the byte where it was.
public struct DeliveryTurns: Sendable {
  /// How a turn ended.
  public enum Outcome: Hashable, Sendable {
    /// The peer was reached, whatever it answered.
    case reached
    /// It wasn't, and is left alone for so many milliseconds.
    case failed(pause: Int64)
    /// The turn was broken off, or had nothing to do with the peer.
    case ended
  }

  private let concurrent: Int
  private let turnMilliseconds: Int64
  private let longestPauseSeconds: Int
  private var running: [String: (since: Int64, isLeaving: Bool)] = [:]
  private var breakers: [String: CircuitBreaker] = [:]
  /// Who waited for a turn when the last ones were given.
  private var waiting: [String] = []

  /// Turns for so many peers at a time, of so many seconds while others wait.
  public init(concurrent: Int, turnSeconds: Int, longestPauseSeconds: Int) {
    self.concurrent = concurrent
    turnMilliseconds = Int64(turnSeconds) * 1000
    self.longestPauseSeconds = longestPauseSeconds
  }

  /// The peers that are served now.
  public var served: Set<String> { Set(running.keys) }

  /// Gives turns to those of these peers that may have one: who waited longest comes first.
  public mutating func begin(_ peers: [String], at now: Int64) -> [String] {
    let known = Set(peers)
    let old = waiting.filter { known.contains($0) }
    let order = old + peers.filter { !old.contains($0) }
    waiting = []
    var begun: [String] = []
    for peer in order where running[peer] == nil {
      var breaker = breaker(of: peer)
      guard breaker.pausedUntil <= now else { continue }
      guard running.count < concurrent else {
        waiting.append(peer)
        continue
      }
      guard breaker.begin(at: now) else { continue }
      breakers[peer] = breaker
      running[peer] = (now, false)
      begun.append(peer)
    }
    return begun
  }

  /// The peers whose turns are over because others wait; each is named once. The longest first, and
  /// not more than wait.
  public mutating func overstayed(at now: Int64) -> [String] {
    let leaving = running.values.count(where: \.isLeaving)
    let over = running.filter { !$0.value.isLeaving && now - $0.value.since >= turnMilliseconds }
      .sorted { ($0.value.since, $0.key) < ($1.value.since, $1.key) }
      .prefix(max(0, waiting.count - leaving)).map(\.key)
    for peer in over { running[peer]?.isLeaving = true }
    return over
  }

  /// A turn is over.
  public mutating func finish(_ peer: String, _ outcome: Outcome, at now: Int64) {
    running[peer] = nil
    var breaker = breaker(of: peer)
    switch outcome {
    case .reached: breaker.succeeded()
    case .failed(let pause): breaker.failed(at: now, pause: pause)
    case .ended: breaker.ended()
    }
    // A closed one says no more than none; so only peers in trouble are kept.
    breakers[peer] = breaker.failures == 0 ? nil : breaker
  }

  /// The breaker of a peer.
  public func breaker(of peer: String) -> CircuitBreaker {
    breakers[peer] ?? CircuitBreaker(longestPauseSeconds: longestPauseSeconds)
  }
}
