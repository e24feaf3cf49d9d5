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

/// How many things a peer has at the same time, such as connections. A place is given back by
/// whoever drops it, so none is lost where an answer is never written.
final class Places: Sendable {
  private let limit: Int
  private let taken = Mutex<[NodeID: Int]>([:])

  init(limit: Int) { self.limit = limit }

  /// A place for this peer, or nil where it has all that it may have.
  func take(_ peer: NodeID) -> Place? {
    let isFree = taken.withLock { taken in
      guard taken[peer, default: 0] < limit else { return false }
      taken[peer, default: 0] += 1
      return true
    }
    return isFree ? Place(self, peer) : nil
  }

  fileprivate func giveBack(_ peer: NodeID) { taken.withLock { $0[peer, default: 1] -= 1 } }

  final class Place: Sendable {
    private let places: Places
    private let peer: NodeID

    fileprivate init(_ places: Places, _ peer: NodeID) {
      self.places = places
      self.peer = peer
    }

    deinit { places.giveBack(peer) }
  }
}
