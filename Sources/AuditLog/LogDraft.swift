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
  static let reserved = [
    "event", "time", "node", "nonce", "software", "configuration", "clock", "clock-offset",
    "clock-error", "monotonic", "boot",
  ]
  /// A personal text's commitment has the key `personal.<field>`.
  static let personalPrefix = "personal."
}

/// The commitment to a personal text: `SHA-256(00 ‖ salt ‖ text)`.
///
/// The salt makes it say nothing once the row is erased, however few texts there are to guess.
enum PersonalCommitment {
  static let saltBytes = 32

  static func hash(salt: [UInt8], text: String) -> Hash { Hash(leaf: salt + Array(text.utf8)) }
}
