import Redaction
import Testing

struct SegmentTests {
  /// Content and its leaves, which no leaf's text may hold a `|` in.
  static let vectors: [(Cutting, String, String)] = [
    (.text, "", ""),
    (.text, "Jan Novák, +420", "Jan| |Novák|, +|420"),
    (.text, "a_b", "a|_|b"),
    (.text, "e\u{301}x²Ⅷ٣ \u{20DD}", "e\u{301}x²Ⅷ٣| |\u{20DD}"),
    (.text, "\u{FEFF}一二。😀", "\u{FEFF}|一二|。😀"),
    (.csv, "", ""),
    (.csv, "a,b\nc,d\n", "a|,|b|\n|c|,|d|\n"),
    (.csv, "a,", "a|,|"),
    (.csv, ",", "|,|"),
    (.csv, "\n", "|\n"),
    (.csv, "\r\n\r\n", "|\r\n||\r\n"),
    (.csv, "a\rb\r\nc\r", "a\rb|\r\n|c\r"),
    (.csv, "\"a,\"\"b\"\"\n\",c", "\"a,\"\"b\"\"\n\"|,|c"),
    (.csv, "\"a\"x\"y,z", "\"a\"x\"y|,|z"),
    (.csv, "\"\",\"\"\"\"", "\"\"|,|\"\"\"\""),
    (.csv, "\"a\"\r\n1", "\"a\"|\r\n|1"),
    (.csv, " \"a,b\"", " \"a|,|b\""),
    (.csv, "\u{FEFF}", "\u{FEFF}"),
    (.csv, "\u{FEFF}a,b", "\u{FEFF}a|,|b"),
    (.csv, "\u{FEFF}\"a,b\",\"c\"", "\u{FEFF}\"a,b\"|,|\"c\""),
    (.csv, "\u{FEFF}\r\n\"a,b\"", "\u{FEFF}|\r\n|\"a,b\""),
    (.csv, "a,\u{FEFF}\"b,c\"", "a|,|\u{FEFF}\"b|,|c\""),
    (.csv, "\u{FEC0}\"a,b\"", "\u{FEC0}\"a|,|b\""),
    (.csv, "a\r\n\"b\r\nc\",d,e\r\n\r\nf", "a|\r\n|\"b\r\nc\"|,|d|,|e|\r\n||\r\n|f"),
    (.semicolons, "a,b;\"c;\"\"\n\";\nd", "a,b|;|\"c;\"\"\n\"|;||\n|d"),
    (.semicolons, "\u{FEFF}\"a;b\";", "\u{FEFF}\"a;b\"|;|"),
    (.tabs, "a;b\t\"c\td\"\t\r\n\te,f\n", "a;b|\t|\"c\td\"|\t||\r\n||\t|e,f|\n"),
    (.json, "", ""),
    (.json, "\u{FEFF}{\"a\":1}", "\u{FEFF}|{|\"a\"|:|1|}"),
    (.json, "\u{FEFF}\"a\"", "\u{FEFF}|\"a\""),
    (.json, "{\"k\\\"\": [1, -3e2,null]}\n", "{|\"k\\\"\"|: [|1|, |-3e2|,|null|]}\n"),
    (.json, "\"a\"\"b\"c\"\\\\\"", "\"a\"|\"b\"|c|\"\\\\\""),
    (.json, " ", " "),
    (.json, "\"é{\"é", "\"é{\"|é"),
    (.grid(3), "", ""),
    (.grid(3), "abcdefgh", "abc|def|gh"),
    (.grid(1), "abc", "a|b|c"),
    (.grid(4), "abcd", "abcd"),
  ]

  @Test(arguments: vectors)
  func leavesAreTheSameHoweverTheBytesCome(
    cutting: Cutting, content: String, leaves: String
  ) throws {
    let bytes = Array(content.utf8)
    let expected = leaves.utf8.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
      .map(Array.init)
    for first in 0...bytes.count {
      for second in first...bytes.count {
        let chunks = [bytes[..<first], bytes[first..<second], bytes[second...]]
        #expect(try cut(chunks.map(Array.init), cutting) == expected)
      }
    }
    #expect(try cut(bytes.map { [$0] }, cutting) == expected)
  }

  @Test(arguments: [
    (Cutting.csv, "a,\"b"), (.csv, "\"\"\""), (.csv, "x\n\"a\"\"\n"), (.json, "{\"a"),
    (.json, "\""),
    (.json, "\"a\\\""), (.json, "\"\\"),
  ])
  func openQuotesAreRefusedAtTheEnd(cutting: Cutting, content: String) {
    #expect(throws: SegmentError.unclosedQuote) {
      try cut(content.utf8.map { [$0] }, cutting)
    }
  }

  /// Unicode chapter 3, table 3-7: what is cut short, overlong, a surrogate or past U+10FFFF.
  @Test(
    arguments: [
      ([0x61, 0x80], 1), ([0x61, 0xC3], 2), ([0xC0, 0x80], 0), ([0xE0, 0x9F, 0x80], 0),
      ([0xED, 0xA0, 0x80], 0), ([0xF0, 0x8F, 0x80, 0x80], 0), ([0xF4, 0x90, 0x80, 0x80], 0),
      ([0xF5], 0), ([0x62, 0xE2, 0x82, 0x41], 1), ([0xF0, 0x9F, 0x98], 3),
    ] as [([UInt8], UInt64)])
  func malformedUTF8IsRefusedInEveryChunking(bytes: [UInt8], offset: UInt64) {
    #expect(throws: SegmentError.notUTF8(offset: offset)) { try cut([bytes], .text) }
    for place in 0...bytes.count {
      #expect(throws: SegmentError.self) {
        try cut([Array(bytes[..<place]), Array(bytes[place...])], .text)
      }
    }
  }

  @Test func scalarsAreWordsByTheirCategoryAlone() throws {
    for value in stride(from: UInt32(0), through: 0x10FFFF, by: 11) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let leaves = try cut([Array("a\(scalar) ".utf8)], .text)
      let isWord = "LMN".contains(scalar.properties.generalCategory.letter)
      guard leaves.count == 2, leaves[1].count == (isWord ? 1 : 1 + String(scalar).utf8.count)
      else {
        Issue.record("U+\(String(value, radix: 16))")
        return
      }
    }
  }

  @Test func randomBytesNeverTrapAndNothingIsLost() throws {
    var random = RepeatableGenerator(state: 11)
    let alphabet: [UInt8] = Array("ab,;\t\"\\\r\n{}: é\u{FEFF}".utf8) + [0xFF, 0xF0]
    for _ in 0..<3000 {
      let count = Int.random(in: 0..<40, using: &random)
      let bytes = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? 0 }
      for cutting in [Cutting.text, .csv, .semicolons, .tabs, .json, .grid(7)] {
        guard let leaves = try? cut([bytes], cutting) else { continue }
        #expect(Array(leaves.joined()) == bytes)
        #expect(!leaves.isEmpty)
        #expect(try cut(bytes.map { [$0] }, cutting) == leaves)
      }
    }
  }

  private func cut(_ chunks: [[UInt8]], _ cutting: Cutting) throws -> [[UInt8]] {
    var leaves: [[UInt8]] = []
    var open: [UInt8] = []
    func collect(_ piece: SegmentPiece) {
      switch piece {
      case .bytes(let bytes): open += Array(bytes)
      case .endLeaf:
        leaves.append(open)
        open = []
      }
    }
    var segmenter = Segmenter(cutting)
    for chunk in chunks { try chunk.withUnsafeBytes { try segmenter.push($0, collect) } }
    try segmenter.finish(collect)
    #expect(open.isEmpty)
    return leaves
  }
}

extension Unicode.GeneralCategory {
  /// The first letter of the category's short name, by the standard library's long names.
  fileprivate var letter: Character {
    let name = String(describing: self)
    if name.hasSuffix("Letter") { return "L" }
    if name.hasSuffix("Mark") { return "M" }
    if name.hasSuffix("Number") { return "N" }
    return "-"
  }
}

/// The same numbers in each run, so that a failure can be repeated.
private struct RepeatableGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state ^ (state >> 33)) &* 0xFF51_AFD7_ED55_8CCD
  }
}
