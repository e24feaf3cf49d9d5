public import AuditLog
import Evidence

extension Reconciliation {
  /// The outcome as one HTML file that needs nothing else. `time` in milliseconds since 1970.
  public func html(madeAt time: Int64) -> String {
    let facts = [
      ("Our log", facts(ours)), ("Their log", facts(theirs)), ("Made at", Timestamp.text(time)),
    ]
    let verdict: HTML =
      isClean
      ? "<p class=\"verdict good\"><strong>Nothing differs</strong></p>\n"
      : "<p class=\"verdict bad\"><strong>\(counted(findings, "finding"))\(ours.isConsistent && theirs.isConsistent ? "" : ", and a log fails its own check")</strong></p>\n"
    return auditPageHead(
      "Reconciliation of two logs", subtitle: "\(ours.node) and \(theirs.node)", facts: facts)
      + verdict.text
      + table("Only in our log", ["transfer"], onlyHere.map { [$0] })
      + table("Only in their log", ["transfer"], onlyThere.map { [$0] })
      + table(
        "Told differently", ["transfer", "fields"],
        differing.map { [$0.transfer, $0.fields.joined(separator: ", ")] })
      + table(
        "Receipts missing", ["transfer", "kind", "missing in", "receipt"],
        receiptsMissing.map {
          [
            $0.transfer, $0.kind.isEmpty ? "any" : $0.kind,
            $0.missingHere ? "our log" : "their log", $0.receipt,
          ]
        })
      + counts
      + HTML.end(limits: [
        "Transfers with other nodes than these two.",
        "Whether a transfer that neither log knows took place.",
        "That entries after the newest checkpoint which a third party cosigned stay as they are.",
      ]).text
  }

  private func facts(_ log: LogVerification) -> String {
    let state =
      log.isConsistent ? "consistent" : "INCONSISTENT, \(counted(log.problemCount, "problem"))"
    let key = log.keyGiven ? "key given" : "key from the file itself"
    return
      "\(log.origin), size \(log.size), root \(log.root.base64), \(counted(log.entries, "entry", "entries")) read, \(state), \(key)"
  }

  private var counts: String {
    table(
      "Transfers", ["what", "count"],
      [
        ["matched", String(matched)], ["refused, with the receipt in both", String(refused)],
        ["findings", String(findings)],
        ["received before they were sent, within the tolerance", String(skewed)],
        ["largest such difference, ms", String(largestSkew)],
      ])
  }

  private func table(_ caption: String, _ titles: [String], _ rows: [[String]]) -> String {
    let heads = titles.map { "<th scope=\"col\">\($0)</th>" as HTML }
    let lines = rows.map { row -> HTML in
      "<tr>\(row.map { "<td>\($0)</td>" as HTML })</tr>\n"
    }
    let section: HTML = """
      <section>
      <table>
      <caption>\(caption)</caption>
      <thead><tr>\(heads)</tr></thead>
      <tbody>
      \(lines)</tbody>
      </table>
      \(rows.isEmpty ? "<p>None.</p>\n" as HTML : "")</section>

      """
    return section.text
  }
}
