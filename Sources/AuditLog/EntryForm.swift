import CanonicalJSON

/// An entry that was read and has the form that every entry has.
///
/// Most of a log is entries that somebody only counts and hashes, so a value is built for no member
/// that nobody asks for.
struct EntryForm {
  let body: [UInt8]
  let event: String
  let node: String
  let milliseconds: Int64
  private let members: Members

  private enum Members {
    case scanned(CanonicalMembers)
    case parsed([String: JSON])
  }

  static let nonceBytes = 16

  init(_ body: [UInt8]) throws(AuditLogError) {
    if let scanned = CanonicalMembers(body), let form = EntryForm(scanned) {
      self = form
    } else {
      try self.init(parsing: body)
    }
  }

  /// Nothing for what the complete reader has to judge: an escape in one of the four values is
  /// nothing that we write, but it isn't malformed.
  private init?(_ scanned: CanonicalMembers) {
    guard scanned.bytes.count <= LogLimits.entryBytes, let event = scanned.plainText("event"),
      let node = scanned.plainText("node"), let nonce = scanned.plainText("nonce"),
      nonce.count == 2 * Self.nonceBytes, nonce.allSatisfy(isHexadecimal),
      let time = scanned.plainText("time"), let milliseconds = Timestamp.milliseconds(time),
      scanned.members.allSatisfy({ isFieldName(scanned.bytes[$0.key]) })
    else { return nil }
    body = scanned.bytes
    self.event = String(decoding: event, as: UTF8.self)
    self.node = String(decoding: node, as: UTF8.self)
    self.milliseconds = milliseconds
    members = .scanned(scanned)
  }

  private init(parsing body: [UInt8]) throws(AuditLogError) {
    // As `JSON(canonical:)` does, but two arrays compare ten times as fast as two collections.
    guard let json = try? JSON(parsing: body, limit: LogLimits.entryBytes),
      json.canonicalBytes == body, let fields = json.object, let event = fields["event"]?.string,
      let node = fields["node"]?.string, let nonce = fields["nonce"]?.string,
      nonce.utf8.count == 2 * Self.nonceBytes, nonce.utf8.allSatisfy(isHexadecimal),
      let time = fields["time"]?.string, let milliseconds = Timestamp.milliseconds(time),
      fields.keys.allSatisfy({ isFieldName($0) })
    else { throw .notALog }
    self.body = body
    self.event = event
    self.node = node
    self.milliseconds = milliseconds
    members = .parsed(fields)
  }

  /// Every member, as values.
  var fields: [String: JSON] {
    switch members {
    case .parsed(let fields): fields
    case .scanned: (try? JSON(parsing: body, limit: LogLimits.entryBytes))?.object ?? [:]
    }
  }

  /// The text of one member; nil where it is absent or no string.
  func text(_ key: StaticString) -> String? {
    switch members {
    case .parsed(let fields): return fields["\(key)"]?.string
    case .scanned(let scanned):
      guard let value = scanned.value(key) else { return nil }
      if let text = scanned.plainText(key) { return String(decoding: text, as: UTF8.self) }
      return (try? JSON(parsing: value, limit: LogLimits.entryBytes))?.string
    }
  }

  /// One member; nil where it is absent or no integer.
  func integer(_ key: StaticString) -> Int64? {
    switch members {
    case .parsed(let fields): fields["\(key)"]?.integer
    case .scanned(let scanned):
      scanned.value(key).flatMap { try? JSON(parsing: $0, limit: LogLimits.entryBytes) }?.integer
    }
  }

  /// The personal fields that the entry commits to, with their commitments.
  var commitments: [(field: String, commitment: String)] {
    switch members {
    case .parsed(let fields):
      return fields.compactMap { key, value in
        guard key.hasPrefix(LogDraft.personalPrefix) else { return nil }
        return (String(key.dropFirst(LogDraft.personalPrefix.count)), value.string ?? "")
      }
    case .scanned(let scanned):
      var found: [(field: String, commitment: String)] = []
      for member in scanned.members {
        let key = scanned.bytes[member.key]
        guard key.starts(with: LogDraft.personalPrefix.utf8) else { continue }
        let value = try? JSON(parsing: scanned.bytes[member.value], limit: LogLimits.entryBytes)
        let field = key.dropFirst(LogDraft.personalPrefix.utf8.count)
        found.append((String(decoding: field, as: UTF8.self), value?.string ?? ""))
      }
      return found
    }
  }
}

/// Whether an entry may have this key: 1 to 64 printable ASCII characters.
func isFieldName(_ name: String) -> Bool { isFieldName(name.utf8) }

func isFieldName(_ name: some Collection<UInt8>) -> Bool {
  (1...64).contains(name.count) && name.allSatisfy { (0x21...0x7E).contains($0) }
}

private func isHexadecimal(_ byte: UInt8) -> Bool {
  (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
}
