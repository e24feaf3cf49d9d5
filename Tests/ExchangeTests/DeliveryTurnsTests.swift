import Exchange
import Testing

/// Who is served when: values with a clock that the test holds in its hand.
struct DeliveryTurnsTests {
  /// Takes what a mutating call returned, which `#expect` itself can't hold.
  private func check<Value: Equatable>(
    _ value: Value, _ expected: Value, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(value == expected, sourceLocation: sourceLocation)
  }

  @Test func opensAfterThreeFailuresAndClosesAfterOneProbe() {
    var breaker = CircuitBreaker(longestPauseSeconds: 600)
    var now: Int64 = 1_000_000
    for number in 1...3 {
      #expect(breaker.state(at: now) == .closed)
      check(breaker.begin(at: now), true)
      let pause = breaker.nextPause(jitter: 1)
      #expect(pause == [4000, 8000, 16_000][number - 1])
      breaker.failed(at: now, pause: pause)
      check(breaker.begin(at: now + pause - 1), false)
      if number < 3 { now += pause }
    }
    #expect(breaker.state(at: now) == .open)
    now += 16_000
    #expect(breaker.state(at: now) == .halfOpen)
    // One probe, and no second one until its outcome is known.
    check(breaker.begin(at: now), true)
    check(breaker.begin(at: now), false)
    breaker.failed(at: now, pause: breaker.nextPause(jitter: 1))
    #expect(breaker.state(at: now) == .open)
    now += 32_000
    check(breaker.begin(at: now), true)
    breaker.ended()
    check(breaker.begin(at: now), true)
    breaker.succeeded()
    #expect(breaker.state(at: now) == .closed)
    check([breaker.begin(at: now), breaker.begin(at: now)], [true, true])
  }

  @Test func pausesGrowToTheirEndAndDiffer() {
    var breaker = CircuitBreaker(longestPauseSeconds: 600)
    for _ in 0..<100 { breaker.failed(at: 0, pause: 0) }
    #expect(breaker.nextPause(jitter: 1) == 600_000)
    #expect(breaker.nextPause(jitter: 0.5) == 300_000)
    // What isn't a factor of the range is taken as its nearest end.
    #expect(breaker.nextPause(jitter: 0) == 300_000)
    #expect(breaker.nextPause(jitter: 7) == 600_000)
  }

  @Test func eachPeerHasOneTurnAndOthersWaitInLine() {
    var turns = DeliveryTurns(concurrent: 2, turnSeconds: 30, longestPauseSeconds: 600)
    check(turns.begin(["a", "b", "c"], at: 0), ["a", "b"])
    check(turns.begin(["a", "b", "c", "d"], at: 1000), [])
    turns.finish("a", .reached, at: 2000)
    // `a` has more, yet `c` and `d` have waited.
    check(turns.begin(["a", "c", "d"], at: 2000), ["c"])
    turns.finish("b", .reached, at: 3000)
    check(turns.begin(["a", "d"], at: 3000), ["d"])
  }

  @Test func nobodyIsBrokenOffUnlessOthersWait() {
    var turns = DeliveryTurns(concurrent: 2, turnSeconds: 30, longestPauseSeconds: 600)
    check(turns.begin(["a", "b"], at: 0), ["a", "b"])
    check(turns.overstayed(at: 100_000), [])
    check(turns.begin(["c"], at: 100_000), [])
    check(turns.overstayed(at: 100_000), ["a"])
    // It is leaving: one place is enough for one who waits.
    check(turns.overstayed(at: 100_000), [])
    turns.finish("a", .ended, at: 101_000)
    check(turns.begin(["a", "c"], at: 101_000), ["c"])
  }

  /// 50 peers of which 10 stall for ever, served second by second: each of the 40 others has its turn
  /// within a bounded time, whatever the order in which the dead come.
  @Test(arguments: [1, 2, 3, 4])
  func tenDeadPeersDontDelayForty(_ seed: UInt64) {
    var generator = Mutations(seed: seed)
    let peers = (0..<50).map { "peer-\($0)" }.shuffled(using: &generator)
    let dead = Set(peers.shuffled(using: &generator).prefix(10))
    // Fewer places than dead peers: the worst case.
    var turns = DeliveryTurns(concurrent: 8, turnSeconds: 30, longestPauseSeconds: 600)
    var begun: [String: Int64] = [:]
    var served: [String: Int64] = [:]
    for second in 0..<600 {
      let now = Int64(second) * 1000
      for peer in turns.served where !dead.contains(peer) && now - (begun[peer] ?? 0) >= 2000 {
        turns.finish(peer, .reached, at: now)
        served[peer] = served[peer] ?? now
      }
      // A dead peer's attempt to connect ends after 120 seconds, far beyond a turn.
      for peer in turns.served where dead.contains(peer) && now - (begun[peer] ?? 0) >= 120_000 {
        turns.finish(peer, .failed(pause: turns.breaker(of: peer).nextPause(jitter: 1)), at: now)
      }
      for peer in turns.begin(peers.filter { served[$0] == nil }, at: now) { begun[peer] = now }
      for peer in turns.overstayed(at: now) { turns.finish(peer, .ended, at: now) }
    }
    let alive = peers.filter { !dead.contains($0) }
    let latest = alive.map { served[$0] ?? .max }.max() ?? .max
    // All places may be taken by the dead twice at most before the last one has had its turn.
    #expect(latest <= 75_000, "seed \(seed): \(latest) ms")
  }

  @Test func durations() throws {
    let cases: [(text: String, rule: String, seconds: Int64)] = [
      ("36h", "PT36H", 129_600), ("2d", "P2D", 172_800), ("P10D", "P10D", 864_000),
      ("PT8H", "PT8H", 28_800), ("90m", "PT90M", 5400), ("P1W", "P1W", 604_800),
      ("PT5S", "PT5S", 5),
    ]
    for (text, rule, seconds) in cases {
      let deadline = try #require(TransferDeadline(text, after: 1_795_000_000_000))
      #expect(deadline.rule == rule)
      #expect(deadline.due == 1_795_000_000_000 + seconds * 1000)
    }
  }

  @Test func momentsAndDays() throws {
    let now: Int64 = 1_795_000_000_000  // 2026-11-18T11:46:40Z
    #expect(TransferDeadline("2026-11-19T00:00:00Z", after: now)?.rule == "AT")
    #expect(TransferDeadline("2026-11-19T00:00:00Z", after: now)?.due == 1_795_046_400_000)
    #expect(TransferDeadline("2026-11-18", after: now)?.due == 1_795_046_399_000)
    for text in [
      "", "2026-11-17", "2026-11-18T11:46:40Z", "2028-01-01", "91d", "0d", "-1d", "1M", "P1M", "2D",
      "99999999999d", "soon", "PT", "P1DT1H", "2026-11-31",
    ] {
      #expect(TransferDeadline(text, after: now) == nil, "\(text)")
    }
    #expect(TransferDeadline(seconds: 604_800, after: now).rule == "P7D")
    #expect(TransferDeadline(seconds: 90, after: now).rule == "PT90S")
  }
}
