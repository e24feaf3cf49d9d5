import Evidence
import Redaction
import Testing

/// Lines and bytes, taken as they are and looked into.
struct FindRangesTests {
  @Test(arguments: [
    ("[2]", "one\ntwo\nthree\n", "one\n[1]\nthree\n"),
    ("[2]", "one\r\ntwo\r\nthree", "one\r\n[1]\r\nthree"),
    ("['1-2']", "one\ntwo\nthree\n", "[1]\nthree\n"),
    ("['2-2', 3]", "one\ntwo\nthree", "one\n[1]"),
    // What frames a line stays: cutting its leaf would join lines.
    ("[2]", "- one.\n- two: (2).\n- three.\n", "- one.\n- [1]).\n- three.\n"),
    ("[2]", "one\n\ntwo", "one\n\ntwo"), ("[1]", "x", "[1]"),
    // But what says something goes, and its leaf with it.
    ("[2]", "one\n€ 5\nsix", "one[1]\nsix"), ("[1]", "a…\nb", "[1]b"),
  ])
  func linesAreTaken(lines: String, content: String, expected: String) throws {
    let found = try FindSample(content, "{item: a, code: X, lines: \(lines)}")
    #expect(found.text == expected)
    #expect(found.findings.problems.isEmpty)
  }

  @Test func linesOfATableLeaveItsShape() throws {
    let found = try FindSample(
      "a,b\nc,d\ne,\"f\ng\"\n", "{item: a, code: X, lines: ['2-3']}", "text/csv")
    #expect(found.text == "a,b\n[1],[1]\n[1],[1]\n")
  }

  @Test func linesThatArentThereAreNamed() throws {
    func problems(_ content: String, _ lines: String) throws -> [FindProblem] {
      try FindSample(content, "{item: a, code: X, lines: \(lines)}").findings.problems
    }
    let missing = FindProblem.lineMissing(rule: 1, lines: "3-9")
    #expect(try problems("a\nb", "['3-9']") == [missing, .nothingFound(rule: 1)])
    #expect(try problems("a\nb\n", "['3-9']") == [missing, .nothingFound(rule: 1)])
    #expect(try problems("a\nb\nc", "['3-9']") == [])
    #expect(try problems("a\nb", "[1, '3-9']") == [missing])
    let optional = try FindSample("a\nb", "{item: a, code: X, lines: ['3-9'], optional: true}")
    #expect(optional.findings.problems == [])
  }

  @Test func behindWhatIsWithheldNoLineIsKnown() throws {
    // Leaves: one, LF, two, LF, three.
    func rule(_ line: Int) -> String { "{item: a, code: X, lines: [\(line)]}" }
    let content = "one\ntwo\nthree"
    let before = try FindSample(content, rule(1), withheld: [2])
    #expect(before.text == "[1]\n\nthree" && before.findings.problems == [])
    let behind = try FindSample(content, rule(3), withheld: [2])
    #expect(behind.findings.cuts.isEmpty)
    #expect(behind.problems == [.structureWithheld(rule: 1)])
  }

  @Test(arguments: [
    ("['4-6']", "one two three", "one [1] three"), ("['5-5']", "one two three", "one [1] three"),
    ("['0x3-0x4']", "one two three", "one[1] three"), ("[0]", "one two", "[1] two"),
    ("['2-4', '4-6']", "one two three", "[1] three"),
  ])
  func bytesAreTakenWithTheirLeaves(bytes: String, content: String, expected: String) throws {
    let found = try FindSample(content, "{item: a, code: X, bytes: \(bytes)}")
    #expect(found.text == expected && found.findings.problems.isEmpty)
  }

  @Test(arguments: [
    // é is C3 A9, 😀 is F0 9F 98 80: an end within one takes all of it, and no more.
    ("aéb", "['2-2']", 1, [1..<3]), ("aéb", "['0-1']", 1, [0..<3]), ("aéb", "[3]", 1, [3..<4]),
    ("a😀b", "[3]", 1, [1..<5]), ("a😀b", "['0-1']", 1, [0..<5]), ("a😀b", "['2-3']", 2, [0..<3]),
    ("abcdef", "['2-3']", 1, [2..<4]), ("abcdef", "['2-3']", 4, [0..<1]),
    ("abcdef", "['3-4']", 4, [0..<2]),
  ])
  func aCutThroughAScalarIsRoundedOut(
    content: String, bytes: String, grid: Int, leaves: [Range<UInt64>]
  ) throws {
    let found = try FindSample(content, "{item: a, code: X, bytes: \(bytes)}", grid: grid)
    #expect(found.findings.cuts.map(\.leaves) == leaves)
  }

  @Test func bytesArePlacesOfTheSealedContent() throws {
    let rule = "{item: a, code: X, bytes: ['8-9']}"
    // A grid tells how much an earlier step took, a table doesn't.
    let grid = try FindSample("0123456789ab", rule, withheld: [1], grid: 2)
    #expect(grid.findings.cuts.map(\.leaves) == [4..<5] && grid.findings.problems == [])
    let table = try FindSample("01 34 67 9ab", rule, withheld: [2])
    #expect(table.problems == [.structureWithheld(rule: 1)])
    let none = try FindSample("01234567", rule, grid: 2)
    #expect(none.problems == [.bytesMissing(rule: 1, bytes: "8-9")])
    let taken = try FindSample("0123456789ab", rule, withheld: [4], grid: 2)
    #expect(taken.findings.cuts.isEmpty && taken.findings.problems == [])
  }

  @Test func aFinderSeesOnlyItsLines() throws {
    let content = "Jan 1\nJan 2\nJan 3\nJan 4\n"
    let found = try FindSample(content, "{item: a, code: X, lines: ['2-3'], match: '^Jan'}")
    #expect(found.text == "Jan 1\n[1] 2\n[1] 3\nJan 4\n")
    #expect(found.findings.matches == [1: 2])
    let across = try FindSample(content, "{item: a, code: X, lines: ['2-3'], match: '2\\nJan'}")
    #expect(across.text == "Jan 1\nJan [1] 3\nJan 4\n")
    let outside = try FindSample(content, "{item: a, code: X, lines: ['2-3'], match: '1\\nJan'}")
    #expect(outside.findings.cuts.isEmpty)
    #expect(outside.findings.problems == [.nothingFound(rule: 1)])
    let bytes = try FindSample(
      "x@a.org x@b.org x@c.org", "{item: a, code: X, bytes: ['8-14'], detect: [email]}")
    #expect(bytes.text == "x@a.org [1] x@c.org")
  }

  /// Lines and bytes behind several windows, and a range across their edges.
  @Test func longItemsAreCountedThrough() throws {
    let word = String(repeating: "a", count: 4095)
    let line = String(repeating: word + " ", count: 15) + word + "\n"
    let content = String(repeating: line, count: 300)
    #expect(line.utf8.count == 65_536)
    let found = try FindSample(
      content, "{item: a, code: X, lines: [257]}, {item: a, code: Y, bytes: ['8388600-8388615']}")
    // A line has 32 leaves; the bytes are the end of one and the beginning of the next.
    let first = UInt64(256 * 32)
    let at = UInt64(127 * 32 + 30)
    #expect(found.findings.cuts.map(\.leaves) == [at..<at + 3, first..<first + 31])
    #expect(found.findings.problems == [])
  }
}
