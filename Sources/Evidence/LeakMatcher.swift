/// Looks for many byte strings in one pass.
///
/// Each string has an anchor, a window of `keyLength` of its bytes that few others share. At each
/// place of a text the window is hashed and looked up in a bitmap small enough for the processor's
/// cache; only where its bit is set are strings compared. So the time hardly depends on how many
/// there are. Tables of states (Aho–Corasick) were rejected: theirs outgrow every cache.
final class LeakMatcher {
  private let patterns: LeakPatternStore
  /// The strings that this matcher looks for, as indices of the store.
  private var count = 0
  private let keyMask: UInt64
  private let keyLength: Int
  private let shift: UInt64
  private let bitmap: UnsafeMutablePointer<UInt64>
  private let bitmapWords: Int
  /// For each bucket the first string, for each string the next one of its bucket, or −1.
  private let heads: UnsafeMutablePointer<Int32>
  private let bucketShift: UInt64
  private var next: [Int32]
  private var anchors: [UInt8]

  /// - Parameter indices: strings of the store of at least `keyLength` bytes, 3 to 8.
  init(_ patterns: LeakPatternStore, _ indices: [Int], keyLength: Int) {
    self.patterns = patterns
    self.keyLength = keyLength
    keyMask = keyLength == 8 ? .max : (1 << (8 * UInt64(keyLength))) - 1
    // Sixteen bits a string keep false alarms at one in sixteen and rarer.
    var bits: UInt64 = 15
    while bits < 22, (1 << bits) < indices.count * 16 { bits += 1 }
    shift = 64 - bits
    bitmapWords = 1 << (bits - 6)
    bitmap = .allocate(capacity: bitmapWords)
    bitmap.initialize(repeating: 0, count: bitmapWords)
    bucketShift = shift + 3
    let buckets = 1 << (bits - 3)
    heads = .allocate(capacity: buckets)
    heads.initialize(repeating: -1, count: buckets)
    next = [Int32](repeating: -1, count: patterns.count)
    anchors = [UInt8](repeating: 0, count: patterns.count)
    insert(indices)
  }

  deinit {
    bitmap.deallocate()
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
      bitmap[Int(hash >> shift) >> 6] |= 1 << (UInt64(hash >> shift) & 63)
      let bucket = Int(hash >> bucketShift)
      next[index] = heads[bucket]
      heads[bucket] = Int32(index)
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
    let (bitmap, shift, mask) = (bitmap, shift, keyMask)
    let raw = UnsafeRawPointer(text)
    for place in 0...(count &- keyLength) {
      let key = raw.loadUnaligned(fromByteOffset: place, as: UInt64.self).littleEndian & mask
      let hash = key &* Self.factor
      let slot = hash >> shift
      if bitmap[Int(truncatingIfNeeded: slot >> 6)] & (1 << (slot & 63)) != 0 {
        compare(text, count: count, at: place, hash: hash, found)
      }
    }
  }

  @inline(never)
  private func compare(
    _ text: UnsafePointer<UInt8>, count: Int, at place: Int, hash: UInt64,
    _ found: (Int, Int) -> Void
  ) {
    var candidate = heads[Int(hash >> bucketShift)]
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

  /// Knuth's multiplier, the odd integer nearest to 2^64 divided by the golden ratio.
  private static let factor: UInt64 = 0x9E37_79B9_7F4A_7C15
}
