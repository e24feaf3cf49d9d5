import Redaction

extension CourtReport {
  /// The report as one HTML file that needs nothing else: for a screen, for print, for a screen
  /// reader. Its policy allows its own style and nothing more.
  public var html: String { ReportPage(report: self, maximumRows: Self.maximumRows).html }

  /// The same with shorter tables, for the renderer of PDF, which takes minutes over long ones.
  public var htmlForPDF: String { ReportPage(report: self, maximumRows: 1000).html }

  /// A table longer than this is for a program: the JSON has every row.
  static let maximumRows = 5000
}

/// A report as a page.
private struct ReportPage {
  let report: CourtReport
  let maximumRows: Int

  private var order: ReportOrder { report.order }
  private var file: ExaminedFile { report.file }
  private var say: Phrases { report.say }
  private var points: [ReportPoint] { report.points }

  var html: String {
    let style = Self.style(footer: String(file.sha256.prefix(16)))
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="\(order.language.rawValue)">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
      style-src 'sha256-\(Self.digest(of: style))'; base-uri 'none'; form-action 'none'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(say[.title]): \(clipped(file.path))</title>
      <style>\(style)</style>
      </head>
      <body>
      \(cover)
      <main>
      \(points.map(section))\
      \(appendix)
      </main>
      </body>
      </html>

      """
    return page.text
  }

  private static func digest(of style: HTML) -> String {
    var digest = Digest256()
    digest.update(Array(style.text.utf8))
    return digest.hash.base64
  }

  /// The first page: the verdict, who, when, over what.
  private var cover: HTML {
    let builder = ReportBuilder(report.verification, file, order, say)
    return """
      <header>
      <h1>\(say[.title])</h1>
      <p class="verdict \(report.verification.isGood ? "good" : "bad")">\
      <strong>\(builder.verdictWords)</strong></p>
      <p class="meaning">\(builder.verdictMeaning)</p>
      \(builder.firstProblems.map(block))\
      \(block(.facts(builder.coverFacts)))\
      <p>\(say[.coverLimits])</p>
      <nav aria-label="\(say[.contents])">
      <h2>\(say[.contents])</h2>
      <ol>
      \(points.map { "<li><a href=\"#p\($0.number)\">\($0.title)</a></li>\n" as HTML })</ol>
      </nav>
      </header>
      """
  }

  private func section(_ point: ReportPoint) -> HTML {
    """
    <section id="p\(point.number)" aria-labelledby="h\(point.number)">
    <h2 id="h\(point.number)">\(point.number). \(point.title)</h2>
    \(point.blocks.map(block))</section>

    """
  }

  private func block(_ block: ReportBlock) -> HTML {
    switch block {
    case .paragraph(let text): "<p>\(shown(text))</p>\n"
    case .facts(let facts, let caption):
      """
      <table class="facts">
      \(caption.map { "<caption>\($0)</caption>\n" as HTML } ?? "")\
      <tbody>
      \(facts.map { "<tr><th scope=\"row\">\($0.label)</th><td>\(cell($0.values))</td></tr>\n" as HTML })\
      </tbody>
      </table>

      """
    case .table(let table): html(of: table)
    case .list(let texts):
      "<ul>\n\(texts.shortened(to: maximumRows, say).map { "<li>\(shown($0))</li>\n" as HTML })</ul>\n"
    case .commands(let commands): "\(commands.map(html))"
    case .draft(let draft):
      """
      <article class="draft" lang="\(draft.language.rawValue)">
      <h3>\(draft.title)</h3>
      \(draft.paragraphs.map { "<p>\($0)</p>\n" as HTML })</article>

      """
    }
  }

  private func html(of command: RepeatCommand) -> HTML {
    let expected: HTML =
      command.expected.map { "<p class=\"expected\">\(say[.expected]) <code>\($0)</code></p>\n" }
      ?? ""
    return "<pre class=\"command\" lang=\"en\">\(command.command)</pre>\n\(expected)"
  }

  private func html(of table: ReportTable) -> HTML {
    let table = table.shortened(to: maximumRows, say)
    let lines = table.rows.map { row -> HTML in
      let cells = row.cells.dropFirst().map { "<td>\(cell($0))</td>" as HTML }
      return "<tr><th scope=\"row\">\(cell(row.cells.first ?? []))</th>\(cells)</tr>\n"
    }
    let note: HTML = table.note.map { "<p>\($0)</p>\n" } ?? ""
    return """
      <table>
      <caption>\(table.caption)</caption>
      <thead><tr>\(zip(table.columns, table.widths).map(heading))</tr></thead>
      <tbody>
      \(lines)</tbody>
      </table>
      \(note)
      """
  }

  private func heading(_ column: String, _ width: Int) -> HTML {
    "<th scope=\"col\" class=\"w\(width)\">\(column)</th>"
  }

  private func cell(_ texts: [ReportText]) -> HTML {
    let parts = texts.enumerated().map { index, text -> HTML in
      index == 0 ? shown(text) : "<br>\(shown(text))"
    }
    return "\(parts)"
  }

  /// English stands out for a screen reader; what others wrote keeps its direction to itself.
  private func shown(_ text: ReportText) -> HTML {
    switch text {
    case .words(let text): "\(clipped(text))"
    case .english(let text):
      order.language == .english
        ? "<span>\(clipped(text))</span>" : "<span lang=\"en\">\(clipped(text))</span>"
    case .given(let text): "<bdi>\(clipped(text))</bdi>"
    case .code(let text): "<code>\(clipped(text))</code>"
    case .time(let text): "<span class=\"time\">\(clipped(text))</span>"
    }
  }

  private var appendix: HTML {
    let lines = ReportAppendix.checkBundle.split(
      separator: "\n", omittingEmptySubsequences: false
    ).map { "\(String($0))\n" as HTML }
    return """
      <section id="appendix" aria-labelledby="ha">
      <h2 id="ha">\(say[.appendix])</h2>
      <p>\(say(.appendixMeaning, ReportAppendix.checkBundleDigest))</p>
      <pre class="listing" lang="en">\(lines)</pre>
      </section>
      """
  }

  /// The style holds no text of others: a digest in hexadecimal is all that varies.
  private static func style(footer: String) -> HTML {
    """
    @page { size: A4; margin: 18mm 15mm 20mm; @bottom-left { content: "sha256 \(footer)…"; font: 8pt monospace } @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif } }
    body { font: 11pt/1.45 "DejaVu Sans", "Noto Sans", sans-serif; color: #111; background: #fff; margin: 2em auto; max-width: 62em; padding: 0 1em }
    h1 { font-size: 1.7em; margin: 0 0 0.3em } h2 { font-size: 1.2em; margin: 1.8em 0 0.4em } h3 { font-size: 1.05em; margin: 0.5em 0 }
    .verdict { display: inline-block; border: 3px solid; padding: 0.3em 0.9em; margin: 0.5em 0; font-size: 1.4em }
    .good { color: #0a5c2b } .bad { color: #a30000 }
    table { border-collapse: collapse; margin: 0.5em 0 1.2em; width: 100%; table-layout: fixed }
    caption { text-align: left; font-weight: bold; padding: 0.3em 0 }
    th, td { border: 1px solid #777; padding: 0.25em 0.5em; text-align: left; vertical-align: top; overflow-wrap: break-word; box-sizing: border-box }
    thead th { background: #eee } tbody th { font-weight: normal }
    table.facts th { font-weight: bold; width: 28% }
    code, pre { font-family: "DejaVu Sans Mono", "Noto Sans Mono", monospace; font-size: 0.88em } code { overflow-wrap: break-word }
    pre { white-space: pre-wrap; overflow-wrap: break-word; margin: 0.4em 0 } pre.command { border-left: 4px solid #555; padding: 0.2em 0.6em; background: #f4f4f4 }
    pre.listing { font-size: 0.7em; line-height: 1.3 } p.expected { margin: 0 0 0.6em 1em } .draft { border: 1px solid #555; padding: 0.6em 1.2em; margin: 0.8em 0 }
    nav ol { columns: 2; padding-left: 1.8em } nav h2 { margin-top: 1em } a { color: #003a8c } a:focus { outline: 3px solid #003a8c }
    .w5 { width: 5% } .w10 { width: 10% } .w15 { width: 15% } .w20 { width: 20% } .w25 { width: 25% } .w30 { width: 30% } .w35 { width: 35% } .w40 { width: 40% } .w50 { width: 50% } .w60 { width: 60% } .w65 { width: 65% }
    body, p, li { overflow-wrap: break-word } thead { display: table-header-group } tr { break-inside: avoid } h2, h3 { break-after: avoid } p { orphans: 2; widows: 2 }
    @media screen and (max-width: 40em) { body { font-size: 9pt } nav ol { columns: 1 } th, td { padding: 0.2em 0.3em } }
    @media print { body { font-size: 9pt; line-height: 1.35; margin: 0; max-width: none; padding: 0 } header { break-after: page } #appendix { break-before: page } th, td { padding: 0.15em 0.4em } pre.listing { font-size: 5.6pt } a { color: inherit; text-decoration: none } }
    """
  }
}

/// Text of somebody else's choice, no longer than a page can bear; the JSON holds all of it.
func clipped(_ text: String) -> String {
  guard text.utf8.count > maximumShown else { return text }
  let scalars = text.unicodeScalars
  guard scalars.count > maximumShown else { return text }
  var start = String.UnicodeScalarView()
  start.append(contentsOf: scalars.prefix(maximumShown))
  return String(start) + "… [\(scalars.count)]"
}

/// A quarter of a page.
private let maximumShown = 800
