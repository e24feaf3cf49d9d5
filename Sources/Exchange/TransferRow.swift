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

  /// Reads a row of ``select(_:)``.
  init(_ row: Row) throws {
    var columns = RowColumns(row)
    offer = Offer(
      statement: try columns.bytes(), signature: try columns.bytes(),
      terms: try columns.bytes(), release: try columns.bytes())
    statement = try TransferStatement(parsing: offer.statement)
    guard let direction = TransferState.Direction(rawValue: columns.next()),
      let phase = TransferPhase(rawValue: columns.next())
    else { throw ExchangeError.malformed("transfers") }
    state = TransferState(
      direction: direction, phase: phase, byteCount: statement.byteCount,
      offset: UInt64(clamping: columns.next() as Int64), isSendLogged: columns.next(),
      isOpened: columns.next())
    peer = columns.next()
    digestState = try columns.optionalBytes()
    priority = TransferPriority(rawValue: columns.next()) ?? .normal
    deadline = columns.optional()
    deadlineEntry = (columns.optional() as Int64?).map { UInt64(clamping: $0) }
    attempts = columns.next()
    lastAttempt = columns.optional()
    nextAttempt = columns.optional()
    why = columns.optional()
    sameAs = (columns.optional() as String?).flatMap { TransferID($0) }
    code = (columns.optional() as String?).flatMap(TransferCode.init)
    item = columns.optional()
    created = columns.next()
    updated = columns.next()
    recallReason = columns.optional()
  }

  /// The beginning of a query for transfers, which are `t` there; `clauses` is the rest.
  ///
  /// Columns are read in this order and not by name: finding a name among thirty takes longer than
  /// everything else that a row costs.
  static func select(_ clauses: String) -> String {
    "\(query), NULL FROM exchange_transfers t \(clauses)"
  }

  /// The same with the reasons of recalls.
  static func selectWithRecall(_ clauses: String) -> String {
    """
    \(query), r.reason FROM exchange_transfers t LEFT JOIN exchange_recalls r ON r.transfer = t.id \(clauses)
    """
  }

  private static let query =
    "SELECT "
    + [
      "statement", "signature", "terms", "release", "direction", "phase", "offset", "send_logged",
      "opened", "peer", "digest_state", "priority", "deadline", "deadline_entry", "attempts",
      "last_attempt", "next_attempt", "why", "same_as", "code", "item", "created", "updated",
    ].map { "t.\($0)" }.joined(separator: ", ")

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
  ///
  /// The other node is its `peer`; before anything was sent it is the `recipient`, since nothing is
  /// between the two yet that `reconcile` could compare.
  func draft(
    _ event: LogEvent, _ more: [String: JSON] = [:], personal: [String: String] = [:]
  ) -> LogDraft {
    var fields = statement.logFields(peer: peer)
    if state.direction == .out, !state.isSendLogged, event != .receiptIn {
      fields["recipient"] = fields.removeValue(forKey: "peer")
    }
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
  /// The transfers that a query of ``TransferRow/select(_:)`` finds.
  func transfers(_ sql: String, _ arguments: StatementArguments) throws -> [TransferRow] {
    let rows = try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
    return try Array(rows.map { try TransferRow($0) })
  }

  /// Inserts a new transfer.
  func insert(_ row: TransferRow) throws {
    let statement = row.statement
    try cachedStatement(
      sql: """
        INSERT INTO exchange_transfers(id, direction, peer, phase, bundle, seal, view, record, ciphertext,
          bytes, offset, digest_state, send_logged, statement, signature, terms, release, attempts,
          next_attempt, code, item, created, updated, priority, deadline, deadline_entry,
          last_attempt, why, same_as, opened)
        VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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

  /// Stores the new state of a transfer: what was announced never changes.
  func update(_ row: TransferRow) throws {
    try cachedStatement(
      sql: """
        UPDATE exchange_transfers SET phase = ?, offset = ?, digest_state = ?, send_logged = ?,
          attempts = ?, next_attempt = ?, code = ?, item = ?, updated = ?, deadline = ?,
          deadline_entry = ?, last_attempt = ?, same_as = ?, why = ?, opened = ? WHERE id = ?
        """
    ).execute(arguments: [
      row.state.phase.rawValue, Int64(clamping: row.state.offset),
      row.digestState.map { Data($0) }, row.state.isSendLogged, row.attempts, row.nextAttempt,
      row.code?.rawValue, row.item, row.updated, row.deadline,
      row.deadlineEntry.map { Int64(clamping: $0) }, row.lastAttempt, row.sameAs?.text, row.why,
      row.state.isOpened, row.id.text,
    ])
  }
}
