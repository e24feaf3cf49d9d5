public import CanonicalJSON
import Evidence
import Redaction

extension RedactionLog {
  /// The log for a terminal.
  public var text: String {
    var lines = [
      "Redaction log: \(verification.verdict.words)",
      "Bundle   \(verification.seal?.bundleID ?? "-")", "         \(heading)",
    ]
    lines += verification.failures.map { "Failed   \($0.id): \($0.detail)" }
    guard !rows.isEmpty else { return lines.joined(separator: "\n") }
    let cells =
      [["No.", "Document", "Place", "Reason", "Provision", "Shown", "Step"]]
      + rows.map { row in
        [
          String(row.number), row.itemWords, row.place.words, row.cut.code, row.provision,
          row.cut.shown ?? "", String(row.step),
        ]
      }
    lines += [""] + Self.table(cells.map { $0.map(printable) }) + [""]
    for step in 1...verification.records.count {
      let people = people(ofStep: step)
      lines.append(
        "Step \(step)  \(people.time), proposed by \(people.proposer), approved by "
          + "\(people.approver), signed by \(people.node)")
    }
    let summary = RedactionSummary(self)
    lines += Self.section("By reason", summary.byCode) + Self.section("By document", summary.byItem)
    lines += ["", "What this does not show"] + limits.map { "  " + $0 }
    return lines.joined(separator: "\n")
  }

  /// The log as one object; Docs/CommandLine.md has the keys.
  public var json: JSON {
    let summary = RedactionSummary(self)
    var object: [String: JSON] = [
      "verdict": .string(verification.verdict.rawValue), "madeAt": .string(timeText(time)),
      "rows": .array(rows.map(json)), "byReason": json(summary.byCode),
      "byDocument": json(summary.byItem), "byPlace": json(summary.byPlace),
      "limits": .array(limits.map { .string($0) }),
    ]
    if let seal = verification.seal {
      object["bundle"] = .object([
        "id": .string(seal.bundleID), "sealer": .string(seal.sealer.node),
        "sealedAt": .string(seal.time.text),
      ])
    }
    return .object(object)
  }

  private func json(_ row: Row) -> JSON {
    let people = people(ofStep: row.step)
    var object: [String: JSON] = [
      "number": .integer(Int64(row.number)), "item": .integer(Int64(row.item)),
      "place": row.place.json, "code": .string(row.cut.code),
      "kind": .string(reasonWords(row.cut.code)), "basis": .string(row.cut.basis),
      "rule": .integer(Int64(clamping: row.cut.rule)), "step": .integer(Int64(row.step)),
      "proposer": .string(people.proposer), "redactor": .string(people.node),
      "time": .string(people.time),
    ]
    if let name = row.name { object["document"] = .string(name) }
    if let shown = row.cut.shown { object["shown"] = .string(shown) }
    if let approver = verification.records[row.step - 1].approver {
      object["approver"] = .string(approver)
    }
    return .object(object)
  }

  private func json(_ lines: [RedactionSummary.Line]) -> JSON {
    .array(
      lines.map { .object(["what": .string($0.what), "places": .integer(Int64($0.count))]) })
  }

  private static func section(_ title: String, _ lines: [RedactionSummary.Line]) -> [String] {
    ["", title] + lines.map { "  \(counted($0.count, "place").padded(12))\(printable($0.what))" }
  }

  /// Columns as wide as their widest cell.
  private static func table(_ rows: [[String]]) -> [String] {
    let columns = rows.first?.count ?? 0
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let line = zip(row, widths).map { $0.padded($1 + 2) }.joined()
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}

extension RedactionLog.Row {
  /// The legal provision; nothing where the record names none.
  var provision: String { cut.basis == "-" ? "" : cut.basis }
}

extension RedactionLog {
  /// The log as CSV for a spreadsheet: UTF-8 with a byte order mark, which spreadsheets ask for.
  public var csv: String {
    let titles = [
      "No.", "Item", "Document", "Place", "Page", "Kind of information", "Reason", "Provision",
      "Shown instead", "Rule", "Step", "Proposed by", "Approved by", "Signed by", "When",
      "Bundle", "Verdict",
    ]
    return "\u{FEFF}" + SpreadsheetRow(titles).text
      + rows.map { row in
        let people = people(ofStep: row.step)
        return SpreadsheetRow([
          String(row.number), String(row.item), row.name.map(safePath(forName:)) ?? "",
          row.place.words, row.place.page.map(String.init) ?? "", reasonWords(row.cut.code),
          row.cut.code, row.provision, row.cut.shown ?? "",
          row.cut.rule == 0 ? "" : String(row.cut.rule), String(row.step), people.proposer,
          people.approver, people.node, people.time, verification.seal?.bundleID ?? "",
          verification.verdict.words,
        ]).text
      }.joined()
  }
}
