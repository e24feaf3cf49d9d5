public import CanonicalJSON
import Merkle

/// What happened, as the log names it.
public enum LogEvent: String, CaseIterable, Hashable, Sendable {
  /// Evidence, from its collection to the sealed bundle.
  case collect, seal, redact
  /// People's decisions on it.
  case approve, release
  /// The sender's side of an exchange.
  case queue, offer, send
  /// The receiver's side.
  case receive, verify, deliver, retrieve, reject
  /// Out of the node by another way.
  case export
  /// A receipt came, or was given.
  case receiptIn = "receipt-in"
  /// A receipt was given.
  case receiptOut = "receipt-out"
  /// What happens to evidence that was exchanged.
  case recall, correct, hold, erase
  /// The originator agreed that it goes on to another.
  case forwardConsent = "forward-consent"
  /// A peer came, changed or went.
  case peerChange = "peer-change"
  /// A key of ours changed.
  case keyChange = "key-change"
  /// The node itself.
  case login, denied, config, clock
  /// A peer's log contradicts itself.
  case fork
  /// Somebody read the log.
  case auditQuery = "audit-query"
}

/// An entry before the log numbers, dates and writes it.
public struct LogDraft: Hashable, Sendable {
  /// What happened.
  public let event: LogEvent
  /// What the entry says beyond what the log adds; never a personal value.
  public let fields: [String: JSON]
  /// Texts about people, by field name. Each is committed in the entry and stored beside it, so that
  /// it can be erased.
  public let personal: [String: String]
  /// The fields as they will stand in the entry. Writing them takes longer than anything else of an
  /// append, so it is done here, on the caller's thread, and not while others wait for the writer.
  let members: CanonicalMemberList

  /// A draft. What it may say is checked when it is appended.
  public init(_ event: LogEvent, _ fields: [String: JSON] = [:], personal: [String: String] = [:]) {
    self.event = event
    self.fields = fields
    self.personal = personal
    members = CanonicalMemberList(fields)
  }

  /// The keys that the log writes.
  static let reserved: Set = [
    "event", "time", "node", "nonce", "software", "configuration", "clock", "clock-offset",
    "clock-error", "monotonic", "boot",
  ]
  /// A personal text's commitment has the key `personal.<field>`.
  static let personalPrefix = "personal."
}

/// What the log adds to each draft.
struct EntryStamp {
  let clock: ClockReading
  /// What every entry of one transaction has in common.
  let members: CanonicalMemberList

  var milliseconds: Int64 { clock.milliseconds }

  /// `configuration` is the digest of the node's configuration, where the node says one.
  init(clock: ClockReading, node: String, software: String, configuration: String?) {
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
  }
}

/// An entry's bytes, and the personal rows that it commits to.
struct ComposedEntry {
  struct PersonalRow {
    var field: String
    var salt: [UInt8]
    var text: String
  }

  var body: [UInt8]
  var personal: [PersonalRow] = []

  /// Writes the draft in its RFC 8785 form, and reads it again: what the log can't verify later
  /// (a number out of range, nesting too deep) must not get in.
  init(
    _ draft: LogDraft, stamp: EntryStamp, random: (Int) -> [UInt8]
  ) throws(AuditLogError) {
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
    for (field, text) in draft.personal.sorted(by: { $0.key < $1.key }) {
      guard isFieldName(LogDraft.personalPrefix + field), text.utf8.count <= LogLimits.personalBytes
      else { throw .invalidField(field) }
      let salt = random(PersonalCommitment.saltBytes)
      let commitment = PersonalCommitment.hash(salt: salt, text: text)
      own[LogDraft.personalPrefix + field] = .string(commitment.base64)
      personal.append(PersonalRow(field: field, salt: salt, text: text))
    }
    body = CanonicalMemberList.object(draft.members, stamp.members, CanonicalMemberList(own))
    guard body.count <= LogLimits.entryBytes else {
      throw .entryTooLarge(bytes: body.count, limit: LogLimits.entryBytes)
    }
    guard (try? EntryForm(body)) != nil else { throw .invalidField(draft.event.rawValue) }
  }
}

/// The commitment to a personal text: `SHA-256(00 ‖ salt ‖ text)`.
///
/// The salt makes it say nothing once the row is erased, however few texts there are to guess.
enum PersonalCommitment {
  static let saltBytes = 32

  static func hash(salt: [UInt8], text: String) -> Hash { Hash(leaf: salt + Array(text.utf8)) }
}
