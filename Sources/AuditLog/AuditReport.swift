import GRDB
public import Merkle

/// The log, or export of one, that questions are put to.
public struct AuditedLog {
  /// The identity of the log.
  public let origin: String
  /// The id of its node.
  public let node: String
  /// The size of the newest checkpoint, over which the answers are given.
  public let size: UInt64
  /// The root of that checkpoint.
  public let root: Hash
  /// When it was signed, in milliseconds since 1970.
  public let time: Int64
  /// For a peer's export, the peer: then it holds only what concerns that peer.
  public let peer: String?
  /// Whether the log was verified just now, and what came of it.
  public let verification: LogVerification?
  /// Whether the answers are made with an index that was kept since an earlier report, and not made of
  /// the entries just now.
  public let isIndexKept: Bool
  let index: AuditIndex

  /// The log in the file at `path`.
  ///
  /// - Parameters:
  ///   - indexPath: where the index is kept between reports, and believed; nil makes one of the entries
  ///     that goes with the value.
  ///   - verification: the outcome of ``verifyLog(at:key:)`` on the same file, to be told.
  public init(
    at path: String, indexPath: String? = nil, verification: LogVerification? = nil
  ) throws {
    guard exists(path) else { throw AuditLogError.file(path, errno: 2) }
    self.verification = verification
    isIndexKept = indexPath != nil
    do {
      index = try AuditIndex(of: path, at: indexPath)
      let facts = try index.queue.read { db in try LogFacts(db) }
      origin = facts.origin
      node = facts.node
      peer = facts.peer
      size = facts.size
      root = facts.root
      time = facts.time
    } catch let error as DatabaseError where error.resultCode.isDamage {
      throw AuditLogError.notALog
    }
  }
}

/// What a log says of itself.
private struct LogFacts {
  var origin: String
  var node: String
  var peer: String?
  var size: UInt64
  var root: Hash
  var time: Int64

  init(_ db: Database) throws {
    func value(_ key: String) throws -> String? {
      let sql = "SELECT CAST(substr(value, 1, 1024) AS BLOB) FROM log.meta WHERE key = ?"
      return try Row.fetchOne(db, sql: sql, arguments: [key])?.bytes(0)
        .map { printable(String(decoding: $0, as: UTF8.self)) }
    }
    origin = try value("origin") ?? ""
    node = try value("node") ?? ""
    peer = try value("peer")
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT size, root, time FROM log.checkpoints ORDER BY size DESC LIMIT 1"),
      let size = row.unsigned(0), let root = row.bytes(1).flatMap({ Hash(bytes: $0) })
    else { throw AuditLogError.damaged(.noCheckpoint) }
    self.size = size
    self.root = root
    time = row.integer(2) ?? 0
  }
}

/// The answer to a question: its tables, read row by row.
public struct AuditReport {
  /// What was asked.
  public let request: AuditRequest
  /// The log that was asked.
  public let log: AuditedLog
  /// The peer's log, where one was given.
  public let theirs: AuditedLog?
  let tables: [AuditTable]

  /// A table as its reader sees it first.
  public struct Heading: Hashable, Sendable {
    /// The stable name.
    public let name: String
    /// What the rows are.
    public let caption: String
    /// The names of the columns.
    public let columns: [String]
    /// Filters that were asked for and that this table has no column for.
    public let ignoredFilters: [String]
  }

  /// The answer to `request` from this log; `theirs` is the peer's, for what concerns both.
  ///
  /// For ``AuditQuestion/reconciliation`` the caller passes the outcome of ``reconcile(ours:theirs:ourKey:theirKey:)``.
  public init(
    _ request: AuditRequest, of log: AuditedLog, theirs: AuditedLog? = nil,
    reconciliation: Reconciliation? = nil
  ) {
    self.request = request
    self.log = log
    self.theirs = theirs
    var tables = request.tables
    if theirs == nil {
      tables.removeAll { if case .queryOfTheirs = $0.source { true } else { false } }
    }
    if let reconciliation { tables = reconciliation.tables + tables }
    self.tables = tables
  }

  /// What the answer doesn't show.
  public var limits: [String] {
    var limits = request.question.limits
    if let peer = log.peer {
      limits.insert("Whatever doesn't concern \(peer): this is an export for it.", at: 0)
    }
    if log.verification == nil {
      limits.append("Whether the log is whole: `rogatory log verify` tells that.")
    }
    if log.isIndexKept {
      limits.append(
        "Whether the index that was kept since an earlier report still says what the entries say: "
          + "`rogatory log verify` compares the one in the home, and --anew makes one of them.")
    }
    if let capability = request.question.waitsFor {
      limits.append("What waits for \(capability).")
    }
    limits.append(
      "Persons and reasons whose texts were erased, or stayed with the node: they are told as (not here)."
    )
    return limits
  }

  /// The tables in the order in which a person reads them: a list of everything comes after what is
  /// counted and found in it.
  public func headingsForPeople() throws -> [Heading] {
    let headings = try headings()
    guard request.question.beginsWithEverything else { return headings }
    return Array(headings.dropFirst() + headings.prefix(1))
  }

  /// The tables in their order.
  public func headings() throws -> [Heading] {
    try tables.map { table in
      let columns: [String]
      switch table.source {
      case .rows(let names, _): columns = names
      case .query(let sql): columns = try log.columns(of: sql)
      case .queryOfTheirs(let sql): columns = try theirs?.columns(of: sql) ?? []
      }
      return Heading(
        name: table.name, caption: table.caption, columns: columns, ignoredFilters: table.ignored)
    }
  }

  /// Calls `each` with the rows of the table of this name, one at a time.
  public func forEachRow(
    of name: String, _ each: ([AuditValue]) throws -> Void
  ) throws {
    guard let table = tables.first(where: { $0.name == name }) else { return }
    switch table.source {
    case .rows(_, let rows): for row in rows { try each(row) }
    case .query(let sql): try log.forEachRow(sql, each)
    case .queryOfTheirs(let sql): try theirs?.forEachRow(sql, each)
    }
  }
}

extension AuditedLog {
  fileprivate func columns(of sql: SQL) throws -> [String] {
    try index.queue.read { db in try statement(sql, db).columnNames }
  }

  func forEachRow(_ sql: SQL, _ each: ([AuditValue]) throws -> Void) throws {
    try index.queue.read { db in
      let rows = try Row.fetchCursor(statement(sql, db))
      while let row = try rows.next() {
        try each((0..<row.count).map { AuditValue(row, $0) })
      }
    }
  }

  private func statement(_ sql: SQL, _ db: Database) throws -> Statement {
    let (text, arguments) = try sql.build(db)
    let statement = try db.makeStatement(sql: text)
    try statement.setArguments(arguments)
    return statement
  }
}

extension AuditValue {
  fileprivate init(_ row: Row, _ column: Int) {
    switch (row[column] as DatabaseValue).storage {
    case .null: self = .none
    case .int64(let value): self = .integer(value)
    // Nothing of ours is a fraction; a foreign log's may be, and is told rounded.
    case .double(let value): self = .integer(Int64(exactly: value.rounded()) ?? 0)
    case .string(let text): self = .text(text)
    case .blob: self = .text("(bytes)")
    }
  }
}

extension Reconciliation {
  /// The findings as the tables of ``AuditQuestion/reconciliation``.
  var tables: [AuditTable] {
    var findings: [[AuditValue]] = []
    func add(_ finding: String, _ transfer: String, _ detail: String) {
      findings.append([.text(finding), .text(printable(transfer)), .text(printable(detail))])
    }
    for transfer in onlyHere { add("only-here", transfer, "") }
    for transfer in onlyThere { add("only-there", transfer, "") }
    for one in differing { add("differing", one.transfer, one.fields.joined(separator: " ")) }
    for one in receiptsMissing {
      add("receipt-missing-" + (one.missingHere ? "here" : "there"), one.transfer, one.kind)
    }
    let counts: [(String, Int)] = [
      ("matched", matched), ("refused", refused), ("findings", self.findings), ("skewed", skewed),
    ]
    return [
      AuditTable(
        "findings", "What the two logs tell differently",
        columns: ["finding", "transfer", "detail"], findings),
      AuditTable(
        "counts", "Transfers between the two nodes", columns: ["what", "count"],
        counts.map { [.text($0.0), .integer(Int64($0.1))] }),
    ]
  }
}
