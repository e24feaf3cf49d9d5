import Evidence
import Redaction

/// Counts of places, for the summaries of a redaction log.
struct RedactionSummary {
  /// What is counted, and how often.
  struct Line {
    let what: String
    let count: Int
  }

  /// By reason code, with its meaning.
  let byCode: [Line]
  /// By item, by its name where it is disclosed.
  let byItem: [Line]
  /// By page, row or line within items; empty where no place has one.
  let byPlace: [Line]

  init(_ log: RedactionLog) {
    byCode = Self.count(log.rows) { "\($0.cut.code) (\(reasonWords($0.cut.code)))" }
      .sorted { $0.what < $1.what }
    byItem = Self.count(log.rows, by: \.itemWords)
    byPlace = Self.count(log.rows) { row in row.pageOrRow.map { "\(row.itemWords), \($0)" } }
  }

  /// In the order in which they come first.
  private static func count(
    _ rows: [RedactionLog.Row], by key: (RedactionLog.Row) -> String?
  ) -> [Line] {
    var order: [String] = []
    var counts: [String: Int] = [:]
    for key in rows.compactMap(key) {
      if counts[key] == nil { order.append(key) }
      counts[key, default: 0] += 1
    }
    return order.map { Line(what: $0, count: counts[$0] ?? 0) }
  }
}

extension RedactionLog.Row {
  /// The item by its name, else by its number.
  var itemWords: String { name.map(safePath(forName:)) ?? "item \(item) (name withheld)" }

  /// `page 2`, `row 3` or `line 4`, where the place has one.
  var pageOrRow: String? {
    if let page = place.page { return "page \(page)" }
    return switch place.part {
    case .cells(let first, _): "row \(first.row)"
    case .lines(let lines): "line \(lines.lowerBound)"
    case .values(let first, _): first.line.map { "line \($0)" }
    default: nil
    }
  }
}

extension RedactionLog {
  /// Who stands behind a step: proposer, approver, and the node that signed.
  struct Step {
    let proposer: String
    let approver: String
    let node: String
    let time: String
  }

  /// The people of a step, from 1; every row's step is one of a record.
  func people(ofStep step: Int) -> Step {
    let record = verification.records[step - 1]
    return Step(
      proposer: record.proposer, approver: record.approver ?? "nobody else",
      node: record.redactor.node, time: record.time.text)
  }

  /// What the log can't show.
  var limits: [String] {
    var limits = [
      "Rows and lines are counted in the redacted copy; what is withheld may hold more of them.",
      "Codes, provisions and people are as the redactor signed them.",
    ]
    if rows.contains(where: { $0.cut.shown != nil }) {
      limits.append(
        "What is shown in a withheld place (a partial form, a pseudonym) is attested by the redactor, "
          + "not proven.")
    }
    if rows.contains(where: { $0.place.page != nil }) {
      limits.append(
        "That a page or picture shows its original is attested by the sealer, not proven.")
    }
    return limits
  }

  /// The verdict with what it counts.
  var heading: String {
    guard !rows.isEmpty else { return "Nothing is withheld in this bundle." }
    let items = Set(rows.map(\.item)).count
    return "\(counted(rows.count, "place")) in \(counted(items, "item")), "
      + "in \(counted(verification.records.count, "step"))"
  }
}
