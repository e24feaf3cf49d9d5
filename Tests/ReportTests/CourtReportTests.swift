import CanonicalJSON
import Evidence
import Redaction
import Report
import Testing

/// A report says the same in every form and language, and leaves out nothing that is wrong.
struct CourtReportTests {
  private static func report(
    _ verification: Verification, in language: ReportLanguage = .english,
    at time: Int64 = SampleBundle.now + 7200
  ) -> CourtReport {
    var order = ReportOrder(time: time, software: "0")
    order.language = language
    let file = ExaminedFile(path: "b.asice", size: 1, sha256: "00")
    return CourtReport(verification, of: file, order)
  }

  private static func json(_ report: CourtReport) throws -> JSON {
    var bytes: [UInt8] = []
    report.json.writeCanonical { bytes.append(contentsOf: $0) }
    return try JSON(parsing: bytes, limit: bytes.count)
  }

  private static func texts(_ json: JSON, _ number: Int64) -> String {
    let point = json["points"]?.array?.first { $0["number"]?.integer == number }
    return point.map { String(decoding: $0.canonicalBytes, as: UTF8.self) } ?? ""
  }

  @Test(arguments: ReportLanguage.allCases)
  func everyReportHasNineteenPointsThatSaySomething(_ language: ReportLanguage) throws {
    let verification = try SampleBundle([("a.txt", "one two")]).verified().verification
    for outcome in [verification, verdict(onMalformed: .notAnArchive)] {
      let report = Self.report(outcome, in: language)
      let points = try #require(Self.json(report)["points"]?.array)
      #expect(points.compactMap { $0["number"]?.integer } == Array(1...19))
      for point in points {
        let title = try #require(point["title"]?.string)
        #expect(point["blocks"]?.array?.isEmpty == false, "\(title)")
        #expect(report.text.contains(title))
        #expect(report.html.contains(title.replacing("'", with: "&#39;")))
      }
      #expect(report.text.contains(report.digest) && report.html.contains(report.digest))
      #expect(report.html.contains("<html lang=\"\(language.rawValue)\">"))
    }
  }

  @Test func spansThatNothingTellsOfAreNamed() throws {
    let verification = try SampleBundle([("a.txt", "one two")]).verified().verification
    // Acquired at 11:00, sealed and stamped at 12:00, checked at 14:00.
    let custody = Self.texts(try Self.json(Self.report(verification)), 7)
    #expect(custody.contains("From 2026-11-20T11:00:00Z to 2026-11-20T12:00:00Z (0 d 1 h 0 min)"))
    #expect(custody.contains("From 2026-11-20T12:00:00Z to this check (0 d 2 h 0 min)"))
    let before = Self.texts(
      try Self.json(Self.report(verification, at: SampleBundle.now - 60)), 7)
    #expect(before.contains("is later than this check: a clock is wrong"))
  }

  @Test func aRedactedCopyTellsWhatIsGoneAndWhoDecided() throws {
    var sample = try SampleBundle([("a.txt", "one two three"), ("b.txt", "four")])
    let item = try sample.number("a.txt")
    try sample.redact([
      Cut(item: item, part: .content(2..<3), code: "TS", rule: 1, basis: "art. 1", shown: nil)
    ])
    let json = try Self.json(Self.report(try sample.verified().verification, in: .german))
    let redaction = Self.texts(json, 9)
    #expect(redaction.contains("Geschäftsgeheimnis") && redaction.contains("\"bea\""))
    #expect(!String(decoding: json.canonicalBytes, as: UTF8.self).contains("one two three"))
  }

  @Test func aLongTableKeepsEveryRowThatIsWrong() throws {
    var verification = try SampleBundle([("a.txt", "one")]).verified().verification
    let good = (0..<6000).map { Check(id: "item.\($0)", result: .pass, detail: "good \($0)") }
    verification.checks = good + [Check(id: "item.9", result: .fail, detail: "the bad one")]
    let report = Self.report(verification)
    #expect(report.html.contains("the bad one") && report.html.contains("1001 further rows"))
    #expect(report.text.contains("the bad one") && !report.html.contains("good 5999"))
    #expect(try Self.texts(Self.json(report), 2).contains("good 5999"))
    #expect(report.htmlForPDF.contains("the bad one") && !report.htmlForPDF.contains("good 1000"))
  }

  @Test func aHundredThousandFailuresFitOnAPageToo() throws {
    var verification = try SampleBundle([("a.txt", "one")]).verified().verification
    verification.verdict = .notVerified
    verification.checks = (0..<100_000).map {
      Check(id: "item.\($0)", result: .fail, detail: "bad \($0)")
    }
    let report = Self.report(verification)
    #expect(report.html.utf8.count < 4 << 20 && report.text.utf8.count < 4 << 20)
    #expect(report.html.contains("95000 further rows are left out here, some of them about"))
    #expect(report.htmlForPDF.utf8.count < 1 << 20)
  }

  @Test func whatOthersWroteCanNeitherBeLongerThanAPageNorFillIn() throws {
    var verification = try SampleBundle([("a.txt", "one")]).verified().verification
    let long = String(repeating: "x", count: 100_000)
    verification.checks.append(Check(id: "x", result: .warn, detail: long + "%1 {verdict}"))
    let report = Self.report(verification)
    #expect(report.html.utf8.count < 200_000 && report.text.utf8.count < 200_000)
    #expect(report.html.contains("… [100012]"))
  }
}
