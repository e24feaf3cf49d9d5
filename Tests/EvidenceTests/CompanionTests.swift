import CanonicalJSON
import Evidence
import Foundation
import Redaction
import Testing

/// What a cut in a companion forces, and that the result verifies. No decoder is needed: the
/// companions are made here.
struct CompanionTests {
  @Test func aCompanionNamesItsOriginalWhereverThatStands() throws {
    let sample = try CompanionSample.shared.get()
    for _ in 0..<6 {
      let bytes = try sample.seal()
      let (result, token) = judge(bytes, sample.trust)
      #expect(result.verdict == .verified, "\(result.summary)")
      let bundle = try #require(token)
      let numbers = bundle.numbers
      for name in CompanionSample.companionNames {
        let item = try #require(result.items.first { $0.name == name })
        let value = try #require(item.headers["derived-from"])
        let derivation = try #require(Derivation(value.utf8))
        #expect(derivation.original == numbers["x.pdf"])
        #expect(derivation.version == "1")
        #expect(derivation.page == (name.contains("001") ? 1 : 2))
        #expect(item.headers["acquired-at"] == nil)
      }
      #expect(result.items.first { $0.name == "x.pdf" }?.headers["acquired-at"] != nil)
    }
  }

  @Test func aCompanionWithoutOriginalIsRefused() throws {
    let sample = try CompanionSample.shared.get()
    let alone = try sample.sources().filter { $0.companion != nil }
    #expect(throws: EvidenceError.noOriginal(alone[0].name)) { try sample.node.seal(alone) }
  }

  @Test func wordsTakeTheirTilesAndTheOriginal() throws {
    let step = try CompanionStep()
    let row = step.rowOfSecondWord
    let cuts = try step.complete([step.cut("words 1", row..<row + 1, "PD-NAME", 3)])
    // The word stands at 40…55 × 20…29: the tiles 2…3 × 1 of 5 × 4.
    #expect(
      cuts == [
        step.cut("words 1", row..<row + 1, "PD-NAME", 3),
        step.matched("tiles 1", 8..<10, "PD-NAME", 3),
      ] + [0, 2, 4, 6, 8, 10].map { step.matched("words 1", 28 + $0..<29 + $0, "PD-NAME", 3) }
        + [Cut(item: step.number("x.pdf"), part: .all, code: "DER", rule: 0, basis: "law 3")])
  }

  @Test func tilesTakeTheWordsThatTouchThemAndAllTilesOfThose() throws {
    let step = try CompanionStep()
    // Tile 3 × 1 holds only the end of the second word.
    let cuts = try step.complete([step.cut("tiles 1", 9..<10, "SC", 2)])
    #expect(
      cuts.filter { $0.item == step.number("tiles 1") }.map(\.part) == [
        .content(9..<10), .content(8..<9),
      ])
    let words = cuts.filter { $0.item == step.number("words 1") }
    #expect(words.map(\.part) == stride(from: 28, to: 42, by: 2).map { .content($0..<$0 + 1) })
    #expect(Set(words.map(\.code)) == ["SC"] && Set(words.map(\.rule)) == [0])
    #expect(
      cuts.last
        == Cut(
          item: step.number("x.pdf"), part: .all, code: "DER", rule: 0, basis: "law 2"))
    #expect(!cuts.contains { [step.number("words 2"), step.number("tiles 2")].contains($0.item) })
  }

  /// What touches no word could be anything to a verifier.
  @Test func anEmptyTileTakesAllWordsOfItsPage() throws {
    let step = try CompanionStep()
    let cuts = try step.complete([step.cut("tiles 1", 20..<21, "SC", 2)])
    #expect(
      Array(cuts.dropFirst())
        == ["words 1", "x.pdf"].map {
          Cut(item: step.number($0), part: .all, code: "DER", rule: 0, basis: "law 2")
        })
  }

  @Test func aWholeSiblingTakesTheOtherOfItsPage() throws {
    let step = try CompanionStep()
    for (one, other) in [("tiles 1", "words 1"), ("words 1", "tiles 1")] {
      let whole = Cut(item: step.number(one), part: .all, code: "INF", rule: 1, basis: "law 1")
      let cuts = try step.complete([whole])
      #expect(cuts.count == 3)
      for name in [other, "x.pdf"] {
        #expect(
          cuts.contains(
            Cut(item: step.number(name), part: .all, code: "DER", rule: 0, basis: "law 1")))
      }
    }
  }

  @Test func aPicturesHeaderTakesThePictureWhole() throws {
    let step = try CompanionStep()
    let cuts = try step.complete([step.cut("tiles 2", 0..<2, "TS", 4)])
    #expect(
      cuts.contains(
        Cut(item: step.number("tiles 2"), part: .all, code: "TS", rule: 4, basis: "law 4")))
    #expect(
      cuts.contains(
        Cut(item: step.number("words 2"), part: .all, code: "DER", rule: 0, basis: "law 4")))
  }

  @Test func aRuleThatTakesTheOriginalTakesItsCompanions() throws {
    let step = try CompanionStep()
    let whole = Cut(item: step.number("x.pdf"), part: .all, code: "INF", rule: 5, basis: "law 5")
    let cuts = try step.complete([whole])
    #expect(Set(cuts.map(\.item)) == Set(step.numbers.filter { $0.key != "other.txt" }.values))
    #expect(cuts.allSatisfy { $0.part == .all && $0.code == "INF" })
    #expect(cuts.filter { $0.rule != 0 } == [whole])
    #expect(try step.complete([whole], metadataOnly: [step.number("x.pdf")]) == [whole])
    #expect(try step.complete([whole], metadataOnly: [step.number("other.txt")]).count == 5)
  }

  /// Cuts that nobody completed with what companions force, as a caller of the library may make them.
  @Test func aCopyThatStillShowsWhatGoesIsNeverBegun() throws {
    let step = try CompanionStep()
    let original = Cut(item: step.number("x.pdf"), part: .all, code: "DER", rule: 0, basis: "law")
    let words = step.cut("words 1", 12..<13, "PD-NAME", 1)
    func fault(_ cuts: [Cut], _ name: String) -> RedactionError? {
      #expect(throws: RedactionError.self, "\(name)") { try step.redactAsTheyAre(cuts) }
      do { _ = try step.redactAsTheyAre(cuts) } catch { return error as? RedactionError }
      return nil
    }
    #expect(
      fault([words], "original")
        == .companions(
          .originalDisclosed(original: step.number("x.pdf")), item: step.number("words 1")))
    #expect(
      fault([words, original], "sibling")
        == .companions(
          .siblingDisclosed(sibling: step.number("tiles 1")), item: step.number("words 1")))
    let all = try step.redactAsTheyAre(
      [words, original, step.cut("tiles 1", 8..<9, "PD-NAME", 1)])
    #expect(try judge(all, CompanionSample.shared.get().trust).0.verdict == .verifiedRedacted)
  }

  @Test func otherItemsForceNothing() throws {
    let step = try CompanionStep()
    let cut = step.cut("other.txt", 0..<1, "PD-NAME", 1)
    #expect(try step.complete([cut]) == [cut])
    let header = Cut(
      item: step.number("tiles 1"), part: .header(0..<1), code: "OTH", rule: 1, basis: "-")
    #expect(try step.complete([header]) == [header])
  }

  @Test func brokenWordsGoWhole() throws {
    let sample = try CompanionSample.shared.get()
    for words in CompanionSample.brokenWords {
      let step = try CompanionStep(sample.seal(words: words))
      let cuts = try step.complete([step.cut("tiles 1", 9..<10, "SC", 2)])
      #expect(
        cuts.contains(
          Cut(item: step.number("words 1"), part: .all, code: "DER", rule: 0, basis: "law 2")),
        "\(words)")
    }
  }

  @Test func twoStepsBringPageAndWordsToOneState() throws {
    let sample = try CompanionSample.shared.get()
    let first = try sample.node.redact(
      SampleWorld.token(sample.sealed, sample.trust),
      """
      rules:
        - item: "x.pdf.page-001.words.csv"
          match: Quaresma
          code: PD-NAME
          basis: "law"
      """)
    var (result, token) = judge(first, sample.trust)
    #expect(result.verdict == .verifiedRedacted, "\(result.summary)")
    let once = try SampleParts(first)
    let words = String(
      decoding: try once.bytes(once.item("x.pdf.page-001.words.csv")), as: UTF8.self)
    #expect(!words.contains("Quaresma") && words.contains("Rita"))
    #expect(words.contains("[REDACTED PD-NAME],[REDACTED PD-NAME],[REDACTED PD-NAME]"))
    #expect(once.numbers["x.pdf"] == nil)
    #expect(!first.contains(Array(CompanionSample.secretOfOriginal.utf8)))
    // On the second page it is an area, which takes the word under it.
    let second = try sample.node.redact(
      #require(token),
      """
      rules:
        - item: "x.pdf.page-002.tiff"
          areas: [{page: 2, x: 36, y: 3, width: 4, height: 1}]
          code: SC
          basis: "law"
        - item: "x.pdf.page-001.words.csv"
          match: Rita
          code: PD-NAME
      """)
    (result, token) = judge(second, sample.trust)
    #expect(result.verdict == .verifiedRedacted, "\(result.summary)")
    let twice = try SampleParts(second)
    let picture = try twice.bytes(twice.item("x.pdf.page-002.tiff"))
    #expect(!picture.contains(Array("SECRETPIXELS".utf8)))
    #expect(picture.contains([UInt8](repeating: 118, count: Tile.byteCount)))
    let page = String(
      decoding: try twice.bytes(twice.item("x.pdf.page-002.words.csv")), as: UTF8.self)
    #expect(!page.contains("diagnosis") && page.contains("harmless"))
  }
}

extension VerifiedBundle {
  /// Items by name.
  var numbers: [String: Int] {
    Dictionary(
      verification.items.compactMap { item in item.name.map { ($0, item.number) } },
      uniquingKeysWith: { first, _ in first })
  }
}

extension [UInt8] {
  fileprivate func contains(_ other: [UInt8]) -> Bool {
    Data(self).firstRange(of: Data(other)) != nil
  }
}

/// A verified bundle with companions, and cuts in it by short names.
private struct CompanionStep {
  let token: VerifiedBundle
  let numbers: [String: Int]
  /// The leaf of the second word's text.
  let rowOfSecondWord: UInt64 = 2 * 14 + 12

  init(_ bytes: [UInt8]? = nil) throws {
    let sample = try CompanionSample.shared.get()
    token = try SampleWorld.token(bytes ?? sample.sealed, sample.trust)
    var numbers: [String: Int] = [:]
    for (name, number) in token.numbers {
      let short = name.replacing("x.pdf.page-00", with: "").replacing(".words.csv", with: " words")
      let words = short.replacing(".tiff", with: " tiles").split(separator: " ")
      numbers[words.count == 2 ? "\(words[1]) \(words[0])" : name] = number
    }
    self.numbers = numbers
  }

  func number(_ name: String) -> Int { numbers[name] ?? 0 }

  func cut(_ name: String, _ range: Range<UInt64>, _ code: String, _ rule: UInt64) -> Cut {
    Cut(item: number(name), part: .content(range), code: code, rule: rule, basis: "law \(rule)")
  }

  /// What is cut because it stands for the same as another's cut by this rule.
  func matched(_ name: String, _ range: Range<UInt64>, _ code: String, _ rule: UInt64) -> Cut {
    Cut(item: number(name), part: .content(range), code: code, rule: 0, basis: "law \(rule)")
  }

  /// Completes the cuts, and makes sure that a record can hold them.
  func complete(_ cuts: [Cut], metadataOnly: Set<Int> = []) throws -> [Cut] {
    let completed = try completeCompanions(
      cuts, in: token.bundle, items: token.verification.items, metadataOnly: metadataOnly)
    let all = try completeCuts(completed, view: token.bundle.view) {
      try token.bundle.head(ofItem: $0)
    }
    #expect(Set(all.map(\.item)) == Set(completed.map(\.item)))
    return completed
  }

  /// Redacts by these cuts, completed item by item and no further.
  func redactAsTheyAre(_ cuts: [Cut]) throws -> [UInt8] {
    let completed = try completeCuts(cuts, view: token.bundle.view) {
      try token.bundle.head(ofItem: $0)
    }
    return try CompanionSample.shared.get().node.redact(
      token, RedactionProposal(cuts: completed), approver: "approver")
  }
}

/// A document that is none, with two pages beside it.
struct CompanionSample: Sendable {
  static let shared = Result { try CompanionSample() }
  static let companionNames = [
    "x.pdf.page-001.tiff", "x.pdf.page-001.words.csv", "x.pdf.page-002.tiff",
    "x.pdf.page-002.words.csv",
  ]
  static let secretOfOriginal = "%PDF-1.4 stream of Rita Quaresma"

  let node: SampleNode
  let trust: TrustAnchors
  let sealed: [UInt8]

  init() throws {
    node = try SampleNode("pt-ipcu")
    trust = TrustAnchors([node])
    sealed = try node.seal(Self.sources(words: Self.words)).bytes
  }

  func seal(
    words: String? = nil, original: String = "x.pdf", content: [UInt8]? = nil
  ) throws -> [UInt8] {
    var sources = try Self.sources(words: words ?? Self.words, original: original)
    if let content { sources[0] = SourceItem(original, content) }
    return try node.seal(sources).bytes
  }

  func sources() throws -> [SourceItem] { try Self.sources(words: Self.words) }

  static let words =
    PageWord.headerRow
    + [
      PageWord(
        page: 1, line: 1, box: PixelArea(x: 2, y: 20, width: 20, height: 10), text: "Rita"),
      PageWord(
        page: 1, line: 1, box: PixelArea(x: 40, y: 20, width: 16, height: 10), text: "Quaresma"),
      PageWord(
        page: 1, line: 2, box: PixelArea(x: 2, y: 50, width: 60, height: 10), text: "a, \"b\""),
    ].map(\.row).joined()

  static let wordsOfPage2 =
    PageWord.headerRow
    + [
      PageWord(
        page: 2, line: 1, box: PixelArea(x: 30, y: 2, width: 40, height: 4), text: "diagnosis"),
      PageWord(
        page: 2, line: 1, box: PixelArea(x: 2, y: 40, width: 9, height: 4), text: "harmless"),
    ].map(\.row).joined()

  /// Each is CSV, and none is words of page 1.
  static let brokenWords = [
    words.replacing("page,line", with: "line,page"), words.replacing("1,1,40", with: "2,1,40"),
    words.replacing("1,1,40", with: "1,1,x"), words.replacing("1,1,40", with: "1,1,040"),
    words.replacing("1,1,40,20,16,10,", with: "1,1,40,20,16,"), words + "1,1,1,1,1\n",
    words + "1,2,3,4,5,6,no line end", words.replacing("1,1,40", with: "1,1,99999999999"),
    words.replacing("\n", with: "\r\n"), "",
  ]

  static func sources(words: String, original: String = "x.pdf") throws -> [SourceItem] {
    guard let grid = TileGrid(width: 80, height: 64) else { return [] }
    let plain = try picture(grid) { x, y in [UInt8(x), UInt8(y), 200] }
    let text = Array("SECRETPIXELS".utf8)
    // The letters stand as samples in four pixels of tile 2 × 0.
    let marked = try picture(grid) { x, y in
      y == 3 && (36..<40).contains(x) ? Array(text[3 * Int(x - 36)..<3 * Int(x - 35)]) : [9, 9, 9]
    }
    return [
      SourceItem(original, Array((secretOfOriginal + String(repeating: "x", count: 300)).utf8)),
      SourceItem("other.txt", Array("nothing to see\n".utf8)),
      companion(original, "001.tiff", 1, plain.bytes, .tiles(header: UInt32(plain.header))),
      companion(original, "001.words.csv", 1, Array(words.utf8), .csv),
      companion(original, "002.tiff", 2, marked.bytes, .tiles(header: UInt32(marked.header))),
      companion(original, "002.words.csv", 2, Array(wordsOfPage2.utf8), .csv),
    ]
  }

  private static func companion(
    _ original: String, _ suffix: String, _ page: Int, _ bytes: [UInt8], _ cutting: Cutting
  ) -> SourceItem {
    let isWords = cutting == .csv
    let plain = SourceItem(original + ".page-" + suffix, bytes)
    return SourceItem(
      name: plain.name, size: plain.size, modified: nil,
      companion: CompanionSource(
        original: original, mediaType: isWords ? "text/csv" : "image/tiff", cutting: cutting,
        tool: isWords ? Derivation.pageWords : Derivation.pageTiles,
        parameters: [
          Derivation.Parameter("page", String(page)), Derivation.Parameter("pages", "2"),
        ]), open: plain.open, checkUnchanged: {})
  }
}
