import AuditLog

extension AuditReportDocument {
  /// The report for a terminal of 100 columns, with at most `limit` rows of each table.
  public func writeText(limit: Int, to sink: Sink) throws {
    try sink(title + "\n\n")
    for (name, value) in facts { try sink("  \(padded(name, 15)) \(value)\n") }
    for heading in try report.headingsForPeople() {
      try sink("\n\(heading.caption)\n")
      if let note = Self.note(heading) { try sink("  \(note)\n") }
      try writeTable(heading, limit: limit, to: sink)
    }
    try sink("\nWhat this does not show\n")
    for text in report.limits { try sink(wrapped("- " + text)) }
  }

  private func writeTable(
    _ heading: AuditReport.Heading, limit: Int, to sink: Sink
  ) throws {
    var rows: [[String]] = []
    var count = 0
    try report.forEachRow(of: heading.name) { row in
      count += 1
      if rows.count < limit { rows.append(row.map(\.words)) }
    }
    guard count > 0 else { return try sink("  none\n") }
    // A column in which nothing stands costs its reader's width.
    let used = heading.columns.indices.filter { column in
      rows.contains { $0[column] != "-" }
    }
    let titles = used.map { Self.words(heading.columns[$0]) }
    let cells = rows.map { row in used.map { row[$0] } }
    let widths = titles.indices.map { column in
      ([titles[column]] + cells.map { $0[column] }).map(\.count).max() ?? 0
    }
    let lines = Self.lines(of: widths)
    for row in [titles] + cells { try sink(Self.laidOut(row, widths, lines)) }
    if count > rows.count {
      try sink("  and \(count - rows.count) more; --limit shows them, and --csv and --json all\n")
    }
  }

  /// Which columns stand on which line, so that none is longer than 100.
  private static func lines(of widths: [Int]) -> [Range<Int>] {
    var lines: [Range<Int>] = []
    var first = 0
    var length = 2
    for column in widths.indices {
      if column > first, length + widths[column] > 100 {
        lines.append(first..<column)
        first = column
        length = 6
      }
      length += widths[column] + 2
    }
    lines.append(first..<widths.count)
    return lines
  }

  private static func laidOut(_ row: [String], _ widths: [Int], _ lines: [Range<Int>]) -> String {
    var text = ""
    for (number, line) in lines.enumerated() {
      var cells = line.map { padded(row[$0], widths[$0]) }
      if let last = line.last { cells[cells.count - 1] = row[last] }
      text += (number == 0 ? "  " : "      ") + cells.joined(separator: "  ") + "\n"
    }
    return text
  }
}

private func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

/// A sentence in lines of at most 100 columns.
private func wrapped(_ text: String) -> String {
  var lines = [""]
  for word in text.split(separator: " ") {
    let last = lines[lines.count - 1]
    if last.count + word.count + 1 > 98, !last.isEmpty {
      lines.append("  " + word)
    } else {
      lines[lines.count - 1] = last.isEmpty ? String(word) : last + " " + word
    }
  }
  return lines.map { "  \($0)\n" }.joined()
}
