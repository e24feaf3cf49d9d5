import Evidence
import Foundation
import Redaction
import Testing

/// What a policy's rules about originals find in their companions, and what is kept for a case.
struct ProposeTests {
  private let sample: CompanionSample
  private let token: VerifiedBundle

  init() throws {
    sample = try CompanionSample.shared.get()
    token = try SampleWorld.token(sample.sealed, sample.trust)
  }

  private func propose(_ rules: String, for other: VerifiedBundle? = nil) throws
    -> RedactionProposal
  {
    try Evidence.propose(
      Policy(yaml: Array("rules: [\(rules)]".utf8)), for: other ?? token)
  }

  /// The cuts of an item that a rule made itself.
  private func cuts(_ proposal: RedactionProposal, _ name: String) -> [Cut] {
    proposal.cuts.filter { $0.item == token.numbers[name] && $0.code != "DER" }
  }

  private func problems(_ proposal: RedactionProposal) -> [FindProblem] {
    proposal.outcome.rules.flatMap(\.problems).map(\.problem).filter {
      if case .nothingFound = $0 { false } else { true }
    }
  }

  @Test func findersLookAtThePagesOfADocument() throws {
    let proposal = try propose("{item: x.pdf, code: PD-NAME, terms: [Quaresma], show: initials}")
    let words = cuts(proposal, "x.pdf.page-001.words.csv")
    #expect(words.map(\.part) == stride(from: 28, to: 42, by: 2).map { .content($0..<$0 + 1) })
    #expect(cuts(proposal, "x.pdf.page-001.tiff").map(\.part) == [.content(8..<10)])
    #expect(proposal.cuts.contains { $0.item == token.numbers["x.pdf"] && $0.part == .all })
    #expect(proposal.outcome.rules.map(\.itemCount) == [1])
    #expect(proposal.outcome.rules.map(\.matchCount) == [1])
    #expect(!proposal.outcome.foundNothing && problems(proposal).isEmpty)
  }

  /// The original's bytes hold the name too, but its words say what is to be read.
  @Test func theBytesOfADocumentWithPagesArentSearched() throws {
    let proposal = try propose("{item: x.pdf, code: PD-NAME, match: stream}")
    #expect(proposal.cuts.isEmpty && proposal.outcome.foundNothing)
    #expect(proposal.outcome.idle == [1] && problems(proposal).isEmpty)
  }

  @Test func aDocumentWithoutPagesIsSearchedAndThatIsSaid() throws {
    let bytes = try sample.node.seal([SourceItem("y.pdf", Array("%PDF-1.4 of Rita".utf8))]).bytes
    let other = try SampleWorld.token(bytes, sample.trust)
    let proposal = try propose("{item: y.pdf, code: PD-NAME, terms: [Rita]}", for: other)
    #expect(proposal.cuts.count { $0.code == "PD-NAME" } == 1)
    #expect(problems(proposal) == [.onlyBytesSearched(rule: 1)])
    #expect(FindProblem.onlyBytesSearched(rule: 1).weight == .note)
  }

  /// RTF is text of its own; of what is neither that nor ZIP only the pages are searched.
  @Test func whatCannotBeSearchedInAnOfficeFileIsSaid() throws {
    for (name, isText) in [("x.docx", false), ("x.xls", false), ("x.ppt", false), ("x.rtf", true)] {
      let other = try SampleWorld.token(sample.seal(original: name), sample.trust)
      let proposal = try propose("{item: \(name), code: PD-NAME, terms: [Quaresma]}", for: other)
      #expect(problems(proposal) == (isText ? [] : [.partsNotSearched(rule: 1)]), "\(name)")
      #expect(proposal.cuts.contains { $0.item == other.numbers[name] && $0.part == .all })
      let own = try propose("{item: \(name), code: PD-NAME, match: stream}", for: other)
      #expect(own.cuts.contains { $0.item == other.numbers[name] } == isText, "\(name)")
    }
    #expect(FindProblem.partsNotSearched(rule: 1).weight == .note)
  }

  /// A comment, or a cell that is cut off, stands on no page: the file goes whole, and its pages stay.
  @Test func anOfficeFileGoesWholeForWhatItsPagesDontShow() throws {
    let part = ("word/comments.xml", Array("<w:t>from an informant</w:t>".utf8))
    for name in ["x.docx", "x.ods"] {
      let other = try SampleWorld.token(
        sample.seal(original: name, content: packed([part], deflated: true)), sample.trust)
      let found = try propose("{item: \(name), code: INF, match: informant}", for: other)
      #expect(found.cuts.map(\.item) == [other.numbers[name]], "\(name)")
      #expect(found.cuts.map(\.part) == [.all] && found.cuts.map(\.code) == ["INF"])
      #expect(problems(found) == (name == "x.ods" ? [.cellsCutOff(rule: 1)] : []))
      let copy = try sample.node.redact(other, found, approver: "approver")
      let (result, _) = judge(copy, sample.trust)
      #expect(result.verdict == .verifiedRedacted, "\(result.summary)")
      let none = try propose("{item: \(name), code: INF, match: nobody}", for: other)
      #expect(none.cuts.isEmpty && problems(none).isEmpty)
    }
  }

  @Test func anOfficeFileWithoutPagesIsSearchedToo() throws {
    let part = ("xl/sharedStrings.xml", Array("<si><t>Rita</t></si>".utf8))
    let bytes = try sample.node.seal([SourceItem("y.xlsx", packed([part], deflated: true))]).bytes
    let other = try SampleWorld.token(bytes, sample.trust)
    let found = try propose("{item: y.xlsx, code: PD-NAME, terms: [Rita]}", for: other)
    #expect(found.cuts.map(\.part) == [.all] && found.cuts.map(\.code) == ["PD-NAME"])
    let area = "{x: 0, y: 0, width: 9, height: 9}"
    let whole = try propose("{item: y.xlsx, code: SC, areas: [\(area)]}", for: other)
    #expect(whole.cuts.map(\.part) == [.all] && problems(whole) == [.wholeForAreas(rule: 1)])
  }

  @Test func areasTakeTilesOfTheirPage() throws {
    let area = "{x: 40, y: 20, width: 16, height: 10}"
    let proposal = try propose("{item: x.pdf, code: SC, areas: [\(area)], show: 'a face'}")
    #expect(
      cuts(proposal, "x.pdf.page-001.tiff")
        == [
          Cut(
            item: token.numbers["x.pdf.page-001.tiff"] ?? 0, part: .content(8..<10), code: "SC",
            rule: 1, basis: "-", shown: "a face")
        ])
    #expect(problems(proposal).isEmpty && proposal.outcome.rules.map(\.leafCount) == [2])
    let shares = try propose(
      "{item: x.pdf, code: SC, areas: [{page: 2, x: '50%', y: '25%', width: '20%', height: 10}]}")
    #expect(cuts(shares, "x.pdf.page-001.tiff").isEmpty)
    #expect(cuts(shares, "x.pdf.page-002.tiff").map(\.part) == [.content(8..<10)])
    let own = try propose("{item: x.pdf.page-001.tiff, code: SC, areas: [\(area)]}")
    #expect(cuts(own, "x.pdf.page-001.tiff").map(\.part) == [.content(8..<10)])
  }

  @Test func whatAreasCannotDoIsSaid() throws {
    let area = "x: 0, y: 0, width: 9, height: 9"
    #expect(
      try problems(propose("{item: x.pdf, code: SC, areas: [{page: 3, \(area)}]}")) == [
        .pageMissing(rule: 1, page: 3)
      ])
    #expect(
      try problems(propose("{item: other.txt, code: SC, areas: [{\(area)}]}")) == [
        .notAPicture(rule: 1)
      ])
    let outside = try problems(
      propose("{item: x.pdf, code: SC, areas: [{x: 80, y: 0, width: 9, height: 9}]}"))
    #expect(outside == [.areaOutside(rule: 1, area: "page 1, 80 0 9 9")])
    #expect(
      try problems(propose("{item: x.pdf, code: SC, areas: [{page: 3, \(area)}], optional: true}"))
        == [])
  }

  @Test func aSecondStepTakesOnlyWhatIsThere() throws {
    let area = "areas: [{x: 40, y: 20, width: 16, height: 10}]"
    let first = try sample.node.redact(
      token, "rules: [{item: x.pdf, code: SC, \(area)}]")
    let again = try SampleWorld.token(first, sample.trust)
    // The original is gone: its companions' names tell what the rule is about.
    let wider = try propose(
      "{item: x.pdf, code: SC, areas: [{x: 40, y: 20, width: 30, height: 10}]}", for: again)
    let number = try #require(again.numbers["x.pdf.page-001.tiff"])
    #expect(
      wider.cuts.filter { $0.item == number && $0.code == "SC" }.map(\.part) == [
        .content(10..<11)
      ])
    #expect(try propose("{item: x.pdf, code: SC, \(area)}", for: again).outcome.foundNothing)
  }

  // MARK: Positions

  /// A TIFF structure whose GPS directory has a latitude.
  private static let position: [UInt8] = [
    0x49, 0x49, 0x2A, 0, 8, 0, 0, 0, 1, 0, 0x25, 0x88, 4, 0, 1, 0, 0, 0, 26, 0, 0, 0, 0, 0, 0, 0,
    1, 0, 2, 0, 5, 0, 3, 0, 0, 0, 44, 0, 0, 0, 0, 0, 0, 0,
  ]

  @Test func aPicturesPositionTakesItWhole() throws {
    let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE1, 0, 60] + Array("Exif\0\0".utf8)
    let bytes = try sample.node.seal([
      SourceItem("a.jpg", jpeg + Self.position), SourceItem("b.jpg", jpeg),
    ]).bytes
    let other = try SampleWorld.token(bytes, sample.trust)
    let proposal = try propose("{item: '*.jpg', code: PD-LOC, detect: [gps]}", for: other)
    #expect(
      proposal.cuts == [
        Cut(item: other.numbers["a.jpg"] ?? 0, part: .all, code: "PD-LOC", rule: 1, basis: "-")
      ])
    #expect(proposal.outcome.rules.map(\.wholeCount) == [1])
  }

  // MARK: Names of values

  @Test func whatAValueIsCalledCounts() throws {
    let rule = "{item: a, code: X, detect: [date-of-birth], show: year}"
    // Far from the word itself.
    let filler = String(repeating: "no,no\n", count: 100)
    let table = try FindSample(
      "sold,birth_date\n\(filler)2020-01-02,1984-03-02\n", rule, "text/csv")
    #expect(table.text == "sold,birth_date\n\(filler)2020-01-02,[1: 1984]\n")
    let json = try FindSample(
      #"{"birthDate":"1984-03-02","x":{"sold":"2020-01-02"}}"#, rule, "application/json")
    #expect(json.text == #"{"birthDate":[1: 1984],"x":{"sold":"2020-01-02"}}"#)
    let within = try FindSample(
      "sold,birth_date\n2020-01-02,1984-03-02\n",
      "{item: a, code: X, columns: [birth_date], detect: [date-of-birth]}", "text/csv")
    #expect(within.text == "sold,birth_date\n2020-01-02,[1]\n")
  }

  // MARK: Labels of a case

  @Test func labelsOfACaseGoOnInTheNextBundle() throws {
    let policy = try Policy(
      yaml: Array(
        "rules: [{item: '*.txt', code: X, match: '(?i)\\w+n', show: pseudonym, scope: case}]".utf8))
    #expect(policy.wantsCasePseudonyms)
    var labels: Pseudonyms? = Pseudonyms(key: (0..<32).map { UInt8($0) })
    func shown(_ text: String) throws -> [String?] {
      let bytes = try sample.node.seal([SourceItem("n.txt", Array(text.utf8))]).bytes
      return try Evidence.propose(
        policy, for: SampleWorld.token(bytes, sample.trust), pseudonyms: &labels
      ).cuts.filter { $0.code == "X" }.map(\.shown)
    }
    #expect(try shown("Jan Bo Ann") == ["PERSON-1", "PERSON-2"])
    let kept = try #require(labels).bytes
    let text = String(decoding: kept, as: UTF8.self)
    #expect(text.split(separator: "\n").count == 4 && !text.contains("Jan"))
    labels = try Pseudonyms(parsing: kept)
    #expect(try shown("Ken ANN jan") == ["PERSON-3", "PERSON-2", "PERSON-1"])
    #expect(throws: FindError.noCasePseudonyms(rule: 1)) {
      let bytes = try sample.node.seal([SourceItem("n.txt", Array("Jan".utf8))]).bytes
      _ = try Evidence.propose(policy, for: SampleWorld.token(bytes, sample.trust))
    }
  }
}
