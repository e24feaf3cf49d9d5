import Synchronization

/// How many things each peer has at the same time, such as connections. A place is given back by
/// whoever drops it, so none is lost where an answer is never written.
final class Places<Key: Hashable & Sendable>: Sendable {
  private let limit: Int
  /// Keys are of approved peers, and those without a place are removed.
  private let taken = Mutex<[Key: Int]>([:])

  init(limit: Int) { self.limit = limit }

  /// A place for this peer, or nil where it has all that it may have.
  func take(_ key: Key) -> Place? {
    let isFree = taken.withLock { taken in
      guard taken[key, default: 0] < limit else { return false }
      taken[key, default: 0] += 1
      return true
    }
    return isFree ? Place(self, key) : nil
  }

  private func giveBack(_ key: Key) {
    taken.withLock { taken in
      taken[key] = taken[key].flatMap { $0 > 1 ? $0 - 1 : nil }
    }
  }

  /// One place, for as long as somebody holds it.
  final class Place: Sendable {
    private let places: Places
    private let key: Key

    fileprivate init(_ places: Places, _ key: Key) {
      self.places = places
      self.key = key
    }

    deinit { places.giveBack(key) }
  }
}
