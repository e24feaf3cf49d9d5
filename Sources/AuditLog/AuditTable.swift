import GRDB

/// One table of an answer: what it is called, and how its rows are found.
struct AuditTable {
  /// The stable name.
  let name: String
  /// What the rows are, for people.
  let caption: String
  /// Where the rows come from.
  let source: Source
  /// Filters that were asked for and don't apply here.
  let ignored: [String]

  enum Source {
    /// A query on the log that the report is about.
    case query(SQL)
    /// A query on the peer's log.
    case queryOfTheirs(SQL)
    /// Rows that are known already.
    case rows(columns: [String], [[AuditValue]])
  }

  /// A query whose filters are those of `request` over these columns.
  init(
    _ name: String, _ caption: String, _ request: AuditRequest,
    filteredBy columns: FilterColumns = .all, ofTheirs: Bool = false, _ sql: SQL
  ) {
    self.name = name
    self.caption = caption
    source = ofTheirs ? .queryOfTheirs(sql) : .query(sql)
    ignored = request.ignored(columns)
  }

  init(_ name: String, _ caption: String, columns: [String], _ rows: [[AuditValue]]) {
    self.name = name
    self.caption = caption
    source = .rows(columns: columns, rows)
    ignored = []
  }
}

/// The tables of each question: the list first, since a CSV file holds one, then its sums.
extension AuditRequest {
  var tables: [AuditTable] {
    switch question {
    case .transfers: transferTables
    case .life: lifeTables
    case .integrity: integrityTables
    case .reconciliation: unansweredTables
    case .consultations: consultationTables
    case .legalBasis: legalBasisTables
    case .thirdCountries: thirdCountryTables
    case .overdue: overdueTables
    case .retention: retentionTables
    case .onward: onwardTables
    case .redactions: redactionTables
    case .denials: denialTables
    case .recalls: recallTables
    case .trust: trustTables
    case .administration: administrationTables
    case .clocks: clockTables
    case .readings: readingTables
    case .measures: measureTables
    case .statistics: statisticsTables
    case .fairness: fairnessTables
    case .subject: subjectTables
    }
  }
}
