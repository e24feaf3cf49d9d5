extension CourtReport {
  /// The report as plain text: for a terminal, a braille display, a mail.
  public var text: String {
    let builder = ReportBuilder(verification, file, order, say)
    var lines = [say[.title], String(repeating: "=", count: say[.title].count), ""]
    lines += [builder.verdictWords, builder.verdictMeaning]
    lines += builder.firstProblems.flatMap { self.lines(of: $0) } + [""]
    lines += self.lines(of: .facts(builder.coverFacts)) + [say[.coverLimits]]
    for point in points {
      let title = "\(point.number). \(point.title)"
      lines += ["", title, String(repeating: "-", count: title.count)]
      for block in point.blocks { lines += self.lines(of: block) + [""] }
      lines.removeLast()
    }
    lines += ["", say[.appendix], String(repeating: "-", count: say[.appendix].count)]
    lines += [say(.appendixMeaning, ReportAppendix.checkBundleDigest), ""]
    lines += ReportAppendix.checkBundle.split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
    return lines.map(printable).joined(separator: "\n") + "\n"
  }

  private func lines(of block: ReportBlock) -> [String] {
    switch block {
    case .paragraph(let text): [clipped(text.string)]
    case .facts(let facts, let caption):
      (caption.map { ["\($0):"] } ?? [])
        + facts.flatMap { fact in
          ["\(fact.label): \(clipped(fact.values.first?.string ?? ""))"]
            + fact.values.dropFirst().map { "    \(clipped($0.string))" }
        }
    case .table(let table): lines(of: table)
    case .list(let texts):
      texts.shortened(to: Self.maximumRows, say).map { "- \(clipped($0.string))" }
    case .commands(let commands):
      commands.flatMap { command in
        ["  " + command.command]
          + (command.expected.map { ["    \(say[.expected]) \($0)"] } ?? [])
      }
    case .draft(let draft): [draft.title] + draft.paragraphs.map { "  " + $0 }
    }
  }

  /// One row after the other, each value with its column's name: what is read aloud makes sense.
  private func lines(of table: ReportTable) -> [String] {
    let table = table.shortened(to: Self.maximumRows, say)
    let lines = table.rows.flatMap { row in
      zip(table.columns, row.cells).enumerated().map { index, cell in
        (index == 0 ? "- " : "  ")
          + "\(cell.0): \(cell.1.map { clipped($0.string) }.joined(separator: "; "))"
      }
    }
    return ["\(table.caption):"] + lines + (table.note.map { [$0] } ?? [])
  }
}
