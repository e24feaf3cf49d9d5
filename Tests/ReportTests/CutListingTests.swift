import CanonicalJSON
import Evidence
import Redaction
import Report
import Testing

/// Where cuts lie and what stands there, before a redaction and after it.
struct CutListingTests {
  private static let table = "no,na\"me,\"e,mail\"\r\n1,Ana,a@x.test\r\n2,\"Bo\nB\",\"\"\r\n"
  private static let document = "{\"a\": [1, {\"b/c\": \"x~y\"}], \"d\": \"z\"}\n"
  private static let text = "one Ana\ntwo\nthree Ção four\n"

  private static func sample() throws -> SampleBundle {
    try SampleBundle([
      ("t.csv", table), ("d.json", document), ("t.txt", text),
      ("l.ndjson", "{\"k\":1}\n{\"k\":[2,3]}\n"),
      ("b.bin", String(repeating: "\u{0}x", count: 100)),
      ("whole.txt", "gone"),
    ])
  }

  private static func cut(_ item: Int, _ leaves: Range<UInt64>) -> Cut {
    Cut(item: item, part: .content(leaves), code: "TS", rule: 1, basis: "-")
  }

  /// The words of the place of a cut before it is made, and of its row in the log afterwards.
  private func places(_ name: String, _ leaves: Range<UInt64>) throws -> (String?, String?) {
    var sample = try Self.sample()
    let cut = Self.cut(try sample.number(name), leaves)
    let listing = try CutListing([cut], of: sample.verified())
    try sample.redact([cut])
    let verified = try sample.verified()
    let log = RedactionLog(
      verified.verification, bundle: verified.bundle, path: "b", at: SampleBundle.now)
    return (
      listing.cuts.first?.place["words"]?.string,
      log.rows.first { $0.cut.part == cut.part }?.place.words
    )
  }

  @Test(
    arguments: [
      (8, "row 2, column \"na\"me\""), (10, "row 2, column \"e,mail\""),
      (12, "row 3, column \"no\""),
      (16, "row 3, column \"e,mail\""), (0, "row 1, column 1"), (4, "row 1, column 3"),
    ] as [(UInt64, String)])
  func cellsAreToldByRowAndColumn(_ leaf: UInt64, _ words: String) throws {
    let found = try places("t.csv", leaf..<leaf + 1)
    #expect(found.0 == words)
    #expect(found.1 == words)
  }

  @Test(
    arguments: [
      (1, "a key in the document"), (3, "/a/0"), (5, "a key in /a/1"), (7, "/a/1/b~1c"),
      (9, "a key in the document"), (11, "/d"),
    ] as [(UInt64, String)])
  func valuesAreToldByPointer(_ leaf: UInt64, _ words: String) throws {
    let found = try places("d.json", leaf..<leaf + 1)
    #expect(found.0 == words)
    #expect(found.1 == words)
  }

  @Test func belowAWithheldKeyThereIsNoPointer() throws {
    var sample = try Self.sample()
    let item = try sample.number("d.json")
    try sample.redact([Self.cut(item, 5..<6), Self.cut(item, 7..<8)])
    let verified = try sample.verified()
    let log = RedactionLog(
      verified.verification, bundle: verified.bundle, path: "b", at: SampleBundle.now)
    #expect(log.rows.map(\.place.words).contains("line 1"))
    #expect(!log.rows.map(\.place.words).contains { $0.contains("b~1c") })
  }

  @Test func eachLineOfAFileOfLinesIsADocument() throws {
    // { "k" : 1 }\n{ "k" :[ 2 , 3 ]}\n
    #expect(try places("l.ndjson", 7..<8) == ("line 2, /k/0", "line 2, /k/0"))
    #expect(try places("l.ndjson", 3..<4) == ("line 1, /k", "line 1, /k"))
  }

  @Test func textIsToldByLinesAndGridsByBytes() throws {
    #expect(try places("t.txt", 2..<3) == ("line 1", "line 1"))
    #expect(try places("t.txt", 2..<7).0 == "lines 1–3")
    #expect(try places("b.bin", 1..<2) == ("bytes 64–127", "bytes 64–127"))
    #expect(try places("b.bin", 3..<4).0 == "bytes 192–199")
  }

  @Test func contextsShowWhatStandsAround() throws {
    let sample = try Self.sample()
    let verified = try sample.verified()
    let text = try sample.number("t.txt")
    let one = try #require(
      try CutListing([Self.cut(text, 8..<9)], of: verified).cuts.first?.context)
    #expect(one.marked == "one Ana␊two␊three ⟦Ção⟧ four␊")
    let table = try sample.number("t.csv")
    let empty = try #require(try CutListing([Self.cut(table, 16..<17)], of: verified).cuts.first)
    #expect(empty.context?.cut == "\"\"")
    let grid = try sample.number("b.bin")
    let binary = try #require(
      try CutListing([Self.cut(grid, 1..<2)], of: verified).cuts.first?.context)
    #expect(binary.isHexadecimal)
    #expect(binary.before == "00 78 00 78 00 78 00 78 ")
    #expect(binary.cut.hasPrefix("00 78 ") && binary.cut.hasSuffix(" … and 40 bytes more"))
  }

  @Test func longCutsAndLinesAreCutOffAtScalars() throws {
    let sample = try SampleBundle([
      (
        "a.txt",
        String(repeating: "é", count: 100) + " " + String(repeating: "王", count: 200) + " z"
      )
    ])
    let listing = try CutListing([Self.cut(1, 2..<3)], of: sample.verified())
    let context = try #require(listing.cuts.first?.context)
    #expect(context.before == "…" + String(repeating: "é", count: 23) + " ")
    #expect(context.cut == String(repeating: "王", count: 80) + "… and 360 bytes more")
    #expect(context.after == " z")
  }

  @Test func cutsOfWhatIsNotThereAreErrors() throws {
    let verified = try Self.sample().verified()
    for cut in [Self.cut(99, 0..<1), Self.cut(1, 1000..<1001), Self.cut(0, 0..<1)] {
      #expect(throws: RedactionError.account(.outside, item: cut.item)) {
        try CutListing([cut], of: verified)
      }
    }
  }

  @Test func wholeItemsAndForcedFactsAreListed() throws {
    let sample = try Self.sample()
    let verified = try sample.verified()
    let number = try sample.number("t.txt")
    let whole = Cut(
      item: try sample.number("whole.txt"), part: .all, code: "INF", rule: 2, basis: "-")
    let cuts = try completeCuts([Self.cut(number, 2..<3), whole], for: verified)
    let listing = try CutListing(cuts, of: verified)
    #expect(listing.cuts.map(\.number) == Array(1...cuts.count))
    #expect(listing.cuts.count { $0.isForced } == cuts.count { $0.code == "DER" })
    #expect(listing.countsByCode["INF"] == 1)
    #expect(listing.text.contains("the whole item  INF  rule 2"))
    #expect(listing.text.contains("facts about the file: "))
  }
}
