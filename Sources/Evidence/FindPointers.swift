/// Follows JSON's tokens and knows which of them stand at or below the pointers asked for.
///
/// It reads documents one after the other, so a pointer applies to each line of a file of lines.
/// Strings are compared as keys with their escapes resolved. What is below a key that an earlier
/// step withheld could be anything: every pointer that may lead there takes it.
struct PointerTracker {
  typealias Wanted = (rule: Int, pointer: JSONPointer)

  private struct Frame {
    let isObject: Bool
    /// Where the next element of an array stands.
    var index = 0
    /// The pointers that the path to here begins, by their place in `wanted`.
    let live: [Int]
    /// The rules with a pointer to here or above.
    let rules: [Int]
  }
  private enum Expected { case value, key, colon, separator }
  private enum Key {
    case text(String)
    case other, unknown
  }
  private enum Leaf { case none, string, structure, scalar }

  private let wanted: [Wanted]
  private let isLines: Bool
  private let keyByteCount: Int
  private var found: Set<Int> = []
  /// What the value that ended last is called: its key, or that of the array that it is in.
  private(set) var valueName: String?
  private var frames: [Frame] = []
  private var expected = Expected.value
  private var key = Key.unknown
  private var leaf = Leaf.none
  private var text: [UInt8] = []
  private var lastByte: UInt8 = 0
  private var byteCount = 0
  /// Whether something was no JSON.
  private var isMalformed: Bool
  /// Whether the place is unknown: until the next line in a file of lines, else for good.
  private var isLost: Bool

  init(_ wanted: [Wanted], isJSON: Bool, isLines: Bool) {
    self.wanted = wanted
    self.isLines = isJSON && isLines
    isMalformed = !isJSON
    isLost = !isJSON
    let longest = wanted.flatMap { $0.pointer.tokens.map(\.utf8.count) }.max() ?? 0
    // A longer key is none of the tokens: an escape has at most six bytes for each of UTF-8.
    keyByteCount = max(6 * longest + 3, Self.nameByteCount)
  }

  mutating func push(_ bytes: UnsafeRawBufferPointer) {
    guard isLines || !isLost, let last = bytes.last else { return }
    if leaf == .none { leaf = Self.kind(of: bytes[0]) }
    lastByte = last
    byteCount += bytes.count
    switch leaf {
    case .string:
      let room = keyByteCount - text.count
      if expected == .key, room > 0 { text.append(contentsOf: bytes.prefix(room)) }
    case .structure: for byte in bytes { structure(byte) }
    case .scalar: if bytes.contains(where: { Self.kind(of: $0) != .scalar }) { malformed() }
    case .none: break
    }
  }

  /// Ends a leaf; the rules that it is at or below a pointer of.
  mutating func endLeaf() -> [Int] {
    valueName = nil
    defer {
      leaf = .none
      text.removeAll(keepingCapacity: true)
      byteCount = 0
    }
    switch leaf {
    case _ where isLost: return []
    case .none, .structure: return []
    case .string:
      guard byteCount >= 2, lastByte == UInt8(ascii: "\"") else {
        malformed()
        return []
      }
      if expected == .key {
        let name = String(decoding: unescapedString(text[...]), as: UTF8.self)
        return take(key: text.count < keyByteCount ? .text(name) : .other)
      }
      return takeValue()
    case .scalar: return takeValue()
    }
  }

  mutating func withheld(_ leaves: Range<UInt64>, _ results: inout FindResults) {
    guard !isLost, !leaves.isEmpty else { return }
    let isOne = leaves.upperBound - leaves.lowerBound == 1
    if isOne, expected == .key {
      for rule in take(key: .unknown) { results.count(rule: rule) }
    } else if isOne, expected == .value {
      for rule in takeValue() { results.count(rule: rule) }
    } else {
      isLost = true
      for wanted in wanted { results.add(.structureWithheld(rule: wanted.rule)) }
    }
  }

  /// - Parameter scoped: rules that only look within their pointers.
  func finish(_ results: inout FindResults, scoped: Set<Int>) {
    for (index, wanted) in wanted.enumerated() {
      if isMalformed || !isLost && !frames.isEmpty { results.add(.notJSON(rule: wanted.rule)) }
      if !found.contains(index) {
        let pointer = wanted.pointer.description
        results.add(.pointerMissing(rule: wanted.rule, pointer: pointer))
      } else if results.matches[wanted.rule] == nil, !scoped.contains(wanted.rule) {
        // It leads to an empty object, or to what an earlier rule took.
        results.count(rule: wanted.rule)
      }
    }
  }

  /// We recurse nowhere; this bounds the memory for a file of nothing but brackets.
  static let maximumDepth = 4096
  /// No name that means something is longer.
  private static let nameByteCount = 256

  private static func kind(of byte: UInt8) -> Leaf {
    switch byte {
    case UInt8(ascii: "\""): .string
    case 0x20, 0x09, 0x0A, 0x0D, 0x7B, 0x7D, 0x5B, 0x5D, 0x3A, 0x2C: .structure
    default: .scalar
    }
  }
}

extension PointerTracker {
  private mutating func malformed() {
    isMalformed = true
    isLost = true
  }

  private mutating func structure(_ byte: UInt8) {
    if isLines, byte == 0x0A {
      isMalformed = isMalformed || !isLost && !frames.isEmpty
      isLost = false
      frames.removeAll(keepingCapacity: true)
      expected = .value
    }
    guard !isLost else { return }
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["): open(isObject: byte == UInt8(ascii: "{"))
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      guard let frame = frames.popLast(), frame.isObject == (byte == UInt8(ascii: "}")) else {
        return malformed()
      }
      expected = frames.isEmpty ? .value : .separator
    case UInt8(ascii: ":"):
      guard expected == .colon else { return malformed() }
      expected = .value
    case UInt8(ascii: ","):
      guard expected == .separator, let last = frames.indices.last else { return malformed() }
      frames[last].index += 1
      expected = frames[last].isObject ? .key : .value
    case 0x20, 0x09, 0x0A, 0x0D: break
    default: malformed()
    }
  }

  private mutating func open(isObject: Bool) {
    guard expected == .value, frames.count < Self.maximumDepth else { return malformed() }
    let (live, rules) = place()
    for index in live where wanted[index].pointer.tokens.count == frames.count {
      found.insert(index)
    }
    frames.append(Frame(isObject: isObject, live: live, rules: rules))
    expected = isObject ? .key : .value
  }

  /// Takes a key's leaf: it goes with what it is in, not with its value.
  private mutating func take(key: Key) -> [Int] {
    self.key = key
    expected = .colon
    return frames.last?.rules ?? []
  }

  private mutating func takeValue() -> [Int] {
    guard expected == .value else {
      malformed()
      return []
    }
    let (live, rules) = place()
    for index in live where wanted[index].pointer.tokens.count == frames.count {
      found.insert(index)
    }
    expected = frames.isEmpty ? .value : .separator
    if case .text(let name) = key, !frames.isEmpty { valueName = name }
    return rules
  }

  /// The pointers that lead to the value that begins here or further, and the rules for it.
  private func place() -> (live: [Int], rules: [Int]) {
    var live = Array(wanted.indices)
    var rules: [Int] = []
    if let frame = frames.last {
      rules = frame.rules
      live = frame.live.filter { index in
        let tokens = wanted[index].pointer.tokens
        guard tokens.count >= frames.count else { return false }
        let token = tokens[frames.count - 1]
        guard frame.isObject else { return token == String(frame.index) }
        switch key {
        case .text(let name): return token == name
        case .other: return false
        case .unknown: return true
        }
      }
    }
    for index in live where wanted[index].pointer.tokens.count == frames.count {
      if !rules.contains(wanted[index].rule) { rules.append(wanted[index].rule) }
    }
    return (live, rules)
  }
}

/// What a JSON string says: without its quotes, escapes resolved as far as they can be.
func unescapedString(_ string: ArraySlice<UInt8>) -> [UInt8] {
  var rest = string
  if rest.first == UInt8(ascii: "\"") { rest = rest.dropFirst() }
  if rest.last == UInt8(ascii: "\"") { rest = rest.dropLast() }
  guard rest.contains(UInt8(ascii: "\\")) else { return Array(rest) }
  var value: [UInt8] = []
  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "\\"), let letter = rest.popFirst() else {
      value.append(byte)
      continue
    }
    switch letter {
    case UInt8(ascii: "b"): value.append(0x08)
    case UInt8(ascii: "f"): value.append(0x0C)
    case UInt8(ascii: "n"): value.append(0x0A)
    case UInt8(ascii: "r"): value.append(0x0D)
    case UInt8(ascii: "t"): value.append(0x09)
    case UInt8(ascii: "u"): value.append(contentsOf: escapedScalars(&rest).utf8)
    default: value.append(letter)
    }
  }
  return value
}

/// The scalar of a `\u` escape whose digits come next, with the other half of a surrogate pair.
private func escapedScalars(_ rest: inout ArraySlice<UInt8>) -> String {
  func unit(_ digits: ArraySlice<UInt8>) -> UInt16? {
    digits.count == 4 ? UInt16(String(decoding: digits, as: UTF8.self), radix: 16) : nil
  }
  guard let first = unit(rest.prefix(4)) else { return "" }
  rest = rest.dropFirst(4)
  var units = [first]
  if UTF16.isLeadSurrogate(first), rest.starts(with: [0x5C, 0x75]),
    let second = unit(rest.dropFirst(2).prefix(4)), UTF16.isTrailSurrogate(second)
  {
    units.append(second)
    rest = rest.dropFirst(6)
  }
  return String(decoding: units, as: UTF16.self)
}
