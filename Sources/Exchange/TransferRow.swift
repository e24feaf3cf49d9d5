import AuditLog
import CanonicalJSON
import Foundation
import GRDB
import Redaction

/// One transfer as it is stored at one of its two ends.
struct TransferRow: Sendable {
  var statement: TransferStatement
  var peer: String
  var state: TransferState
  /// The signed bytes, their signature, and the two documents of the offer.
  var offer: Offer
  /// The receiver's running digest at `state.offset`.
  var digestState: [UInt8]?
  var priority = TransferPriority.normal
  /// When the sender gives it up, milliseconds since 1970.
  var deadline: Int64?
  /// The entry of this node's log that sets the deadline.
  var deadlineEntry: UInt64?
  var attempts = 0
  var lastAttempt: Int64?
  /// When the sender tries again, milliseconds since 1970.
  var nextAttempt: Int64?
  /// Why it waits, in words, as the last attempt left it.
  var why: String?
  /// The earlier transfer with this peer that brought the same content.
  var sameAs: TransferID?
  var code: TransferCode?
  var item: Int?
  /// Why it was recalled; another table has it.
  private(set) var recallReason: String?
  var created: Int64
  var updated: Int64

  var id: TransferID { statement.transfer }

  init(
    statement: TransferStatement, offer: Offer, peer: String,
    direction: TransferState.Direction, phase: TransferPhase, at time: Int64
  ) {
    self.statement = statement
    self.offer = offer
    self.peer = peer
    state = TransferState(direction: direction, phase: phase, byteCount: statement.byteCount)
    created = time
    updated = time
  }

  init(_ row: Row) throws {
    offer = Offer(
      statement: Array(row["statement"] as Data), signature: Array(row["signature"] as Data),
      terms: Array(row["terms"] as Data), release: Array(row["release"] as Data))
    statement = try TransferStatement(parsing: offer.statement)
    guard let direction = TransferState.Direction(rawValue: row["direction"]),
      let phase = TransferPhase(rawValue: row["phase"])
    else { throw ExchangeError.malformed("transfers") }
    state = TransferState(
      direction: direction, phase: phase, byteCount: statement.byteCount,
      offset: UInt64(clamping: row["offset"] as Int64), isSendLogged: row["send_logged"],
      isOpened: row["opened"])
    peer = row["peer"]
    digestState = (row["digest_state"] as Data?).map(Array.init)
    priority = TransferPriority(rawValue: row["priority"]) ?? .normal
    deadline = row["deadline"]
    deadlineEntry = (row["deadline_entry"] as Int64?).map { UInt64(clamping: $0) }
    attempts = row["attempts"]
    lastAttempt = row["last_attempt"]
    nextAttempt = row["next_attempt"]
    why = row["why"]
    sameAs = (row["same_as"] as String?).flatMap { TransferID($0) }
    code = (row["code"] as String?).flatMap(TransferCode.init)
    item = row["item"]
    recallReason = row["recall_reason"]
    created = row["created"]
    updated = row["updated"]
  }

  var summary: TransferSummary {
    TransferSummary(
      id: id.text, direction: state.direction, peer: peer, phase: state.phase,
      bundle: statement.bundle, bytes: statement.byteCount, offset: state.offset,
      priority: priority, deadline: deadline, attempts: attempts, lastAttempt: lastAttempt,
      nextAttempt: state.isFinal ? nil : nextAttempt, why: state.isFinal ? nil : why,
      code: code?.rawValue, item: item, sameAs: sameAs?.text, recallReason: recallReason,
      created: created, updated: updated)
  }

  /// A log entry about this transfer.
  func draft(
    _ event: LogEvent, _ more: [String: JSON] = [:], personal: [String: String] = [:]
  ) -> LogDraft {
    var fields = statement.logFields(peer: peer)
    fields["direction"] = .string(state.direction.rawValue)
    return LogDraft(event, fields.merging(more) { _, new in new }, personal: personal)
  }
}

/// Whose turn it is first among the transfers to one peer.
public enum TransferPriority: Int, Hashable, Sendable, CaseIterable {
  case high, normal, low

  /// As people write it.
  public var name: String {
    switch self {
    case .high: "high"
    case .normal: "normal"
    case .low: "low"
    }
  }

  /// The priority of this name, or nil.
  public init?(name: String) {
    guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }
}

/// What a sender offers: the signed statement, and the documents that it names.
struct Offer: Hashable, Sendable {
  var statement: [UInt8]
  var signature: [UInt8]
  var terms: [UInt8]
  var release: [UInt8]

  init(statement: [UInt8], signature: [UInt8], terms: [UInt8], release: [UInt8]) {
    self.statement = statement
    self.signature = signature
    self.terms = terms
    self.release = release
  }

  init(json: JSON) throws(ExchangeError) {
    func bytes(_ key: String, limit: Int) throws(ExchangeError) -> [UInt8] {
      guard let text = json[key]?.string, let bytes = Base64.decode(text), bytes.count <= limit
      else { throw .malformed(key) }
      return bytes
    }
    statement = try bytes("statement", limit: WireLimits.statement)
    signature = try bytes("signature", limit: WireLimits.signature)
    terms = try bytes("terms", limit: WireLimits.document)
    release = try bytes("release", limit: WireLimits.document)
  }

  var json: JSON {
    [
      "statement": .string(Base64.encode(statement)),
      "signature": .string(Base64.encode(signature)), "terms": .string(Base64.encode(terms)),
      "release": .string(Base64.encode(release)),
    ]
  }
}

extension Database {
  /// Inserts the transfer, or stores its new state: what was announced never changes.
  func save(_ row: TransferRow) throws {
    let statement = row.statement
    try cachedStatement(
      sql: """
        INSERT INTO exchange_transfers(id, direction, peer, phase, bundle, seal, view, record, ciphertext,
          bytes, offset, digest_state, send_logged, statement, signature, terms, release, attempts,
          next_attempt, code, item, created, updated, priority, deadline, deadline_entry,
          last_attempt, why, same_as, opened)
        VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT(id) DO UPDATE SET phase = excluded.phase, offset = excluded.offset,
          digest_state = excluded.digest_state, send_logged = excluded.send_logged,
          attempts = excluded.attempts, next_attempt = excluded.next_attempt,
          code = excluded.code, item = excluded.item, updated = excluded.updated,
          deadline = excluded.deadline, deadline_entry = excluded.deadline_entry,
          last_attempt = excluded.last_attempt, same_as = excluded.same_as, why = excluded.why, opened = excluded.opened
        """
    ).execute(arguments: [
      row.id.text, row.state.direction.rawValue, row.peer, row.state.phase.rawValue,
      statement.bundle, statement.seal.base64, statement.view.base64, statement.record?.base64,
      statement.ciphertext.base64, Int64(clamping: statement.byteCount),
      Int64(clamping: row.state.offset), row.digestState.map { Data($0) }, row.state.isSendLogged,
      Data(row.offer.statement), Data(row.offer.signature), Data(row.offer.terms),
      Data(row.offer.release), row.attempts, row.nextAttempt, row.code?.rawValue, row.item,
      row.created, row.updated, row.priority.rawValue, row.deadline,
      row.deadlineEntry.map { Int64(clamping: $0) }, row.lastAttempt, row.why, row.sameAs?.text,
      row.state.isOpened,
    ])
  }
}
