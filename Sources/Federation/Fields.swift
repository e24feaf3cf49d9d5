import CAdES
import CanonicalJSON
import Redaction

/// The members of a JSON object, read strictly: each names itself in the error where it is malformed.
struct Fields {
  let json: JSON

  init(_ json: JSON) { self.json = json }

  /// An object with none but these keys.
  init(_ json: JSON?, _ name: String, keys: Set<String>) throws(FederationError) {
    guard let json, let object = json.object else { throw .badField(name) }
    // What isn't read mustn't be signed: another program may read something into it.
    if let unknown = object.keys.filter({ !keys.contains($0) }).min() {
      throw .unknownKey(String(unknown.prefix(80)))
    }
    self.json = json
  }

  /// A text that isn't empty, of at most so many bytes, without control characters.
  func text(_ key: String, limit: Int = 512) throws(FederationError) -> String {
    try Self.checked(json[key]?.string, key, limit)
  }

  func integer(_ key: String, in range: ClosedRange<Int64>) throws(FederationError) -> Int64 {
    guard let value = json[key]?.integer, range.contains(value) else { throw .badField(key) }
    return value
  }

  func time(_ key: String) throws(FederationError) -> StatementTime {
    guard let text = json[key]?.string, let time = StatementTime(text) else {
      throw .badField(key)
    }
    return time
  }

  /// Base64 of a SHA-256.
  func digest(_ key: String) throws(FederationError) -> [UInt8] {
    try Self.digest(json[key]?.string, key)
  }

  static func digest(_ text: String?, _ key: String) throws(FederationError) -> [UInt8] {
    guard let bytes = text.flatMap(Base64.decode), bytes.count == 32 else { throw .badField(key) }
    return bytes
  }

  func array(_ key: String, count: ClosedRange<Int>) throws(FederationError) -> [JSON] {
    guard let rows = json[key]?.array, count.contains(rows.count) else { throw .badField(key) }
    return rows
  }

  /// Texts as ``text(_:limit:)`` has them.
  func texts(
    _ key: String, count: ClosedRange<Int>, limit: Int = 512
  ) throws(FederationError) -> [String] {
    var texts: [String] = []
    for row in try array(key, count: count) {
      texts.append(try Self.checked(row.string, key, limit))
    }
    return texts
  }

  /// PEM texts with one certificate or more each, so many in all.
  func certificates(_ key: String, count: ClosedRange<Int>) throws(FederationError)
    -> [Certificate]
  {
    var certificates: [Certificate] = []
    for row in try array(key, count: count) {
      guard let pem = row.string else { throw .badField(key) }
      do {
        certificates += try Certificate.parsePEM(pem)
      } catch { throw .badCertificate(key) }
    }
    guard count.contains(certificates.count) else { throw .badCertificate(key) }
    return certificates
  }

  private static func checked(
    _ value: String?, _ key: String, _ limit: Int
  ) throws(FederationError) -> String {
    guard let value, !value.isEmpty, value.utf8.count <= limit,
      !value.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { throw .badField(key) }
    return value
  }
}

extension [Certificate] {
  /// As ``Fields/certificates(_:count:)`` reads them.
  var json: JSON { .array(map { .string($0.pem) }) }
}
