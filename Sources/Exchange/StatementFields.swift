import CanonicalJSON
import Merkle
import Redaction

/// Reads the fields of a signed statement: each once, of its form, and none besides.
struct StatementFields {
  private let source: Source
  private var asked: [StaticString] = []

  private enum Source {
    /// ASCII without escapes, as nearly all are: no value is made that nobody asks for.
    case scanned(CanonicalMembers)
    case parsed([String: JSON])
  }

  /// Parses RFC 8785 bytes of an object whose `schema` is this one.
  init(parsing bytes: [UInt8], schema: String) throws(ExchangeError) {
    guard bytes.count <= WireLimits.statement else { throw .malformed("JSON") }
    if !bytes.contains(UInt8(ascii: "\\")), let members = CanonicalMembers(bytes) {
      source = .scanned(members)
    } else {
      guard let json = try? JSON(canonical: bytes, limit: WireLimits.statement),
        let object = json.object
      else { throw .malformed("JSON") }
      source = .parsed(object)
    }
    guard try text("schema") == schema else { throw .malformed("schema") }
  }

  /// A text of printable ASCII.
  mutating func text(_ key: StaticString, limit: Int = 256) throws(ExchangeError) -> String {
    guard let value = string(key), (1...limit).contains(value.count),
      value.allSatisfy({ (0x20...0x7E).contains($0) })
    else { throw .malformed("\(key)") }
    return String(decoding: value, as: UTF8.self)
  }

  mutating func optionalText(_ key: StaticString) throws(ExchangeError) -> String? {
    has(key) ? try text(key) : nil
  }

  /// A text for people, in any language: no control characters.
  mutating func words(_ key: StaticString, limit: Int = 256) throws(ExchangeError) -> String {
    guard let value = string(key), (1...limit).contains(value.count) else {
      throw .malformed("\(key)")
    }
    let text = String(decoding: value, as: UTF8.self)
    guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
      throw .malformed("\(key)")
    }
    return text
  }

  mutating func reason(_ key: StaticString) throws(ExchangeError) -> ReasonCode {
    guard let reason = ReasonCode(try text(key)) else { throw .malformed("\(key)") }
    return reason
  }

  mutating func hash(_ key: StaticString) throws(ExchangeError) -> Hash {
    guard let value = string(key), let hash = Base64.decode(value).flatMap({ Hash(bytes: $0) })
    else { throw .malformed("\(key)") }
    return hash
  }

  mutating func optionalHash(_ key: StaticString) throws(ExchangeError) -> Hash? {
    has(key) ? try hash(key) : nil
  }

  mutating func count(_ key: StaticString) throws(ExchangeError) -> UInt64 {
    guard let value = json(key)?.integer, let count = UInt64(exactly: value) else {
      throw .malformed("\(key)")
    }
    return count
  }

  mutating func optionalCount(_ key: StaticString) throws(ExchangeError) -> UInt64? {
    has(key) ? try count(key) : nil
  }

  mutating func transfer(_ key: StaticString) throws(ExchangeError) -> TransferID {
    guard let id = TransferID(try text(key)) else { throw .malformed("\(key)") }
    return id
  }

  mutating func time(_ key: StaticString) throws(ExchangeError) -> StatementTime {
    guard let time = StatementTime(try text(key)) else { throw .malformed("\(key)") }
    return time
  }

  /// A bundle id: 32 lower-case hexadecimal digits.
  mutating func bundleID(_ key: StaticString) throws(ExchangeError) -> String {
    let text = try text(key)
    guard text.utf8.count == 32,
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { throw .malformed("\(key)") }
    return text
  }

  mutating func texts(_ key: StaticString, limit: Int) throws(ExchangeError) -> [String] {
    guard let rows = json(key)?.array, (1...limit).contains(rows.count) else {
      throw .malformed("\(key)")
    }
    var texts: [String] = []
    for row in rows {
      guard let text = row.string, (1...64).contains(text.utf8.count) else {
        throw .malformed("\(key)")
      }
      texts.append(text)
    }
    return texts
  }

  /// Refuses what nobody asked for: a signed field that is ignored is one that people differ about.
  func finish() throws(ExchangeError) {
    // A key that is asked for is there, or has been refused; and none is asked for twice.
    let keys: [String]
    switch source {
    case .parsed(let fields):
      guard fields.count != asked.count else { return }
      keys = Array(fields.keys)
    case .scanned(let members):
      guard members.members.count != asked.count else { return }
      keys = members.members.map { String(decoding: members.bytes[$0.key], as: UTF8.self) }
    }
    let asked = Set(asked.map { "\($0)" })
    if let unknown = keys.filter({ !asked.contains($0) }).min() {
      throw .malformed(String(unknown.prefix(64)))
    }
    throw .malformed("JSON")
  }

  private func has(_ key: StaticString) -> Bool {
    switch source {
    case .parsed(let fields): fields["\(key)"] != nil
    case .scanned(let members): members.value(key) != nil
    }
  }

  /// The UTF-8 of a member that is a string.
  private mutating func string(_ key: StaticString) -> ArraySlice<UInt8>? {
    asked.append(key)
    return switch source {
    case .parsed(let fields): fields["\(key)"]?.string.map { Array($0.utf8)[...] }
    case .scanned(let members): members.plainText(key)
    }
  }

  /// A member that is something else.
  private mutating func json(_ key: StaticString) -> JSON? {
    asked.append(key)
    return switch source {
    case .parsed(let fields): fields["\(key)"]
    case .scanned(let members):
      members.value(key).flatMap { try? JSON(parsing: $0, limit: WireLimits.statement) }
    }
  }
}

/// The federation has one of its own, beside that of the log.
typealias Base64 = Merkle.Base64

/// SHA-256 of bytes in memory.
func digest(_ bytes: [UInt8]) -> Hash {
  var digest = Digest256()
  digest.update(bytes)
  return digest.hash
}

extension JSON {
  /// A time in milliseconds since 1970 as RFC 3339 text in UTC, whole seconds.
  static func time(milliseconds: Int64) -> JSON {
    .string(timeText(milliseconds: milliseconds))
  }
}

/// A time in milliseconds since 1970 as RFC 3339 text in UTC, whole seconds.
func timeText(milliseconds: Int64) -> String {
  StatementTime(unixSeconds: milliseconds / 1000)?.text ?? "?"
}
