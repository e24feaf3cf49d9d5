import Evidence
import Testing

/// A place and a finder, exceptions, and rules that claim the same.
struct PolicyScopeTests {
  private func text(_ rules: String, _ content: String, _ type: String) throws -> String {
    try FindSample(content, rules, type).text
  }

  @Test func aFinderSeesOnlyItsColumns() throws {
    let table = "mail,note\nx@a.org,x@a.org or y\nz@a.org,\"say \"\"z@a.org\"\"\"\nq,q\n"
    let sample = try FindSample(
      table, "{item: a, code: X, columns: [note], detect: [email], show: domain}", "text/csv")
    #expect(
      sample.text == "mail,note\nx@a.org,[1: a.org]\nz@a.org,[1: a.org]\nq,q\n")
    #expect(sample.findings.matches == [1: 2] && sample.findings.problems == [])
    #expect(
      try text(
        "{item: a, code: X, columns: [n], match: '^a$'}", "n,m\na,a\nab,a\n\"a\",a\n", "text/csv")
        == "n,m\n[1],a\nab,a\n[1],a\n")
    let missing = try FindSample(
      table, "{item: a, code: X, columns: [nope], detect: [email]}", "text/csv")
    #expect(missing.problems == [.columnMissing(rule: 1, name: "nope")])
  }

  @Test func aFinderSeesOnlyItsPointers() throws {
    #expect(
      try text(
        "{item: a, code: X, pointers: [/a], match: 'b.d'}",
        #"{"a":["bcd",{"bcd":"b\u0063d"}],"e":"bcd"}"#,
        "application/json") == #"{"a":[[1],{[1]:[1]}],"e":"bcd"}"#)
    let none = try FindSample(
      #"{"a":"x"}"#, "{item: a, code: X, pointers: [/a], match: y}", "application/json")
    #expect(none.findings.problems == [.nothingFound(rule: 1)])
  }

  // MARK: Exceptions

  @Test(arguments: [
    (
      "detect: [email], except: [shop@n.org]", "shop@n.org and SHOP@N.ORG, x@n.org",
      "shop@n.org and SHOP@N.ORG, [1]"
    ),
    // An exception must cover all that was found.
    ("detect: [email], except: [shop@n.org]", "big.shop@n.org", "[1]"),
    ("detect: [email], except: [n.org]", "shop@n.org", "[1]"),
    ("detect: [email], except: [{match: '@n.org'}]", "shop@n.org", "[1]"),
    ("detect: [email], except: [{match: '\\w+@n\\.org'}]", "shop@n.org x@m.org", "shop@n.org [1]"),
    (
      "detect: [phone], except: ['+44 7700 900123']", "0044 7700-900123 / 0044 7700 900124",
      "0044 7700-900123 / [1]"
    ),
    ("terms: [Novak], except: ['Novak Street']", "Novak of Novak Street", "[1] of Novak Street"),
    ("match: 'a\\w', except: [AB]", "ab ac", "ab [1]"),
  ])
  func exceptionsStay(rule: String, content: String, expected: String) throws {
    #expect(try text("{item: a, code: X, \(rule)}", content, "text/plain") == expected)
  }

  @Test func exceptionsHoldInCellsToo() throws {
    #expect(
      try text(
        "{item: a, code: X, columns: [m], detect: [email], except: [a@n.org]}",
        "m\na@n.org\nb@n.org\n", "text/csv") == "m\na@n.org\n[1]\n")
    #expect(
      try text(
        "{item: a, code: X, detect: [email], except: [a@n.org]}",
        #"["a\u0040n.org","b\u0040n.org"]"#,
        "application/json") == #"["a\u0040n.org",[1]]"#)
  }

  @Test func someItemsAreLeft() throws {
    let policy = try Policy(
      yaml: Array(
        "rules: [{item: '**', except-items: ['s/**', '*.md'], code: X, all: true}]".utf8))
    #expect(policy.plan(forItem: "a/b.txt") == .all(policy.rules[0]))
    #expect(policy.plan(forItem: "s/b.txt") == .untouched)
    #expect(policy.plan(forItem: "a/b.md") == .untouched)
  }

  // MARK: Rules that claim the same

  @Test func theStricterCodeIsKept() throws {
    let sample = try FindSample(
      "a b c",
      "{item: a, code: OTH, match: 'a b'}, {item: a, code: PD-NAME, match: 'b c'}, {item: a, code: INF, match: c}"
    )
    #expect(sample.text == "[1][2][3]")
    #expect(sample.findings.cuts.map(\.code) == ["OTH", "PD-NAME", "INF"])
    #expect(sample.findings.cuts.map(\.leaves) == [0..<2, 2..<4, 4..<5])
    let equal = try FindSample("b", "{item: a, code: X, match: b}, {item: a, code: Y, match: b}")
    #expect(equal.findings.cuts.map(\.code) == ["X"])
    let unknown = try FindSample(
      "b", "{item: a, code: X, match: b}, {item: a, code: DER, match: b}")
    #expect(unknown.findings.cuts.map(\.code) == ["DER"])
  }

  @Test func theStricterCodeIsKeptInTables() throws {
    let rules = "{item: a, code: PD-NAME, columns: [n]}, {item: a, code: PD-VICTIM, match: Eva}"
    #expect(
      try text(rules, "n,m\nJan,Eva\nEva,x\n", "text/csv") == "n,m\n[1],[2]\n[2],x\n")
    let pointers = "{item: a, code: OTH, pointers: ['']}, {item: a, code: SC, pointers: [/a]}"
    #expect(try text(pointers, #"{"a":1,"b":2}"#, "application/json") == #"{[1]:[2],[1]:[1]}"#)
  }

  @Test func theStricterCodeIsKeptInMails() throws {
    let rules = "{item: a, code: OTH, parts: ['1']}, {item: a, code: INF, terms: [Jan]}"
    #expect(
      try text(rules, "From: x\r\n\r\nof Jan or so\r\n", "message/rfc822")
        == "From: x\r\n\r\n[1][2][1]")
  }

  @Test func theStricterOfTwoWholeItemsIsKept() throws {
    let policy = try Policy(
      yaml: Array(
        "rules: [{item: a, code: REL, all: true}, {item: a, code: LPP, all: true}, {item: a, code: INF, match: x}]"
          .utf8))
    #expect(policy.plan(forItem: "a") == .all(policy.rules[1]))
  }

  @Test func everyCodeHasAPlace() {
    let codes = ["INF", "PD-WITNESS", "LPP", "SC", "PD-ID", "PD-NAME", "REL", "DER", "XYZ"]
    let places = codes.map { ReasonCode.strictness(of: $0) }
    #expect(places == places.sorted() && Set(places).count == codes.count)
    #expect(ReasonCode.allCases.count == 23)
    #expect(ReasonCode.strictness(of: "A") == ReasonCode.strictness(of: "B"))
  }

  // MARK: What is said of a policy

  @Test func outcomesTellWhatWasAskedButNoTerm() throws {
    let policy = try Policy(
      yaml: Array(
        """
        lists: {l: [Jan Novak]}
        rules:
          - {item: a, code: PD-NMAE, list: l, optional: true}
          - {item: '*.csv', code: X-1, columns: [n], match: Novak}
          - {item: b, code: INF, lines: ['3-5', 9]}
        """.utf8))
    let outcome = PolicyOutcome(policy: policy)
    #expect(outcome.foundNothing)
    #expect(
      outcome.rules.map(\.asked) == [
        "1 term of a", "what a pattern matches in columns n of *.csv", "lines 3-5, 9 of b",
      ])
    #expect(outcome.rules.map(\.unknownCode) == ["PD-NMAE", "X-1", nil])
    #expect(outcome.rules.map(\.isOptional) == [true, false, false])
  }

  @Test func areasAreRead() throws {
    let grid = try #require(TileGrid(width: 200, height: 100))
    func pixels(_ x: String, _ y: String, _ width: String, _ height: String) -> PixelArea? {
      guard let x = PageArea.Length(x), let y = PageArea.Length(y),
        let width = PageArea.Length(width), let height = PageArea.Length(height)
      else { return nil }
      return PageArea(page: 1, x: x, y: y, width: width, height: height)?.pixels(of: grid)
    }
    #expect(pixels("10", "20", "30", "40") == PixelArea(x: 10, y: 20, width: 30, height: 40))
    #expect(pixels("0%", "50%", "100%", "50%") == PixelArea(x: 0, y: 50, width: 200, height: 50))
    // Rounded out: 0.75 to 2.25 pixels.
    #expect(
      pixels("0.375%", "0", "0.75%", "1") == PixelArea(x: 0, y: 0, width: 3, height: 1))
    #expect(pixels("4294967295", "0", "4294967295", "1")?.width == 0)
    for text in ["", "x", "-1", "101%", "100.1%", "1.%", "1.2345%", "1.5", "4294967296"] {
      #expect(PageArea.Length(text) == nil, "\(text)")
    }
  }
}
