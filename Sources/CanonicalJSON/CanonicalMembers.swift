/// The members of an object that is ASCII and in its RFC 8785 form, found without building a value
/// for each: a reader of a million entries looks at four members of each.
///
/// It is a shortcut only. What it takes, `JSON(canonical:limit:)` takes too; what it doesn't take (any
/// byte above 127, long numbers, escaped keys, or a form that isn't canonical) is for that to judge.
public struct CanonicalMembers: Sendable {
  /// One member: where its key stands, without quotes, and its value, with them.
  public struct Member: Sendable {
    /// The key's bytes. They hold no escape.
    public let key: Range<Int>
    /// The value's bytes, as JSON.
    public let value: Range<Int>
  }

  /// The bytes that were read.
  public let bytes: [UInt8]
  /// The members in their order.
  public let members: [Member]

  /// Reads the object, or returns nil where it is for the complete reader to judge.
  public init?(_ bytes: [UInt8]) {
    var scanner = Scanner(bytes: bytes)
    guard let members = scanner.document() else { return nil }
    self.bytes = bytes
    self.members = members
  }

  /// The bytes of a member's value, nil where there is none of that key.
  public func value(_ key: StaticString) -> ArraySlice<UInt8>? {
    let count = key.utf8CodeUnitCount
    for member in members where member.key.count == count {
      var isSame = true
      for index in 0..<count where bytes[member.key.lowerBound + index] != key.utf8Start[index] {
        isSame = false
        break
      }
      if isSame { return bytes[member.value] }
    }
    return nil
  }

  /// The content of a string without escapes; nil for other values.
  public func plainText(_ key: StaticString) -> ArraySlice<UInt8>? {
    guard let value = value(key), value.first == UInt8(ascii: "\""),
      !value.contains(UInt8(ascii: "\\"))
    else { return nil }
    return value.dropFirst().dropLast()
  }
}

/// Walks over canonical ASCII JSON; nil means that it isn't, or isn't simple enough.
private struct Scanner {
  let bytes: [UInt8]
  private var offset = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() -> [CanonicalMembers.Member]? {
    guard let members = object(depth: 1), offset == bytes.count else { return nil }
    return members
  }

  private mutating func object(depth: Int) -> [CanonicalMembers.Member]? {
    guard depth <= JSON.maximumDepth, take(UInt8(ascii: "{")) else { return nil }
    var members: [CanonicalMembers.Member] = []
    if take(UInt8(ascii: "}")) { return members }
    members.reserveCapacity(24)
    repeat {
      guard let quoted = string(), !quoted.hasEscape, take(UInt8(ascii: ":")) else { return nil }
      let key = quoted.range.lowerBound + 1..<quoted.range.upperBound - 1
      // ASCII sorts alike as bytes and as UTF-16 code units.
      if let last = members.last, !precedes(last.key, key) { return nil }
      let start = offset
      guard value(depth: depth) else { return nil }
      members.append(CanonicalMembers.Member(key: key, value: start..<offset))
    } while take(UInt8(ascii: ","))
    return take(UInt8(ascii: "}")) ? members : nil
  }

  private mutating func array(depth: Int) -> Bool {
    guard depth <= JSON.maximumDepth, take(UInt8(ascii: "[")) else { return false }
    if take(UInt8(ascii: "]")) { return true }
    repeat {
      guard value(depth: depth) else { return false }
    } while take(UInt8(ascii: ","))
    return take(UInt8(ascii: "]"))
  }

  private mutating func value(depth: Int) -> Bool {
    guard offset < bytes.count else { return false }
    switch bytes[offset] {
    case UInt8(ascii: "\""): return string() != nil
    case UInt8(ascii: "{"): return object(depth: depth + 1) != nil
    case UInt8(ascii: "["): return array(depth: depth + 1)
    case UInt8(ascii: "t"): return literal("true")
    case UInt8(ascii: "f"): return literal("false")
    default: return integer()
    }
  }

  private mutating func string() -> (range: Range<Int>, hasEscape: Bool)? {
    let start = offset
    guard take(UInt8(ascii: "\"")) else { return nil }
    var hasEscape = false
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      if byte == UInt8(ascii: "\"") { return (start..<offset, hasEscape) }
      guard (0x20..<0x80).contains(byte) else { return nil }
      guard byte == UInt8(ascii: "\\") else { continue }
      hasEscape = true
      guard offset < bytes.count else { return nil }
      switch bytes[offset] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "f"),
        UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
        offset += 1
      // Control characters that have no short form are rare in what we write.
      default: return nil
      }
    }
    return nil
  }

  /// At most 15 digits: those are within ±(2^53 - 1).
  private mutating func integer() -> Bool {
    let isNegative = take(UInt8(ascii: "-"))
    let start = offset
    while offset < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset]) {
      offset += 1
    }
    let count = offset - start
    guard (1...15).contains(count) else { return false }
    return bytes[start] != UInt8(ascii: "0") || (count == 1 && !isNegative)
  }

  private mutating func literal(_ word: StaticString) -> Bool {
    for index in 0..<word.utf8CodeUnitCount where !take(word.utf8Start[index]) { return false }
    return true
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard offset < bytes.count, bytes[offset] == byte else { return false }
    offset += 1
    return true
  }

  private func precedes(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
    for index in 0..<min(a.count, b.count) {
      let (x, y) = (bytes[a.lowerBound + index], bytes[b.lowerBound + index])
      if x != y { return x < y }
    }
    return a.count < b.count
  }
}
