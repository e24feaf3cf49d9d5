import AuditLog

extension AuditReportDocument {
  /// The report as one HTML file that needs nothing else: for a screen, for print, for a screen reader.
  public func writeHTML(to sink: Sink) throws {
    try sink(
      auditPageHead(
        title, subtitle: "Audit report of node \(report.log.node)", facts: facts))
    for heading in try report.headingsForPeople() { try writeTable(heading, to: sink) }
    try sink(HTML.end(limits: report.limits).text)
  }

  private func writeTable(_ heading: AuditReport.Heading, to sink: Sink) throws {
    let titles = heading.columns.map { "<th scope=\"col\">\(Self.words($0))</th>" as HTML }
    let start: HTML = """
      <section>
      <table>
      <caption>\(heading.caption)</caption>
      <thead><tr>\(titles)</tr></thead>
      <tbody>

      """
    try sink(start.text)
    var count = 0
    try report.forEachRow(of: heading.name) { row in
      count += 1
      let cells = row.map { value -> HTML in
        switch value {
        case .none: "<td></td>"
        case .integer(let number): "<td class=\"count\">\(number)</td>"
        // A word or time is not to be broken; an id or a sentence may be.
        case .text(let text) where text.utf8.count <= 24: "<td class=\"short\">\(text)</td>"
        case .text(let text): "<td>\(text)</td>"
        }
      }
      let line: HTML = "<tr>\(cells)</tr>\n"
      try sink(line.text)
    }
    let empty: HTML = count == 0 ? "<p>None.</p>\n" : ""
    let note = Self.note(heading).map { "<p>\($0)</p>\n" as HTML } ?? ""
    let end: HTML = "</tbody>\n</table>\n\(empty)\(note)</section>\n"
    try sink(end.text)
  }
}

/// The beginning of a page for auditors, to the first section.
func auditPageHead(
  _ title: String, subtitle: String, facts: [(name: String, value: String)]
) -> String {
  let rows = facts.map { name, value -> HTML in
    "<tr><th scope=\"row\">\(name)</th><td>\(value)</td></tr>\n"
  }
  let page: HTML = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(title)</title>
    <style>\(auditPageStyle)</style>
    </head>
    <body>
    <header>
    <h1>\(title)</h1>
    <p>\(subtitle)</p>
    <table class="facts">
    <caption>What this was made over</caption>
    <tbody>
    \(rows)</tbody>
    </table>
    </header>
    <main>

    """
  return page.text
}

private let auditPageStyle: HTML = """
  @page { size: A4 landscape; margin: 15mm 12mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9pt sans-serif } }
  body { font: 11pt/1.4 "DejaVu Sans", "Noto Sans", sans-serif; color: #111; background: #fff; margin: 2em auto; max-width: 90em; padding: 0 1em }
  h1 { font-size: 1.6em; margin: 0 } h2 { font-size: 1.15em; margin: 1.6em 0 0.4em }
  .verdict { display: inline-block; border: 2px solid; padding: 0.2em 0.7em; margin: 0.7em 0 0.2em }
  .good { color: #0a5c2b } .bad { color: #a30000 }
  table { border-collapse: collapse; margin: 0.4em 0 1.2em }
  caption { text-align: left; font-weight: bold; padding: 0.3em 0 }
  th, td { border: 1px solid #888; padding: 0.25em 0.5em; text-align: left; vertical-align: top }
  thead th { background: #eee } td.count { text-align: right } td.count, td.short { white-space: nowrap }
  td { overflow-wrap: anywhere } thead { display: table-header-group } tr { break-inside: avoid }
  @media print { th, td { padding: 0.1em 0.3em } body { font-size: 7.5pt; line-height: 1.25; margin: 0; max-width: none; padding: 0 } h2 { break-after: avoid } }
  """
