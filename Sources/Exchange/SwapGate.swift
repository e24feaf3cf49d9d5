import Synchronization

/// One swap of checkpoints with a peer at a time, and none right after another.
///
/// Two at once would each prove growth from a size that the other has just left behind.
final class SwapGate: Sendable {
  private struct Place {
    var isTaken = false
    var last: ContinuousClock.Instant?
    /// How many seconds the peer's clock is ahead of ours, as its last cosignature says.
    var clockOffset: Int64?
    var lastOffsetEntry: ContinuousClock.Instant?
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  /// The keys are approved peers, so it can't grow.
  private let places = Mutex<[String: Place]>([:])

  /// Runs `swap`, unless one with this peer succeeded a moment ago; waits for one under way.
  func swap(with peer: String, _ swap: () async throws -> Void) async throws {
    await enter(peer)
    defer { leave(peer) }
    let last = places.withLock { $0[peer]?.last }
    if let last, .now - last < Self.freshness { return }
    try await swap()
    places.withLock { $0[peer]?.last = .now }
  }

  /// How many seconds a peer's clock is ahead of ours, within a second and the time of an answer.
  func clockOffset(of peer: String) -> Int64? { places.withLock { $0[peer]?.clockOffset } }

  /// Notes the offset; whether an entry about it is due, as it is doubtful and none was written of late.
  func note(clockOffset seconds: Int64, of peer: String) -> Bool {
    places.withLock { places in
      var place = places[peer, default: Place()]
      defer { places[peer] = place }
      place.clockOffset = seconds
      guard abs(seconds) > Self.doubtfulSeconds,
        place.lastOffsetEntry.map({ .now - $0 > Self.offsetEntries }) ?? true
      else { return false }
      place.lastOffsetEntry = .now
      return true
    }
  }

  private func enter(_ peer: String) async {
    await withCheckedContinuation { continuation in
      let isFree = places.withLock { places in
        if places[peer, default: Place()].isTaken {
          places[peer]?.waiting.append(continuation)
          return false
        }
        places[peer, default: Place()].isTaken = true
        return true
      }
      if isFree { continuation.resume() }
    }
  }

  private func leave(_ peer: String) {
    let next = places.withLock { places in
      if let waiting = places[peer]?.waiting, !waiting.isEmpty {
        return places[peer]?.waiting.removeFirst()
      }
      places[peer]?.isTaken = false
      return nil
    }
    next?.resume()
  }

  /// Times that differ by more than a minute are doubtful.
  private static let doubtfulSeconds: Int64 = 60
  /// One entry an hour says enough of a clock that stays wrong.
  private static let offsetEntries = Duration.seconds(3600)
  /// A burst of small transfers shares one swap: a peer that saw the log a second ago holds us to
  /// everything but that second, and each receipt's proof brings a newer checkpoint anyway.
  private static let freshness = Duration.seconds(1)
}
