public import AuditLog
import Evidence

/// The answer to an auditor's question, ready to be told: as text, JSON, CSV or a page.
///
/// Each form says over which log and checkpoint it was made, with which period and filters, and what it
/// doesn't show. Rows are written as they are read, however many there are.
public struct AuditReportDocument {
  let report: AuditReport
  /// When the report was made, in milliseconds since 1970.
  let time: Int64

  /// A document of a report made at `time`, milliseconds since 1970.
  public init(_ report: AuditReport, madeAt time: Int64) {
    self.report = report
    self.time = time
  }

  /// Where the parts of a document go.
  public typealias Sink = (String) throws -> Void

  var title: String { "\(report.request.question.id) \(report.request.question.title)" }

  /// What the report was made over, line by line: a name and a value.
  var facts: [(name: String, value: String)] {
    var facts = [
      ("Log", "\(report.log.origin), node \(report.log.node)"),
      (
        "Checkpoint",
        "size \(report.log.size), \(Timestamp.text(report.log.time)), root \(report.log.root.base64)"
      ),
      ("Verified", verified(report.log)),
    ]
    if let theirs = report.theirs {
      facts.append(("Peer's log", "\(theirs.origin), node \(theirs.node)"))
      facts.append(
        (
          "Its checkpoint",
          "size \(theirs.size), \(Timestamp.text(theirs.time)), root \(theirs.root.base64)"
        ))
      facts.append(("Verified", verified(theirs)))
    }
    facts.append(("Period", period))
    let filters = report.request.filters.filter { !["from", "to"].contains($0.name) }
    facts.append(
      (
        "Filters",
        filters.isEmpty ? "none" : filters.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
      ))
    facts.append(("As of", Timestamp.text(report.request.now)))
    facts.append(("Made at", Timestamp.text(time)))
    return facts
  }

  private var period: String {
    let from = report.request.from.map { "from \(Timestamp.text($0))" }
    let to = report.request.to.map { "until before \(Timestamp.text($0))" }
    let parts = [from, to].compactMap { $0 }
    return parts.isEmpty ? "the whole log" : parts.joined(separator: " ")
  }

  private func verified(_ log: AuditedLog) -> String {
    guard let verification = log.verification else {
      return "not in this run; `rogatory log verify` does it"
    }
    let key = verification.keyGiven ? "by the key given" : "by the key that the file names itself"
    return verification.isConsistent
      ? "just now: every entry, \(key)"
      : "just now: INCONSISTENT, \(counted(verification.problemCount, "problem")); don't rely on this"
  }

  /// The name of a column for people.
  static func words(_ column: String) -> String { column.replacing("_", with: " ") }

  /// A note under a table that a filter doesn't narrow.
  static func note(_ heading: AuditReport.Heading) -> String? {
    heading.ignoredFilters.isEmpty
      ? nil
      : "Not narrowed by \(heading.ignoredFilters.joined(separator: " and ")): these rows have none."
  }
}

extension AuditValue {
  /// The value for people; nothing is a dash.
  var words: String {
    switch self {
    case .none: "-"
    case .integer(let value): String(value)
    case .text(let text): text.isEmpty ? "\"\"" : printable(text)
    }
  }
}
