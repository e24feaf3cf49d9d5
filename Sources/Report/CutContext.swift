public import CanonicalJSON
import Evidence

/// What stands in a cut and around it, for the person who decides on it.
///
/// It holds what is to be withheld: it is for a terminal and for a file of mode 0600, never for a log.
public struct CutContext: Hashable, Sendable {
  /// What stands before, with `…` in front where there is more.
  public let before: String
  /// What is to go, cut off after ``maximumCut`` bytes.
  public let cut: String
  /// What stands behind.
  public let after: String
  /// Whether the three are bytes in hexadecimal, since they aren't text.
  public let isHexadecimal: Bool

  /// The three in one line, the cut between ⟦ and ⟧.
  public var marked: String { "\(before)⟦\(cut)⟧\(after)" }

  /// The three as an object.
  public var json: JSON {
    var object: [String: JSON] = [
      "before": .string(before), "cut": .string(cut), "after": .string(after),
    ]
    if isHexadecimal { object["hexadecimal"] = true }
    return .object(object)
  }

  /// The context in an object; nil where that isn't one.
  init?(json: JSON) {
    guard let before = json["before"]?.string, let cut = json["cut"]?.string,
      let after = json["after"]?.string
    else { return nil }
    self.before = before
    self.cut = cut
    self.after = after
    isHexadecimal = json["hexadecimal"] == true
  }

  /// A context of text that is known as a whole.
  init(before: String, cut: String, after: String) {
    self.before = Self.quoted(before)
    self.cut = Self.quoted(cut)
    self.after = Self.quoted(after)
    isHexadecimal = false
  }

  /// - Parameters:
  ///   - before: the bytes before the cut, at most ``maximumAround``.
  ///   - cut: its first bytes, of `byteCount`.
  ///   - after: the bytes behind it, at most ``maximumAround``.
  ///   - isTable: whether the item was cut as text, so that controls in it don't make it binary.
  fileprivate init(_ raw: RawContext, isTable: Bool) {
    let before = raw.before.drop(while: Self.isContinuation)
    let cut = Self.wholeScalars(raw.cut, isCutOff: raw.byteCount > UInt64(raw.cut.count))
    let after = Self.wholeScalars(raw.after, isCutOff: raw.after.count >= Self.maximumAround)
    let texts = [before, cut, after].map { String(validating: $0, as: UTF8.self) }
    let rest = raw.byteCount - UInt64(min(cut.count, Int(clamping: raw.byteCount)))
    if let one = texts[0], let two = texts[1], let three = texts[2],
      isTable || texts.allSatisfy({ $0.map(Self.isText) ?? false })
    {
      isHexadecimal = false
      self.before = (raw.hasMoreBefore ? "…" : "") + Self.quoted(one)
      self.cut = Self.quoted(two) + (rest > 0 ? "… and \(counted(rest, "byte")) more" : "")
      self.after = Self.quoted(three) + (raw.after.count >= Self.maximumAround ? "…" : "")
    } else {
      isHexadecimal = true
      self.before = Self.hexadecimal(raw.before.suffix(Self.maximumHexAround)) + " "
      let shown = raw.cut.prefix(Self.maximumHexCut)
      let more = raw.byteCount - UInt64(shown.count)
      self.cut =
        Self.hexadecimal(shown) + (more > 0 ? " … and \(counted(more, "byte")) more" : "")
      self.after = " " + Self.hexadecimal(raw.after.prefix(Self.maximumHexAround))
    }
  }

  /// The marks are ours: evidence that holds them can't feign the end of a cut.
  private static func quoted(_ text: String) -> String {
    printable(text).replacing("⟦", with: "\\u{27E6}").replacing("⟧", with: "\\u{27E7}")
  }

  private static func isText(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      scalar.value >= 0x20 || scalar == "\n" || scalar == "\r" || scalar == "\t"
    }
  }

  private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

  /// Without the beginning of a scalar at the end, where bytes were cut off.
  private static func wholeScalars(_ bytes: [UInt8], isCutOff: Bool) -> ArraySlice<UInt8> {
    guard isCutOff, let last = bytes.lastIndex(where: { !isContinuation($0) }) else {
      return bytes[...]
    }
    let length =
      switch bytes[last] {
      case 0xF0...: 4
      case 0xE0...: 3
      case 0xC0...: 2
      default: 1
      }
    return bytes.count - last < length ? bytes[..<last] : bytes[...]
  }

  private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }

  /// A line on each side: enough to know what a name stands in.
  static let maximumAround = 48
  /// A paragraph; who needs more looks at the item.
  static let maximumCut = 240
  private static let maximumHexAround = 8
  private static let maximumHexCut = 24
}

/// The bytes of a context as they are collected.
private struct RawContext {
  var before: [UInt8]
  var hasMoreBefore: Bool
  var cut: [UInt8] = []
  var byteCount: UInt64 = 0
  var after: [UInt8] = []
}

/// Collects the contexts of cuts while the bytes of an item go by, in order.
struct ContextCollector {
  private let isTable: Bool
  private var tail: [UInt8] = []
  private var hasDropped = false
  private var open: (index: Int, raw: RawContext)?
  /// Cuts whose end went by, waiting for what stands behind; each takes a byte at least, or the next
  /// delimiter does.
  private var waiting: [(index: Int, raw: RawContext)] = []
  private(set) var contexts: [Int: CutContext] = [:]

  /// - Parameter isTable: whether the item was cut as text, and not into a grid.
  init(isTable: Bool) { self.isTable = isTable }

  var isIdle: Bool { open == nil && waiting.isEmpty }

  /// Cut `index` begins here.
  mutating func begin(_ index: Int) {
    let before = Array(tail.suffix(CutContext.maximumAround))
    open = (
      index, RawContext(before: before, hasMoreBefore: hasDropped || before.count < tail.count)
    )
  }

  mutating func push(_ bytes: UnsafeRawBufferPointer) {
    for place in waiting.indices {
      let room = CutContext.maximumAround - waiting[place].raw.after.count
      waiting[place].raw.after.append(contentsOf: bytes.prefix(room))
    }
    settle { $0.raw.after.count >= CutContext.maximumAround }
    if let room = open.map({ CutContext.maximumCut - $0.raw.cut.count }) {
      open?.raw.cut.append(contentsOf: bytes.prefix(room))
      open?.raw.byteCount += UInt64(bytes.count)
    }
    tail.append(contentsOf: bytes.suffix(CutContext.maximumAround))
    if bytes.count > CutContext.maximumAround { hasDropped = true }
    if tail.count > Self.maximumTail {
      tail.removeFirst(tail.count - CutContext.maximumAround)
      hasDropped = true
    }
  }

  /// The open cut ends here.
  mutating func end() {
    if let ended = open { waiting.append(ended) }
    open = nil
  }

  /// Something is withheld here.
  mutating func gap() {
    Array("[withheld]".utf8).withUnsafeBytes { push($0) }
  }

  /// Nothing follows, or nothing that matters.
  mutating func finish() {
    end()
    settle { _ in true }
  }

  private mutating func settle(where isDone: ((index: Int, raw: RawContext)) -> Bool) {
    guard waiting.contains(where: isDone) else { return }
    for ended in waiting where isDone(ended) {
      contexts[ended.index] = CutContext(ended.raw, isTable: isTable)
    }
    waiting.removeAll(where: isDone)
  }

  /// So that a tail is moved seldom.
  private static let maximumTail = 4096
}
