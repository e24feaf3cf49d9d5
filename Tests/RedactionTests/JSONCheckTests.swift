import Foundation
import Redaction
import SeededNumbers
import Testing

/// The warning that JSON isn't well-formed, against another parser.
@Suite struct JSONCheckTests {
  private func fault(_ bytes: [UInt8], most: Int = .max) throws -> ContentFault? {
    try survey(
      mediaType: "application/json", byteCount: UInt64(bytes.count),
      reopen: { reader(bytes, most: most) }, writeLengths: { _ in }
    ).fault
  }

  @Test(arguments: [
    "", " \n", "0", "-0.5e+10", "1E5", "\"\\u00e9\\n\"", "[]", "{}", "[[],{}]", "true false null",
    "{\"a\":{\"b\":[1,-2,\"x\"]},\"c\":null}\n", "\u{FEFF}{}", "{\"é\": \"\u{FEFF}\"}",
  ])
  func wellFormedJSONHasNoFault(text: String) throws {
    #expect(try fault(Array(text.utf8)) == nil)
    #expect(try fault(Array(text.utf8), most: 1) == nil)
  }

  @Test(
    arguments: [
      ("[1,]", 3), ("{\"a\"}", 4), ("{\"a\":}", 5), ("{a:1}", 1), ("[1 2]", 3), ("01", nil),
      ("[01]", 2), ("-", 1), ("1.", 2), ("[1.]", 3), ("1e+", 3), (".5", 0), ("+1", 0), ("nul", 3),
      ("[nulL]", 4), ("\"\\x\"", 2), ("\"\\u12g4\"", 5), ("\"a\nb\"", 2), ("]", 0), ("[}", 1),
      ("{]", 1), ("[1}", 2), ("{\"a\":1]", 6), ("[", 1), ("{\"a\":1", 6), ("{\"a\":1,}", 7),
      ("\u{FEFF}\u{FEFF}{}", 3), ("'a'", 0), ("[NaN]", 1),
    ] as [(String, UInt64?)])
  func whatIsNotJSONIsToldWithItsPlace(text: String, offset: UInt64?) throws {
    let expected = offset.map { ContentFault.notJSON(offset: $0) }
    #expect(try fault(Array(text.utf8)) == expected)
    #expect(try fault(Array(text.utf8), most: 1) == expected)
  }

  @Test func deepNestingIsAFaultAndNoCrash() throws {
    let deep = [UInt8](repeating: UInt8(ascii: "["), count: 70_000)
    #expect(try fault(deep) == .notJSON(offset: 65_536))
  }

  /// Where Foundation reads JSON, nothing is wrong, but for a comma behind the last value, which it
  /// lets pass; what it refuses is told, but for several values, which only a file of lines has.
  @Test func foundationAgrees() throws {
    var random = SplitMix64(seed: 5)
    let parts = [
      "{", "}", "[", "]", ",", ":", "\"a\"", "\"\\t\"", "1", "-2.5e3", "true", "null", " ",
    ]
    var wellFormed = 0
    for _ in 0..<4000 {
      let count = Int.random(in: 0..<9, using: &random)
      let inner = (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
      let text = "[" + inner + "]"
      let isRead =
        (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed))
        != nil
      if isRead { wellFormed += 1 }
      let found = try fault(Array(text.utf8))
      let dense = text.replacing(" ", with: "")
      let hasLastComma = dense.contains(",]") || dense.contains(",}")
      if isRead { #expect((found == nil) == !hasLastComma, "\(text)") }
      if found == nil, !isRead { #expect(inner.contains("]"), "\(text)") }
    }
    #expect(wellFormed > 100)
  }
}
