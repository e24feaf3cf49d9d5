/// How a pattern is looked for.
enum LeakMode: UInt8, Sendable {
  /// Anywhere, in every encoding.
  case anywhere
  /// As a whole word of plain or unescaped text.
  case word
  /// Among digits without their separators.
  case digits
  /// Likewise, but not within a longer row of digits.
  case digitGroup
  /// Likewise, at the end of a row of digits.
  case digitTail
}

/// What a hit on a pattern means.
enum LeakStrength: UInt8, Sendable, Comparable {
  /// A short part of something longer: told, unless it stands in several items as phrases do.
  case weak
  /// A short value: told.
  case short
  /// A sample of binary content: two of them at different places stop.
  case sample
  /// A passage of something longer: stops, unless it stands in several items as phrases do.
  case passage
  /// A value that was chosen: stops.
  case certain

  static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
}

/// One way in which a withheld value may stand somewhere.
struct LeakPattern {
  /// The value's source, an index of ``LeakPatternStore/sources``.
  var source: Int32
  var mode: LeakMode
  var strength: LeakStrength
  /// How the value was written for this pattern; nil for as it stood.
  var writing: LeakWriting
}

/// How a pattern differs from the value as it stood.
enum LeakWriting: UInt8, Sendable {
  case plain, otherCase, normalized, latin1, utf16, reordered, joined, digits, date, digest

  var words: String? {
    switch self {
    case .plain: nil
    case .otherCase: "other case"
    case .normalized: "other normalization"
    case .latin1: "Latin-1"
    case .utf16: "UTF-16"
    case .reordered: "words in other order"
    case .joined: "joined or separated"
    case .digits: "digits"
    case .date: "date in other order"
    case .digest: "digest"
    }
  }
}

/// The patterns of one pass, folded, in one row of bytes.
final class LeakPatternStore {
  private var row: [UInt8] = []
  private var starts: [Int32] = [0]
  private(set) var patterns: [LeakPattern] = []
  private(set) var sources: [LeakSource] = []
  private var known: [Int: [Int32]] = [:]

  var count: Int { patterns.count }

  /// Whether one more value might not fit.
  var isFull: Bool {
    row.count >= Self.maximumBytes || patterns.count >= Self.maximumCount
      || sources.count >= Self.maximumCount
  }

  /// A pattern's bytes, once the collection is complete.
  func bytes(of index: Int) -> UnsafeBufferPointer<UInt8> {
    guard let frozen else { return UnsafeBufferPointer(start: nil, count: 0) }
    return UnsafeBufferPointer(rebasing: frozen[Int(starts[index])..<Int(starts[index + 1])])
  }

  /// The row once it is complete, where loops can read it without checks of ownership.
  private var frozen: UnsafeBufferPointer<UInt8>?

  deinit { frozen?.deallocate() }

  /// Ends the collection.
  func freeze() {
    frozen?.deallocate()
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: row.count)
    _ = copy.initialize(from: row)
    frozen = UnsafeBufferPointer(copy)
  }

  func add(_ source: LeakSource) -> Int32 {
    if sources.last != source { sources.append(source) }
    return Int32(sources.count - 1)
  }

  /// Adds folded bytes; the same bytes are one pattern, of the stronger meaning.
  func add(_ folded: [UInt8], _ pattern: LeakPattern) {
    let least = pattern.mode == .word ? Self.shortKey : Self.longKey
    guard least...Self.maximumLength ~= folded.count else { return }
    var hasher = Hasher()
    hasher.combine(pattern.mode)
    folded.withUnsafeBytes { hasher.combine(bytes: $0) }
    let hash = hasher.finalize()
    for index in known[hash] ?? [] {
      let range = Int(starts[Int(index)])..<Int(starts[Int(index) + 1])
      guard patterns[Int(index)].mode == pattern.mode, row[range].elementsEqual(folded) else {
        continue
      }
      if patterns[Int(index)].strength < pattern.strength { patterns[Int(index)] = pattern }
      return
    }
    known[hash, default: []].append(Int32(patterns.count))
    row += folded
    starts.append(Int32(row.count))
    patterns.append(pattern)
  }

  /// The indices of the patterns of these modes.
  func indices(_ modes: LeakMode...) -> [Int] {
    patterns.indices.filter { modes.contains(patterns[$0].mode) }
  }

  /// Bytes of an anchor.
  static let longKey = 6
  static let shortKey = 3
  /// The longest pattern. What is longer is looked for in parts; encodings multiply this, and a
  /// block overlaps the next one by the product (``LeakStream/overlap``).
  static let maximumLength = 255
  /// Both bound what a pass holds: 4 MiB of bytes, some five times as much beside them, so that a
  /// pass stays below 64 MiB. When there is more, there are more passes.
  static let maximumBytes = 4 << 20
  static let maximumCount = 1 << 16
}
