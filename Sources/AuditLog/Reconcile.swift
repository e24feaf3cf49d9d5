public import CanonicalJSON
import GRDB
import Merkle

/// What two logs say about the transfers between their nodes.
public struct Reconciliation: Hashable, Sendable {
  /// The verification of our log.
  public internal(set) var ours: LogVerification
  /// The verification of theirs.
  public internal(set) var theirs: LogVerification
  /// Transfers that both logs tell alike, with a receipt in both.
  public internal(set) var matched = 0
  /// Transfers that the receiver refused, with the receipt about that in both.
  public internal(set) var refused = 0
  /// Transfers that only our log knows.
  public internal(set) var onlyHere: [String] = []
  /// Transfers that only their log knows.
  public internal(set) var onlyThere: [String] = []
  /// Transfers that the logs tell differently.
  public internal(set) var differing: [Difference] = []
  /// Receipts that one of the logs lacks.
  public internal(set) var receiptsMissing: [MissingReceipt] = []
  /// Transfers that were received before they were sent, within the tolerance for clocks.
  public internal(set) var skewed = 0
  /// The largest such difference, in milliseconds.
  public internal(set) var largestSkew: Int64 = 0
  /// How many findings there are; the lists end at ``LogLimits/differences``.
  public internal(set) var findings = 0

  /// A transfer that the logs tell differently.
  public struct Difference: Hashable, Sendable {
    /// The transfer.
    public let transfer: String
    /// The fields that differ; `time`, `direction`, or `send` and `receive` for a second entry.
    public let fields: [String]

    /// A transfer and the fields that differ.
    package init(transfer: String, fields: [String]) {
      self.transfer = transfer
      self.fields = fields
    }
  }

  /// Whether both logs hold, and tell the same.
  public var isClean: Bool { ours.isConsistent && theirs.isConsistent && findings == 0 }

  fileprivate mutating func add(_ transfer: String, _ judgement: TransferJudgement) {
    let name = printable(transfer)
    func append<T>(_ item: T, to list: inout [T]) {
      findings += 1
      if list.count < LogLimits.differences { list.append(item) }
    }
    switch judgement.outcome {
    case .matched where judgement.receiptsMissing.isEmpty: matched += 1
    case .matched: break
    case .refused: refused += 1
    case .onlyHere: append(name, to: &onlyHere)
    case .onlyThere: append(name, to: &onlyThere)
    case .differing:
      append(Difference(transfer: name, fields: judgement.differing), to: &differing)
    }
    for missing in judgement.receiptsMissing { append(missing, to: &receiptsMissing) }
    if judgement.skew > 0 { skewed += 1 }
    largestSkew = max(largestSkew, judgement.skew)
  }
}

/// Compares two logs, or exports of logs for each other, transfer by transfer.
///
/// Both are verified first. ``TransferJudgement`` holds the rules; only transfers between these two
/// nodes count. Constant memory: what the logs say is collected in a temporary database.
///
/// Throws ``AuditLogError/sameNode(_:)`` for two logs of one node, which have no transfers between them,
/// and ``AuditLogError/exportForAnother(peer:node:)`` for an export that leaves out what is compared:
/// nothing found in nothing would look like agreement.
public func reconcile(
  ours: String, theirs: String, ourKey: VerifierKey? = nil, theirKey: VerifierKey? = nil
) throws -> Reconciliation {
  // SQLite keeps a database without a name in a temporary file of its own.
  let store = try DatabaseQueue(path: "")
  return try store.inDatabase { db in
    try db.execute(sql: "PRAGMA synchronous=OFF; PRAGMA trusted_schema=OFF; \(factTable)")
    var result: Reconciliation?
    try db.inTransaction {
      let here = try collect(ours, ourKey, .ours, db)
      let there = try collect(theirs, theirKey, .theirs, db)
      guard here.node != there.node else { throw AuditLogError.sameNode(here.node) }
      try requireExport(here, for: there)
      try requireExport(there, for: here)
      result = try compare(Reconciliation(ours: here, theirs: there), db)
      return .commit
    }
    guard let result else { preconditionFailure("AuditLog: a transaction that ran set it") }
    return result
  }
}

private func requireExport(_ log: LogVerification, for other: LogVerification) throws {
  guard let peer = log.peer, peer != other.node else { return }
  throw AuditLogError.exportForAnother(peer: peer, node: other.node)
}

private let factTable = """
  CREATE TABLE facts(
    transfer TEXT, side INTEGER, peer TEXT, event TEXT, time INTEGER, kind TEXT, receipt TEXT,
    bundle TEXT, bytes TEXT, ciphertext TEXT, record TEXT, seal TEXT, view TEXT)
  """

/// Verifies a log, and notes what its entries say about transfers.
private func collect(
  _ path: String, _ key: VerifierKey?, _ side: TransferFact.Side, _ db: Database
) throws -> LogVerification {
  let insert = try db.makeStatement(
    sql: "INSERT INTO facts VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
  return try verifyLog(at: path, key: key) { _, form in
    guard let transfer = form.fields["transfer"]?.string, let peer = form.fields["peer"]?.string
    else { return }
    func text(_ name: String) -> String? {
      switch form.fields[name] {
      case .string(let text): text
      case .integer(let number): String(number)
      default: nil
      }
    }
    try insert.execute(arguments: [
      transfer, side.rawValue, peer, form.event, form.milliseconds, text("kind"), text("receipt"),
      text("bundle"), text("bytes"), text("ciphertext"), text("record"), text("seal"),
      text("view"),
    ])
  }
}

private func compare(_ empty: Reconciliation, _ db: Database) throws -> Reconciliation {
  var result = empty
  try db.execute(
    sql: "DELETE FROM facts WHERE peer IS NOT CASE side WHEN 0 THEN ? ELSE ? END",
    arguments: [result.theirs.node, result.ours.node])
  try db.execute(sql: "CREATE INDEX facts_transfer ON facts(transfer)")
  let rows = try Row.fetchCursor(db, sql: "SELECT * FROM facts ORDER BY transfer, rowid")
  var transfer: String?
  var facts: [TransferFact] = []
  while let row = try rows.next() {
    let name: String = row[0]
    if name != transfer {
      if let transfer { result.add(transfer, TransferJudgement(transfer: transfer, facts)) }
      (transfer, facts) = (name, [])
    }
    if facts.count < LogLimits.factsPerTransfer { facts.append(TransferFact(row)) }
  }
  if let transfer { result.add(transfer, TransferJudgement(transfer: transfer, facts)) }
  return result
}

extension TransferFact {
  fileprivate init(_ row: Row) {
    side = row.integer(1) == 0 ? .ours : .theirs
    event = row[3]
    milliseconds = row.integer(4) ?? 0
    kind = row[5]
    receipt = row[6]
    for name in Self.required + Self.optional { values[name] = row[name] as String? }
  }
}

extension Reconciliation {
  /// The outcome for programs; the keys are stable.
  public var json: JSON {
    [
      "result": .string(isClean ? "clean" : "differences"), "ours": ours.json,
      "theirs": theirs.json, "matched": .count(matched), "refused": .count(refused),
      "findings": .count(findings), "onlyHere": .array(onlyHere.map { .string($0) }),
      "onlyThere": .array(onlyThere.map { .string($0) }),
      "differing": .array(
        differing.map {
          [
            "transfer": .string($0.transfer), "fields": .array($0.fields.map { .string($0) }),
          ]
        }),
      "receiptsMissing": .array(
        receiptsMissing.map {
          [
            "transfer": .string(printable($0.transfer)), "kind": .string(printable($0.kind)),
            "receipt": .string(printable($0.receipt)),
            "missing": .string($0.missingHere ? "here" : "there"),
          ]
        }),
      "skewed": .count(skewed), "largestSkewMilliseconds": .count(largestSkew),
    ]
  }

  /// The outcome for people: orphans and differences first.
  public var text: String {
    var lines: [String] = []
    lines += onlyHere.map { "only in our log: \($0)" }
    lines += onlyThere.map { "only in their log: \($0)" }
    lines += differing.map {
      "told differently: \($0.transfer): \($0.fields.joined(separator: ", "))"
    }
    lines += receiptsMissing.map {
      let kind = $0.kind.isEmpty ? "no receipt" : "receipt \(printable($0.kind))"
      return "\(kind) missing in \($0.missingHere ? "our" : "their") log: \(printable($0.transfer))"
    }
    let listed = lines.count
    if findings > listed { lines.append("and \(findings - listed) more") }
    if skewed > 0 {
      lines.append("\(skewed) received before they were sent, by \(largestSkew) ms at most")
    }
    lines.append(
      "\(numbered(matched, "transfer", "transfers")) matched, \(refused) refused, "
        + numbered(findings, "finding", "findings"))
    return lines.joined(separator: "\n") + "\n" + ours.text + theirs.text
  }
}
