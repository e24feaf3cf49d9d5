import CanonicalJSON
import Merkle

/// A draft that was checked and of which everything is written that doesn't depend on its commit.
///
/// That is nearly all of an entry, and it is done on the caller's thread: the writer, for whom all others
/// wait, only adds the stamp.
struct PreparedDraft: Sendable {
  struct PersonalRow: Sendable {
    let field: String
    let salt: [UInt8]
    let text: String
  }

  /// The members of the entry but for the stamp's.
  private let members: CanonicalMemberList
  let transfer: String?
  let personal: [PersonalRow]

  /// Writes the draft in its RFC 8785 form, and reads it again: what the log can't verify later
  /// (a number out of range, nesting too deep) must not get in.
  init(_ draft: LogDraft, random: (Int) -> [UInt8]) throws(AuditLogError) {
    for key in draft.fields.keys {
      guard !LogDraft.reserved.contains(key), !key.hasPrefix(LogDraft.personalPrefix) else {
        throw .reservedField(key)
      }
      guard isFieldName(key) else { throw .invalidField(key) }
    }
    guard draft.personal.count <= LogLimits.personalFields else {
      throw .tooLarge(limit: LogLimits.personalFields)
    }
    var own: [String: JSON] = [
      "event": .string(draft.event.rawValue),
      "nonce": .string(hexadecimal(random(EntryForm.nonceBytes))),
    ]
    var rows: [PersonalRow] = []
    for (field, text) in draft.personal.sorted(by: { $0.key < $1.key }) {
      guard isFieldName(LogDraft.personalPrefix + field), text.utf8.count <= LogLimits.personalBytes
      else { throw .invalidField(field) }
      let salt = random(PersonalCommitment.saltBytes)
      let commitment = PersonalCommitment.hash(salt: salt, text: text)
      own[LogDraft.personalPrefix + field] = .string(commitment.base64)
      rows.append(PersonalRow(field: field, salt: salt, text: text))
    }
    members = draft.members.joined(with: CanonicalMemberList(own))
    personal = rows
    transfer = draft.fields["transfer"]?.string
    guard members.bytes.count <= LogLimits.entryBytes else {
      throw .entryTooLarge(bytes: members.bytes.count, limit: LogLimits.entryBytes)
    }
    guard members.isReadable else { throw .invalidField(draft.event.rawValue) }
  }

  /// The drafts of one call.
  static func prepare(
    _ drafts: [LogDraft], random: (Int) -> [UInt8]
  ) throws(AuditLogError) -> [PreparedDraft] {
    guard drafts.count <= LogLimits.batch else {
      throw .tooManyDrafts(drafts.count, limit: LogLimits.batch)
    }
    var prepared: [PreparedDraft] = []
    prepared.reserveCapacity(drafts.count)
    for draft in drafts { prepared.append(try PreparedDraft(draft, random: random)) }
    return prepared
  }

  /// The entry's bytes. Both lists were read before, and have no key in common.
  func body(_ stamp: EntryStamp) throws(AuditLogError) -> [UInt8] {
    let body = members.object(with: stamp.members)
    guard body.count <= LogLimits.entryBytes else {
      throw .entryTooLarge(bytes: body.count, limit: LogLimits.entryBytes)
    }
    return body
  }
}

/// What the log adds to each draft.
struct EntryStamp {
  let clock: ClockReading
  /// What every entry of one transaction has in common.
  let members: CanonicalMemberList

  var milliseconds: Int64 { clock.milliseconds }

  /// `configuration` is the digest of the node's configuration, where the node says one.
  init(
    clock: ClockReading, node: String, software: String, configuration: String?
  ) throws(AuditLogError) {
    self.clock = clock
    var fields: [String: JSON] = [
      "time": .string(Timestamp.text(clock.milliseconds)), "node": .string(node),
      "software": .string(software), "clock": .string(clock.source.rawValue),
    ]
    fields["configuration"] = configuration.map { .string($0) }
    fields["clock-offset"] = clock.offsetMicroseconds.map { .integer($0) }
    fields["clock-error"] = clock.errorMilliseconds.map { .integer($0) }
    fields["monotonic"] = clock.monotonic.map { .integer($0) }
    fields["boot"] = clock.boot.map { .string($0) }
    members = CanonicalMemberList(fields)
    guard members.isReadable else { throw .invalidField("clock") }
  }
}

extension CanonicalMemberList {
  /// Whether the reader of entries takes these members.
  fileprivate var isReadable: Bool {
    if CanonicalMembers(bytes) != nil { return true }
    let json = try? JSON(parsing: bytes, limit: LogLimits.entryBytes)
    return json?.canonicalBytes == bytes
  }
}
