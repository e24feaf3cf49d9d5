import Evidence
import Testing

/// Reports of items come out of their row as they went in.
@Suite struct ItemReportsTests {
  @Test func everyReportIsWhatItWas() {
    let digest = String(repeating: "0a", count: 32)
    var reports: [ItemReport] = []
    for number in 1...2000 {
      var report = ItemReport(
        number: number, state: [.disclosed, .partial, .withheld][number % 3])
      report.headers = [
        "acquired-at": "2026-11-20T11:00:00Z", "size": String(number),
        // More values than are kept once, and two that a String takes for one.
        "acquired-source": "disk \(number % 900)", "class": number % 2 == 0 ? "é" : "e\u{301}",
      ]
      if number % 2 == 0 { report.headers["name"] = "folder/naïve \(number).txt" }
      if number % 5 != 0 { report.headers["key \(number)"] = String(repeating: "v", count: number) }
      if number % 7 != 0 { report.sha256 = digest }
      if number % 4 == 0 { report.headers["sha256"] = digest }
      if number % 13 == 0 { report.headers["sha256"] = "" }
      switch number % 3 {
      case 0: report.path = nil
      case 1: report.path = "elsewhere/\(number)"
      default:
        report.path =
          "items/" + String(repeating: "0", count: 4 - "\(number)".count)
          + "\(number)" + (report.name == nil ? "" : "-na-ve-\(number).txt")
      }
      if number % 6 != 0 { report.size = number % 12 == 1 ? .max : UInt64(number) << 20 }
      report.withheldLeaves = UInt64(number) * 77
      if number % 100 == 0 { report.failures = ["one", "another"] }
      reports.append(report)
    }
    let kept = ItemReports(reports)
    #expect(kept.count == reports.count)
    for (one, other) in zip(kept, reports) {
      #expect(one == other)
      for (key, value) in other.headers {
        #expect(one.headers[key]?.utf8.elementsEqual(value.utf8) == true)
      }
    }
    for (place, report) in reports.enumerated() {
      for key in ["name", "sha256", "size", "acquired-source", "key \(place + 1)", "none"] {
        #expect(kept.header(key, ofItemAt: place) == report.headers[key], "\(key) \(place)")
      }
    }
    #expect(kept.count(of: .partial) == reports.count { $0.state == .partial })
    #expect(kept == ItemReports(reports))
    #expect(kept != ItemReports(reports.dropLast()))
    #expect(ItemReports().isEmpty)
  }

  /// Every item that failed says so; why is kept of the first thousand.
  @Test func veryManyFailuresAreNotAllKept() {
    let reports = (1...3000).map { number in
      var report = ItemReport(number: number, state: .disclosed)
      if number % 2 == 0 { report.failures = ["reason \(number)"] }
      return report
    }
    let kept = ItemReports(reports)
    #expect(kept.map(\.failures.isEmpty) == reports.map(\.failures.isEmpty))
    #expect(kept[1999].failures == ["reason 2000"])
    #expect(kept[2001].failures.count == 1 && kept[2001].failures != reports[2001].failures)
  }
}
