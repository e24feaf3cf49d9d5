/// How long something may and must be kept, from the moment it was written.
public enum RetentionAge: Hashable, Sendable {
  /// So many years, to the day.
  case years(Int64)
  /// To the end of the year that comes so many years after the one in which it was written.
  case endOfYear(after: Int64)

  /// The end of it, in milliseconds since 1970, for something written at `milliseconds`. UTC.
  public func end(of milliseconds: Int64) -> Int64 {
    let date = Timestamp.date(milliseconds)
    switch self {
    case .years(let years):
      let day = Timestamp.midnight(year: date.year + years, month: date.month, day: date.day)
      return day + Timestamp.millisecondsOfDay(milliseconds)
    case .endOfYear(let after):
      return Timestamp.midnight(year: date.year + after + 1, month: 1, day: 1)
    }
  }

  /// The age in words.
  public var words: String {
    switch self {
    case .years(let years): years == 1 ? "1 year" : "\(years) years"
    case .endOfYear(after: 1): "the end of the next year"
    case .endOfYear(let after): "the end of the year \(after) years later"
    }
  }
}

/// For how long the law of one jurisdiction has the personal texts of a log kept.
///
/// Dated data with its sources, as laws change: a later release brings another table, and the `erase`
/// entries of the log keep naming the rule under which each text went.
public struct RetentionRule: Hashable, Sendable {
  /// Stands in entries and on the command line; never used again for another rule.
  public let id: String
  /// The countries (ISO 3166-1 alpha-2) whose nodes it is for unless they say otherwise.
  public let countries: [String]
  /// Personal texts are not erased before this age.
  public let minimum: RetentionAge
  /// Personal texts are due to be erased at this age, where there is a maximum.
  public let maximum: RetentionAge?
  /// Entries are not pruned before this age.
  public let entryMinimum: RetentionAge
  /// Where the ages come from; "project" is our own choice where the law is silent.
  public let source: String
  /// When somebody last compared it with the text of the law, `YYYY-MM-DD`; nil where nobody has.
  public let checked: String?

  /// The rules that this release knows.
  ///
  /// Entries themselves hold no personal value, and courts need the history of custody for as long as
  /// the case: ten years is the project's choice for them.
  public static let all = [
    RetentionRule(
      id: "DE-BDSG-76", countries: ["DE"], minimum: .endOfYear(after: 1),
      maximum: .endOfYear(after: 1), entryMinimum: .years(10),
      source: "Germany, BDSG s. 76(4): deleted at the end of the year after the one of the entry",
      checked: nil),
    RetentionRule(
      id: "GR-4624-74", countries: ["GR"], minimum: .endOfYear(after: 1),
      maximum: .endOfYear(after: 1), entryMinimum: .years(10),
      source: "Greece, Law 4624/2019 art. 74(4): deleted at the end of the year after the one of "
        + "the entry", checked: nil),
    RetentionRule(
      id: "EU-2018-1725-88", countries: [], minimum: .years(1), maximum: .years(3),
      entryMinimum: .years(10),
      source: "EU bodies, Regulation (EU) 2018/1725 art. 88: deleted after three years unless "
        + "needed for ongoing control; minimum: project", checked: nil),
    RetentionRule(
      id: "AT-POLICE-3Y", countries: ["AT"], minimum: .years(3), maximum: nil,
      entryMinimum: .years(10),
      source: "Austria, police cooperation treaty: logs kept three years at least, for data "
        + "protection control only", checked: nil),
    RetentionRule(
      id: "PROJECT-1Y", countries: [], minimum: .years(1), maximum: nil, entryMinimum: .years(10),
      source: "project: where no rule of the table is for the node's country; ask your data "
        + "protection officer", checked: nil),
  ]

  /// The rule of that id.
  public init(id: String) throws(AuditLogError) {
    guard let rule = Self.all.first(where: { $0.id == id }) else { throw .unknownRule(id) }
    self = rule
  }

  /// The rule for the nodes of a country, or the project's own.
  public static func rule(country: String) -> RetentionRule {
    all.first { $0.countries.contains(country) } ?? all[all.count - 1]
  }

  private init(
    id: String, countries: [String], minimum: RetentionAge, maximum: RetentionAge?,
    entryMinimum: RetentionAge, source: String, checked: String?
  ) {
    self.id = id
    self.countries = countries
    self.minimum = minimum
    self.maximum = maximum
    self.entryMinimum = entryMinimum
    self.source = source
    self.checked = checked
  }
}
