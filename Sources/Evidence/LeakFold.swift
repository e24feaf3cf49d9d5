/// How bytes are compared: ASCII letters without case, every run of white space as one space.
///
/// Texts are wrapped and aligned anew when they are copied, so white space says nothing. Values are
/// folded once, disclosed bytes as they pass.
enum LeakFold {
  /// Folds `source` into `target`, which has room for as many bytes, and returns how many there
  /// are.
  ///
  /// Eight bytes at a time where no two spaces meet and no other white space is, which is nearly
  /// everywhere.
  static func fold(
    _ source: UnsafeBufferPointer<UInt8>, into target: UnsafeMutablePointer<UInt8>
  ) -> Int {
    guard let start = source.baseAddress else { return 0 }
    var count = 0
    var index = 0
    var wasSpace = false
    while index &+ 8 <= source.count {
      let word = UnsafeRawPointer(start).loadUnaligned(fromByteOffset: index, as: UInt64.self)
        .littleEndian
      let facts = Facts(word)
      let before: UInt64 = wasSpace ? 0x80 : 0
      if facts.isOther == 0, facts.isSpace & (facts.isSpace &<< 8 | before) == 0 {
        UnsafeMutableRawPointer(target).storeBytes(
          of: facts.lowered.littleEndian, toByteOffset: count, as: UInt64.self)
        count &+= 8
        wasSpace = facts.isSpace >> 63 == 1
      } else {
        for offset in 0..<8 { append(start[index &+ offset], target, &count, &wasSpace) }
      }
      index &+= 8
    }
    while index < source.count {
      append(start[index], target, &count, &wasSpace)
      index &+= 1
    }
    return count
  }

  /// What eight bytes are, a flag in the highest bit of each.
  private struct Facts {
    let lowered: UInt64
    let isSpace: UInt64
    let isOther: UInt64

    @inline(__always)
    init(_ word: UInt64) {
      let low = word & Self.each(0x7F)
      let isASCII = ~word & Self.each(0x80)
      // A sum reaches the highest bit where a byte is at least, or more than, a limit.
      let isUpper = isASCII & ((low &+ Self.each(0x80 - 0x41)) ^ (low &+ Self.each(0x7F - 0x5A)))
      lowered = word | isUpper &>> 2
      isOther = isASCII & ((low &+ Self.each(0x80 - 0x09)) ^ (low &+ Self.each(0x7F - 0x0D)))
      let difference = word ^ Self.each(0x20)
      isSpace =
        ~(((difference & Self.each(0x7F)) &+ Self.each(0x7F)) | difference) & Self.each(0x80)
    }

    @inline(__always)
    private static func each(_ byte: UInt64) -> UInt64 { byte &* 0x0101_0101_0101_0101 }
  }

  @inline(__always)
  private static func append(
    _ byte: UInt8, _ target: UnsafeMutablePointer<UInt8>, _ count: inout Int,
    _ wasSpace: inout Bool
  ) {
    let byte = folded(byte)
    guard byte == 0x20 else {
      target[count] = byte
      count &+= 1
      wasSpace = false
      return
    }
    if !wasSpace {
      target[count] = byte
      count &+= 1
    }
    wasSpace = true
  }

  /// A value as it is compared; no space stands at its ends.
  static func folded(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    for byte in bytes.lazy.map(folded) where byte != 0x20 || result.last.map({ $0 != 0x20 }) == true
    {
      result.append(byte)
    }
    if result.last == 0x20 { result.removeLast() }
    return result
  }

  @inline(__always)
  static func folded(_ byte: UInt8) -> UInt8 {
    switch byte {
    case 0x09...0x0D: 0x20
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
    default: byte
    }
  }
}

/// Finds where a folded place stands in the bytes that were folded; places are asked for in
/// ascending order, so that a block is walked through once.
struct LeakFoldCursor {
  private let source: UnsafeBufferPointer<UInt8>
  private var raw = 0
  private var folded = 0
  private var wasSpace = false

  init(_ source: UnsafeBufferPointer<UInt8>) { self.source = source }

  mutating func index(of place: Int) -> Int {
    if place < folded { self = LeakFoldCursor(source) }
    while raw < source.count {
      let isSpace = LeakFold.folded(source[raw]) == 0x20
      let isDropped = isSpace && wasSpace
      if !isDropped, folded == place { return raw }
      if !isDropped { folded += 1 }
      wasSpace = isSpace
      raw += 1
    }
    return source.count
  }
}

/// Bytes of a block, with room behind them so that words can be loaded up to the last one.
final class LeakBuffer {
  let start: UnsafeMutablePointer<UInt8>
  let capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
    start = .allocate(capacity: capacity + Self.slack)
    start.initialize(repeating: 0, count: capacity + Self.slack)
  }

  deinit { start.deallocate() }

  func prefix(_ count: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: start, count: count)
  }

  private static let slack = 16
}
