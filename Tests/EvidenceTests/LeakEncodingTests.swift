import Evidence
import Foundation
import Testing

/// Values that Python has planted in every encoding and every kind of file are all found, and
/// nothing else is.
struct LeakEncodingTests {
  @Test(.enabled(if: hasPython)) func everyEncodingIsFoundInEveryPlace() throws {
    let folder = try SampleFolder()
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("leak_samples.py").path
    try python([script, folder.path])
    let sample = try LeakSample(
      folder.files(in: "case"),
      policy: """
        rules:
          - item: people.csv
            columns: [secret]
            code: PD-NAME
          - item: statement.txt
            all: true
            code: INF
        """)
    let report = try sample.report()
    let lines = try String(contentsOfFile: folder.path + "/expected.tsv", encoding: .utf8)
      .split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
    #expect(lines.count > 650)
    var expected: Set<String> = []
    for line in lines {
      let name = String(line[0])
      // This one's name is that of a withheld item, and so isn't told.
      expected.insert(name)
      let hits = report.leaks.filter { $0.name == name }
      #expect(!hits.isEmpty, "\(name) was missed")
      #expect(hits.contains { line[1].isEmpty || $0.encoding.contains(line[1]) }, "\(name)")
    }
    for hit in report.leaks {
      #expect(hit.name.map(expected.contains) == true, "\(hit.label) \(hit.encoding)")
    }
    #expect(report.gaps.isEmpty && report.furtherHits == 0)
    for hit in report.hits {
      #expect(!"\(hit)".contains("Quist") && !"\(hit)".contains("statement.txt"))
    }
  }
}
