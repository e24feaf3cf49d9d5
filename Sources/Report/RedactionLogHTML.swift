import Evidence
import Redaction

extension RedactionLog {
  /// The log as one HTML file that needs nothing else: for a screen, for print, for a screen reader,
  /// and for the renderer of PDF.
  public var html: String {
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Redaction log of bundle \(bundleID)</title>
      <style>\(Self.style)</style>
      </head>
      <body>
      <header>
      <h1>Redaction log</h1>
      <p class="verdict \(isGood ? "good" : "bad")"><strong>\(verification.verdict.words)</strong></p>
      <p>\(heading)</p>
      </header>
      <main>
      \(bundleSection)\(failureSection)\(rows.isEmpty ? "" : summarySection)\(rows.isEmpty ? "" : rowSection)
      \(HTML.end(limits: limits))
      """
    return page.text
  }

  private var bundleID: String { verification.seal?.bundleID ?? "-" }

  private var isGood: Bool {
    verification.verdict == .verified || verification.verdict == .verifiedRedacted
  }

  private var bundleSection: HTML {
    """
    <section>
    <h2>Bundle</h2>
    <table class="facts">
    <caption>What the log is about</caption>
    <tbody>
    \(fact("Bundle", bundleID))\
    \(fact("Sealed by", verification.seal?.sealer.node ?? "-"))\
    \(fact("Sealed at", verification.seal?.time.text ?? "-"))\
    \(fact("File", path))\
    \(fact("Log made at", timeText(time)))\
    </tbody>
    </table>
    \(stepTable)
    </section>

    """
  }

  private func fact(_ name: String, _ value: String) -> HTML {
    "<tr><th scope=\"row\">\(name)</th><td>\(value)</td></tr>\n"
  }

  private var stepTable: HTML {
    guard !verification.records.isEmpty else { return "" }
    let steps = (1...verification.records.count).map { step -> HTML in
      let people = people(ofStep: step)
      return """
        <tr><th scope="row">\(step)</th><td>\(people.time)</td><td>\(people.proposer)</td>\
        <td>\(people.approver)</td><td>\(people.node)</td></tr>

        """
    }
    return """
      <table>
      <caption>Steps of redaction</caption>
      <thead><tr><th scope="col">Step</th><th scope="col">When</th><th scope="col">Proposed by</th>\
      <th scope="col">Approved by</th><th scope="col">Signed by</th></tr></thead>
      <tbody>
      \(steps)</tbody>
      </table>
      """
  }

  private var failureSection: HTML {
    let failed = verification.checks.filter { $0.result == .fail || $0.result == .undecided }
    guard !isGood else { return "" }
    return """
      <section>
      <h2>What is wrong</h2>
      <p>Don’t rely on this log: the bundle is \(verification.verdict.words).</p>
      <ul>
      \(failed.map { "<li>\($0.id): \($0.detail)</li>\n" as HTML })</ul>
      </section>

      """
  }

  private var rowSection: HTML {
    let lines = rows.map { row -> HTML in
      """
      <tr><th scope="row">\(row.number)</th><td class="name">\(row.itemWords)</td>\
      <td>\(row.place.words)</td><td>\(reasonWords(row.cut.code))</td><td class="code">\(row.cut.code)</td>\
      <td>\(row.provision)</td><td>\(row.cut.shown ?? "")</td><td>\(row.step)</td></tr>

      """
    }
    return """
      <section>
      <h2>What is withheld</h2>
      <table class="log">
      <caption>Each withheld place: where it is and why, never what it says</caption>
      <thead><tr><th scope="col">No.</th><th scope="col">Document</th><th scope="col">Place</th>\
      <th scope="col">Kind of information</th><th scope="col">Reason</th>\
      <th scope="col">Provision</th><th scope="col">Shown instead</th><th scope="col">Step</th></tr></thead>
      <tbody>
      \(lines)</tbody>
      </table>
      \(byPlace)
      </section>

      """
  }

  /// Long and narrow, so in columns.
  private var byPlace: HTML {
    let lines = RedactionSummary(self).byPlace
    guard !lines.isEmpty else { return "" }
    return """
      <div class="columns">
      \(counts("Places by page, row or line", "Where", lines))</div>
      """
  }

  private var summarySection: HTML {
    let summary = RedactionSummary(self)
    return """
      <section>
      <h2>Summary</h2>
      \(counts("Places by reason", "Reason", summary.byCode))\
      \(counts("Places by document", "Document", summary.byItem))\
      </section>

      """
  }

  private func counts(_ title: String, _ what: String, _ lines: [RedactionSummary.Line]) -> HTML {
    let rows = lines.map { line -> HTML in
      "<tr><th scope=\"row\">\(line.what)</th><td class=\"count\">\(line.count)</td></tr>\n"
    }
    return """
      <table class="counts">
      <caption>\(title)</caption>
      <thead><tr><th scope="col">\(what)</th><th scope="col">Places</th></tr></thead>
      <tbody>
      \(rows)</tbody>
      </table>

      """
  }

  private static let style: HTML = """
    @page { size: A4 landscape; margin: 15mm 12mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9pt sans-serif } }
    body { font: 11pt/1.4 "DejaVu Sans", "Noto Sans", sans-serif; color: #111; background: #fff; margin: 2em auto; max-width: 75em; padding: 0 1em }
    h1 { font-size: 1.6em; margin: 0 } h2 { font-size: 1.15em; margin: 1.6em 0 0.4em }
    .verdict { display: inline-block; border: 2px solid; padding: 0.2em 0.7em; margin: 0.7em 0 0.2em }
    .good { color: #0a5c2b } .bad { color: #a30000 }
    table { border-collapse: collapse; margin: 0.4em 0 1.2em } table.log { width: 100% }
    caption { text-align: left; font-weight: bold; padding: 0.3em 0 }
    th, td { border: 1px solid #888; padding: 0.25em 0.5em; text-align: left; vertical-align: top }
    thead th { background: #eee } tbody th { font-weight: normal } td.count { text-align: right }
    table.facts th { font-weight: bold } td, tbody th { overflow-wrap: anywhere }
    td.code { white-space: nowrap } thead { display: table-header-group } tr { break-inside: avoid }
    .columns { columns: 3 18em } .columns table { width: 100%; margin: 0 }
    @media print { th, td { padding: 0.1em 0.4em } body { font-size: 8.5pt; line-height: 1.3; margin: 0; max-width: none; padding: 0 } h2 { break-after: avoid } }
    """
}
