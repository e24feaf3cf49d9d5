import CanonicalJSON
import Evidence
import Redaction
import Report
import Testing

/// The redaction log is made for people and their programs out of text that an enemy may have chosen.
struct RedactionLogTests {
  private static let hostile = [
    "<script>alert(1)</script>.txt", "\"onmouseover=alert(1) x=\".txt", "'><img src=x>.txt",
    "=cmd|'/C calc'!A0.txt", "+1.txt", "-1.txt", "@SUM(A1).txt", "\t=1.txt", "\u{202E}gpj.txt",
    "a\u{1B}[2J\r\n.txt", "\u{FF1D}1.txt", "]]><!--.txt",
  ]

  private static func log(basis: String, shown: String?) throws -> RedactionLog {
    var sample = try SampleBundle(hostile.map { ($0, "one two three") })
    try sample.redact(
      (1...hostile.count).map { item in
        Cut(item: item, part: .content(2..<3), code: "TS", rule: 1, basis: basis, shown: shown)
      })
    let verified = try sample.verified()
    return RedactionLog(
      verified.verification, bundle: verified.bundle, path: "<b>.asice", at: SampleBundle.now)
  }

  @Test func everythingIsEscapedInHTML() throws {
    let html = try Self.log(basis: "<i>&\"' art. 1", shown: "</td><script>x</script>").html
    #expect(!html.contains("<script") && !html.contains("<img") && !html.contains("<i>"))
    #expect(!html.contains("<!--") && !html.contains("<b>"))
    #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;.txt"))
    #expect(html.contains("&lt;i&gt;&amp;&quot;&#39; art. 1"))
    let tags = html.matches(of: /<[^>]*>/).map { String($0.output) }
    #expect(
      !tags.contains { $0.contains("onmouseover") || $0.contains("src=") || $0.contains("href") })
    #expect(
      tags.count { $0 == "<table>" || $0.hasPrefix("<table ") } == tags.count { $0 == "<caption>" })
    #expect(
      tags.filter { $0.hasPrefix("<th") && !$0.hasPrefix("<thead") }.allSatisfy {
        $0.contains("scope=")
      })
  }

  @Test func nothingMovesTheCursor() throws {
    let log = try Self.log(basis: "art. \u{202E}1", shown: "\u{200F}x")
    for text in [log.text, log.html, log.csv.replacing("\r\n", with: "\n")] {
      let bad = text.unicodeScalars.first { scalar in
        scalar != "\n" && scalar != "\u{FEFF}"
          && [.control, .format].contains(scalar.properties.generalCategory)
      }
      #expect(bad == nil)
    }
  }

  @Test func noCellIsAFormula() throws {
    let csv = try Self.log(basis: "=1+1", shown: "@x").csv
    let rows = csv.dropFirst().split(separator: "\r\n")
    #expect(rows.count > Self.hostile.count)
    for row in rows {
      // Every cell stands in quotes, so a cell begins at the row's begin or behind `","`.
      #expect(row.hasPrefix("\"") && row.hasSuffix("\""))
      for cell in row.dropFirst().dropLast().split(
        separator: "\",\"", omittingEmptySubsequences: false)
      {
        let first = cell.unicodeScalars.first { !$0.properties.isWhitespace }
        #expect(!["=", "+", "-", "@", "\u{FF1D}", "␉"].contains(first), "\(cell)")
      }
    }
    #expect(csv.contains("\"'=1+1\"") && csv.contains("\"'@x\""))
  }

  @Test func theLogNeverHoldsWhatIsWithheld() throws {
    let log = try Self.log(basis: "art. 1", shown: nil)
    for text in [log.text, log.html, log.csv, log.json.prettyText] {
      #expect(!text.contains("two"))
    }
    #expect(log.rows.count { $0.place.words == "line 1" } == Self.hostile.count)
  }
}
