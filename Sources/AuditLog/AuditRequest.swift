import GRDB

/// What somebody asks the log: a question, and what of the log it is about.
public struct AuditRequest: Hashable, Sendable {
  /// The question.
  public var question: AuditQuestion
  /// The first moment, in milliseconds since 1970.
  public var from: Int64?
  /// The moment after the last.
  public var to: Int64?
  /// Only this peer, by its node id.
  public var peer: String?
  /// Only this case.
  public var caseReference: String?
  /// Only this bundle: for ``AuditQuestion/life``.
  public var bundle: String?
  /// Only this transfer: for ``AuditQuestion/life``.
  public var transfer: String?
  /// The moment at which something is overdue or soon due, in milliseconds since 1970.
  public var now: Int64
  /// After how many hours a transfer without an answer counts as unanswered.
  public var answerHours = 24
  /// The hours of a working day, UTC, of Monday to Friday.
  public var workingHours = 6..<18
  /// How many milliseconds a clock may be off before times count as doubtful.
  public var toleratedOffset: Int64 = 60_000
  /// How many days before its end something counts as soon due.
  public var soonDays = 30
  /// How many hours may pass between two checkpoints.
  public var checkpointHours = 25

  /// A request about the whole log, as of `now` (milliseconds since 1970).
  public init(_ question: AuditQuestion, now: Int64) {
    self.question = question
    self.now = now
  }

  /// The filters that were asked for, by name.
  public var filters: [(name: String, value: String)] {
    let all: [(String, String?)] = [
      ("from", from.map(Timestamp.text)), ("to", to.map(Timestamp.text)), ("peer", peer),
      ("case", caseReference), ("bundle", bundle), ("transfer", transfer),
    ]
    return all.compactMap { name, value in value.map { (name, $0) } }
  }

  var nowText: String { Timestamp.text(now) }
}

/// Which columns of a relation the filters are compared with; nil where it has none.
struct FilterColumns {
  var time: String? = "time"
  var peer: String? = "peer"
  var caseReference: String? = "\"case\""

  static let all = FilterColumns()
  static let timeOnly = FilterColumns(peer: nil, caseReference: nil)
  static let timeAndPeer = FilterColumns(caseReference: nil)
  static let none = FilterColumns(time: nil, peer: nil, caseReference: nil)
}

extension AuditRequest {
  /// The conditions over these columns.
  func filter(_ columns: FilterColumns = .all) -> SQL {
    var sql: SQL = "TRUE"
    if let column = columns.time {
      if let from { sql += " AND \(sql: column) >= \(Timestamp.text(from))" }
      if let to { sql += " AND \(sql: column) < \(Timestamp.text(to))" }
    }
    if let column = columns.peer, let peer { sql += " AND \(sql: column) = \(peer)" }
    if let column = columns.caseReference, let caseReference {
      sql += " AND \(sql: column) = \(caseReference)"
    }
    return sql
  }

  /// The filters that were asked for and can't be compared with anything there.
  func ignored(_ columns: FilterColumns) -> [String] {
    var names: [String] = []
    if columns.time == nil, from != nil || to != nil { names.append("period") }
    if columns.peer == nil, peer != nil { names.append("peer") }
    if columns.caseReference == nil, caseReference != nil { names.append("case") }
    return names
  }
}
