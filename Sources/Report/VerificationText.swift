import CAdES
public import Evidence
import Redaction

extension VerificationReport {
  /// The report for a terminal: the verdict, why, then what it rests on.
  public var text: String {
    var lines = [verification.verdict.words, ""]
    lines += summary
    lines += section("What is wrong", wrong)
    lines += section("Signatures", verification.signatures.map(signatureLine))
    lines += section("Items", itemLines)
    lines += section("Withheld", redactionLines)
    lines += section("Remarks", verification.checks.filter { $0.result == .warn }.map(\.detail))
    lines += section("What this does not show", limits)
    lines += section("To repeat it with other programs", repeatCommands)
    // Names, certificates and terms come from others: nothing of them moves the cursor.
    return lines.map(printable).joined(separator: "\n") + "\n"
  }

  /// What failed or is open, a line for each; empty where nothing is.
  public static func problems(of verification: Verification) -> [String] {
    VerificationReport(verification, path: "", anchors: []).wrong.map(printable)
  }

  private func section(_ title: String, _ rows: [String]) -> [String] {
    rows.isEmpty ? [] : ["", title] + rows.map { "  " + $0 }
  }

  private var summary: [String] {
    var lines: [String] = []
    if let seal = verification.seal {
      lines.append("Bundle   \(seal.bundleID)")
      lines.append("Sealed   by \(seal.sealer.node), \(seal.time.text) by its own clock")
      let withheld = verification.withheldCount
      let partial = verification.items.count(of: .partial)
      lines.append(
        "Items    \(seal.itemCount), of which \(partial) in part and \(withheld) wholly withheld")
    }
    if let proven = verification.signatures.first(where: { $0.role == .seal })?.validation {
      if let time = proven.provenTime {
        lines.append("Proven   to exist at \(timeText(time)), by \(proven.provenBy ?? "?")")
      }
    }
    if let carrier = verification.carrier {
      lines.append("Carrier  this copy was packed by \(carrier), who is not the sealer")
    }
    return lines
  }

  private var wrong: [String] {
    verification.checks.filter { $0.result == .fail || $0.result == .undecided }
      .map { "\($0.id): \($0.detail)" }
      + verification.signatures.compactMap { report in
        switch report.result {
        case .passed: nil
        case .failed(let sub): "\(report.file): \(sub.rawValue)"
        case .indeterminate(let sub): "\(report.file): can't be decided, \(sub.rawValue)"
        }
      }
  }

  private func signatureLine(_ report: SignatureReport) -> String {
    let validation = report.validation
    var line = "\(report.role.rawValue.padded(10))\(report.result.indication.padded(14))"
    line +=
      "\(validation.level.rawValue.padded(5)) \(validation.signer?.subject ?? "no certificate")"
    if let anchor = validation.anchor { line += ", trusted under \(anchor.subject)" }
    return line
  }

  private var itemLines: [String] {
    let items = verification.items
    let names = items.indices.lazy.map { (items.header("name", ofItemAt: $0) ?? "~", $0) }
    let rows = names.least(Self.maximumRows, by: <).map { (_: String, place: Int) -> String in
      let item = items[place]
      let name = item.name.map(safePath(forName:)) ?? "(name withheld)"
      let size = item.size.map { "\($0) bytes" } ?? ""
      let digest = item.sha256.map { "sha256 \($0.prefix(16))…" } ?? ""
      return
        "\(String(item.number).padded(5))\(item.state.rawValue.padded(10))\(name)  \(size)  \(digest)"
    }
    let more = items.count - Self.maximumRows
    return more > 0 ? rows + ["… and \(more) more (see --json)"] : rows
  }

  private var redactionLines: [String] {
    guard !verification.records.isEmpty else { return [] }
    let steps = zip(1..., verification.records).map { step, record in
      "step \(step) by \(record.redactor.node), proposed by \(record.proposer), approved by "
        + "\(record.approver ?? "nobody else"), \(record.time.text)"
        + (record.isClosed ? ", closing" : "")
        + (record.grants.isEmpty
          ? ""
          : ", letting \(Set(record.grants.map(\.node)).sorted().joined(separator: ", ")) redact too")
    }
    let summary = WithheldSummary(verification)
    guard summary.count > 0 else { return steps }
    let rows = summary.lines
    let more = rows.count - Self.maximumRows
    return steps
      + [
        "\(counted(summary.count, "place")) in \(counted(summary.items.count, "item")): "
          + WithheldSummary.words(summary.codes)
      ]
      + rows.prefix(Self.maximumRows)
      + (more > 0 ? ["… and \(counted(more, "item")) more (see --json)"] : [])
  }

  /// A terminal is read by a person; the whole table is in the JSON.
  private static let maximumRows = 200
}

extension String {
  func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
