/// Looks for many byte strings in one pass.
///
/// Each string has an anchor, a window of `keyLength` of its bytes that few others share. At each
/// place of a text the window is hashed and looked up in a table of bits small enough for the
/// processor's cache; only where its bit is set are strings compared. So the time hardly depends on
/// how many there are. Tables of states (Aho–Corasick) were rejected: theirs outgrow every cache.
final class LeakMatcher {
  private let patterns: LeakPatternStore
  /// The strings that this matcher looks for, as indices of the store.
  private var count = 0
  private let keyMask: UInt64
  private let keyLength: Int
  /// For each slot of hashes eight bits, of which each string sets one.
  private let filter: UnsafeMutablePointer<UInt8>
  /// The eight bits: a load is cheaper than a shift by a variable.
  private let bits: UnsafeMutablePointer<UInt8>
  /// For each slot the first string, for each string the next one of its slot, or −1.
  private let heads: UnsafeMutablePointer<Int32>
  private var next: [Int32]
  private var anchors: [UInt8]

  /// - Parameter indices: strings of the store of at least `keyLength` bytes, 3 to 8.
  init(_ patterns: LeakPatternStore, _ indices: [Int], keyLength: Int) {
    self.patterns = patterns
    self.keyLength = keyLength
    keyMask = keyLength == 8 ? .max : (1 << (8 * UInt64(keyLength))) - 1
    filter = .allocate(capacity: Self.slotCount)
    filter.initialize(repeating: 0, count: Self.slotCount)
    bits = .allocate(capacity: 8)
    for bit in 0..<8 { (bits + bit).initialize(to: 1 << UInt8(bit)) }
    heads = .allocate(capacity: Self.slotCount)
    heads.initialize(repeating: -1, count: Self.slotCount)
    next = [Int32](repeating: -1, count: patterns.count)
    anchors = [UInt8](repeating: 0, count: patterns.count)
    insert(indices)
  }

  deinit {
    filter.deallocate()
    bits.deallocate()
    heads.deallocate()
  }

  var isEmpty: Bool { count == 0 }

  private func insert(_ indices: [Int]) {
    count = indices.count
    // How many windows of all strings fall to each hash: the anchor is a string's rarest window.
    var crowd = [UInt16](repeating: 0, count: 1 << 16)
    for index in indices {
      forEachWindow(of: index) { _, key in
        let slot = Int((key &* Self.factor) >> 48)
        crowd[slot] = min(crowd[slot], .max - 1) + 1
      }
    }
    for index in indices {
      var best = (crowd: UInt32.max, place: 0, key: UInt64(0))
      forEachWindow(of: index) { place, key in
        // Rows of one byte are frequent in files of every kind, however rare among the strings.
        let isRow = key == (key & 0xFF) &* (0x0101_0101_0101_0101 & keyMask)
        let score = UInt32(crowd[Int((key &* Self.factor) >> 48)]) + (isRow ? 1 << 20 : 0)
        if score < best.crowd { best = (score, place, key) }
      }
      let hash = best.key &* Self.factor
      let slot = Self.slot(hash)
      filter[slot] |= bits[Self.bit(hash)]
      next[index] = heads[slot]
      heads[slot] = Int32(index)
      anchors[index] = UInt8(best.place)
    }
  }

  private func forEachWindow(of index: Int, _ body: (Int, UInt64) -> Void) {
    let bytes = patterns.bytes(of: index)
    for place in 0...(bytes.count - keyLength) {
      var key: UInt64 = 0
      for offset in 0..<keyLength { key |= UInt64(bytes[place + offset]) << (8 * UInt64(offset)) }
      body(place, key)
    }
  }

  /// Calls `found` with each string and where it begins, in no order within a string's length.
  ///
  /// - Parameter text: folded bytes; eight more behind the last one can be read.
  func search(_ text: UnsafePointer<UInt8>, count: Int, _ found: (Int, Int) -> Void) {
    guard !isEmpty, count >= keyLength else { return }
    let (filter, bits, mask) = (filter, bits, keyMask)
    let raw = UnsafeRawPointer(text)
    var place = 0
    let end = count &- keyLength
    while place <= end {
      let key = raw.loadUnaligned(fromByteOffset: place, as: UInt64.self).littleEndian & mask
      let hash = key &* Self.factor
      if filter[Self.slot(hash)] & bits[Self.bit(hash)] != 0 {
        compare(text, count: count, at: place, hash: hash, found)
      }
      place &+= 1
    }
  }

  @inline(__always)
  private static func slot(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> 48) }

  @inline(__always)
  private static func bit(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> 45 & 7) }

  @inline(never)
  private func compare(
    _ text: UnsafePointer<UInt8>, count: Int, at place: Int, hash: UInt64,
    _ found: (Int, Int) -> Void
  ) {
    var candidate = heads[Self.slot(hash)]
    while candidate >= 0 {
      let index = Int(candidate)
      candidate = next[index]
      let start = place - Int(anchors[index])
      let bytes = patterns.bytes(of: index)
      guard start >= 0, start + bytes.count <= count else { continue }
      if bytes.elementsEqual(UnsafeBufferPointer(start: text + start, count: bytes.count)) {
        found(index, start)
      }
    }
  }

  /// 64 KiB of filter. With as many strings as a pass may have, one place in nine is compared.
  private static let slotCount = 1 << 16
  /// Knuth's multiplier, the odd integer nearest to 2^64 divided by the golden ratio.
  private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
}
