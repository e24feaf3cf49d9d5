import CanonicalJSON
import Foundation
import Merkle
import Redaction

/// Reads the fields of a signed statement: each once, of its form, and none besides.
struct StatementFields {
  private var fields: [String: JSON]

  /// Parses RFC 8785 bytes of an object whose `schema` is this one.
  init(parsing bytes: [UInt8], schema: String) throws(ExchangeError) {
    let json: JSON
    do {
      json = try JSON(canonical: bytes, limit: WireLimits.statement)
    } catch { throw .malformed("JSON") }
    guard let object = json.object else { throw .malformed("JSON") }
    fields = object
    guard try text("schema") == schema else { throw .malformed("schema") }
  }

  /// A text of printable ASCII.
  mutating func text(_ key: String, limit: Int = 256) throws(ExchangeError) -> String {
    guard let value = fields.removeValue(forKey: key)?.string, !value.isEmpty,
      value.utf8.count <= limit, value.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
    else { throw .malformed(key) }
    return value
  }

  mutating func optionalText(_ key: String) throws(ExchangeError) -> String? {
    fields[key] == nil ? nil : try text(key)
  }

  /// A text for people, in any language: no control characters.
  mutating func words(_ key: String, limit: Int = 256) throws(ExchangeError) -> String {
    guard let value = fields.removeValue(forKey: key)?.string, !value.isEmpty,
      value.utf8.count <= limit,
      value.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
    else { throw .malformed(key) }
    return value
  }

  mutating func reason(_ key: String) throws(ExchangeError) -> ReasonCode {
    guard let reason = ReasonCode(try text(key)) else { throw .malformed(key) }
    return reason
  }

  mutating func hash(_ key: String) throws(ExchangeError) -> Hash {
    guard let hash = Hash(base64: try text(key)) else { throw .malformed(key) }
    return hash
  }

  mutating func optionalHash(_ key: String) throws(ExchangeError) -> Hash? {
    fields[key] == nil ? nil : try hash(key)
  }

  mutating func count(_ key: String) throws(ExchangeError) -> UInt64 {
    guard let value = fields.removeValue(forKey: key)?.integer, let count = UInt64(exactly: value)
    else { throw .malformed(key) }
    return count
  }

  mutating func optionalCount(_ key: String) throws(ExchangeError) -> UInt64? {
    fields[key] == nil ? nil : try count(key)
  }

  mutating func transfer(_ key: String) throws(ExchangeError) -> TransferID {
    guard let id = TransferID(try text(key)) else { throw .malformed(key) }
    return id
  }

  mutating func time(_ key: String) throws(ExchangeError) -> StatementTime {
    guard let time = StatementTime(try text(key)) else { throw .malformed(key) }
    return time
  }

  /// A bundle id: 32 lower-case hexadecimal digits.
  mutating func bundleID(_ key: String) throws(ExchangeError) -> String {
    let text = try text(key)
    guard text.utf8.count == 32,
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { throw .malformed(key) }
    return text
  }

  mutating func texts(_ key: String, limit: Int) throws(ExchangeError) -> [String] {
    guard let rows = fields.removeValue(forKey: key)?.array, (1...limit).contains(rows.count) else {
      throw .malformed(key)
    }
    var texts: [String] = []
    for row in rows {
      guard let text = row.string, (1...64).contains(text.utf8.count) else { throw .malformed(key) }
      texts.append(text)
    }
    return texts
  }

  /// Refuses what nobody asked for: a signed field that is ignored is one that people differ about.
  func finish() throws(ExchangeError) {
    if let unknown = fields.keys.min() { throw .malformed(String(unknown.prefix(64))) }
  }
}

/// Base64 after RFC 4648, section 4: standard alphabet, padding, canonical.
enum Base64 {
  static func encode(_ bytes: some Sequence<UInt8>) -> String {
    Data(bytes).base64EncodedString()
  }

  /// The bytes of this text, or nil where it isn't the canonical encoding of any.
  static func decode(_ text: String) -> [UInt8]? {
    guard let data = Data(base64Encoded: text), data.base64EncodedString() == text else {
      return nil
    }
    return Array(data)
  }
}

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
