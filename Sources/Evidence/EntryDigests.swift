import Redaction

/// SHA-256 digests of a container's entries by their places: 32 bytes for each, and a bit.
struct EntryDigests {
  private var bytes: [UInt8] = []
  private(set) var known = EntrySet()

  /// Room for `count` of them.
  init(expecting count: Int = 0) { bytes.reserveCapacity(count * Self.byteCount) }

  /// The digest of the entry at a place; nil where it isn't known.
  subscript(place: Int) -> [UInt8]? {
    get {
      guard known.contains(place) else { return nil }
      let start = place * Self.byteCount
      return Array(bytes[start..<start + Self.byteCount])
    }
    set {
      guard let newValue, newValue.count == Self.byteCount else { return known.remove(place) }
      let start = place * Self.byteCount
      if bytes.count < start + Self.byteCount {
        bytes += [UInt8](repeating: 0, count: start + Self.byteCount - bytes.count)
      }
      bytes.replaceSubrange(start..<start + Self.byteCount, with: newValue)
      known.insert(place)
    }
  }

  private static let byteCount = 32
}

/// A set of entries of one container, by their places: a bit for each.
struct EntrySet: Hashable {
  /// Never ends with zero, so that equal sets have equal words.
  private var words: [UInt64] = []
  private(set) var count = 0

  /// The places in it, ascending.
  var places: some Sequence<Int> {
    (0..<words.count * 64).lazy.filter { [self] in contains($0) }
  }

  func contains(_ place: Int) -> Bool {
    place / 64 < words.count && words[place / 64] >> UInt64(place % 64) & 1 == 1
  }

  func isSubset(of other: EntrySet) -> Bool {
    words.count <= other.words.count && zip(words, other.words).allSatisfy { $0 & ~$1 == 0 }
  }

  /// Whether it wasn't in it.
  @discardableResult
  mutating func insert(_ place: Int) -> Bool {
    guard !contains(place) else { return false }
    if place / 64 >= words.count {
      words += [UInt64](repeating: 0, count: place / 64 + 1 - words.count)
    }
    words[place / 64] |= 1 << UInt64(place % 64)
    count += 1
    return true
  }

  mutating func formUnion(_ other: EntrySet) {
    for place in other.places { insert(place) }
  }

  mutating func remove(_ place: Int) {
    guard contains(place) else { return }
    words[place / 64] &= ~(1 << UInt64(place % 64))
    count -= 1
    while words.last == 0 { words.removeLast() }
  }
}
