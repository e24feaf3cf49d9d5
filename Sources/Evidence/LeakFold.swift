/// How bytes are compared: ASCII letters without case, every run of white space as one space.
///
/// Texts are wrapped and aligned anew when they are copied, so white space says nothing. Values are
/// folded once, disclosed bytes as they pass.
enum LeakFold {
  /// Folds `source` into `target`, which has room for as many bytes, and returns how many there
  /// are.
  @inline(__always)
  static func fold(
    _ source: UnsafeBufferPointer<UInt8>, into target: UnsafeMutablePointer<UInt8>,
    _ table: UnsafePointer<UInt8>
  ) -> Int {
    var count = 0
    var wasSpace = 0
    for index in 0..<source.count {
      let byte = table[Int(source[index])]
      target[count] = byte
      let isSpace = byte == 0x20 ? 1 : 0
      // The second space of a row is overwritten by what follows; without a branch, since rows of
      // spaces are rare in some files and all there is in others.
      count &+= 1 &- (isSpace & wasSpace)
      wasSpace = isSpace
    }
    return count
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
