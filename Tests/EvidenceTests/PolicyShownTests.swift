import Evidence
import Testing

/// What stands in the place of something withheld, and never too much of it.
struct PolicyShownTests {
  /// What is shown of the one value in a table's cell.
  private func shown(_ value: String, _ form: String) throws -> String? {
    let cell = "\"" + value.replacing("\"", with: "\"\"") + "\""
    let found = try FindSample(
      "v\n\(cell)\n", "{item: a, code: X, columns: [v], show: \(form)}", "text/csv")
    #expect(found.findings.cuts.count == 1)
    return found.findings.cuts.first?.shown
  }

  @Test(
    arguments: [
      ("last-4", "DE89 3704 0044 0532 0130 00", "3000"), ("last-4", "4111-1111-1111-1234", "1234"),
      ("last-4", "123456789012", "9012"), ("last-4", "12345678901", nil), ("last-4", "12345", nil),
      ("last-4", "", nil), ("last-4", "Jan Novak of Prague", nil),
      ("initials", "Jan Novak", "J. N."), ("initials", "Li Na", nil), ("initials", "X", nil),
      ("initials", "Éva Nagy", "É. N."), ("initials", "Xi Jinping", "X. J."),
      ("initials", "Jan 7", nil), ("first-letter", "Jan Novak", "J."), ("first-letter", "Li", nil),
      ("year", "1984-03-02", "1984"), ("year", "2 March 1984", "1984"),
      ("year", "02.03.1984", "1984"),
      ("year", "19840302", "1984"), ("year", "1984", nil), ("year", "02/03/84", nil),
      ("year", "1984-1985", nil), ("year", "born 0302", nil),
      ("year", "1984-03-02T10:00:00Z", "1984"),
      ("domain", "jan@example.org", "example.org"), ("domain", "<jan@example.org>", "example.org"),
      ("domain", "jan%40example.org", "example.org"), ("domain", "example.org", nil),
      ("domain", "@example.org", nil), ("domain", "jan@localhost", nil),
      ("\"a buyer\"", "Jan", "a buyer"), ("pseudonym", "Jan", "PERSON-1"), ("pseudonym", "", nil),
    ] as [(String, String, String?)])
  func formsShowNoMoreThanTheySay(form: String, value: String, expected: String?) throws {
    #expect(try shown(value, form) == expected)
  }

  /// Whatever the value: a form's text doesn't hold it, and at most a third of its letters and
  /// digits, but for a year and a domain, which are what they are.
  @Test func noFormShowsTheValue() throws {
    var random = SystemRandomNumberGenerator()
    let signs = Array("ab1@.- é9Z")
    for _ in 0..<400 {
      let length = Int.random(in: 0..<24, using: &random)
      let value = String((0..<length).map { _ in signs.randomElement(using: &random) ?? " " })
      for form in ["last-4", "initials", "first-letter", "year", "domain", "pseudonym"] {
        guard let text = try shown(value, form) else { continue }
        let said = value.filter { $0.isLetter || $0.isNumber }.count
        #expect(
          !text.lowercased().contains(value.lowercased()) || said < 3, "\(form) \(value)")
        let known = text.filter { $0.isLetter || $0.isNumber }.count
        if ["last-4", "initials", "first-letter"].contains(form) { #expect(known * 3 <= said) }
      }
    }
  }

  @Test func formsFitTheDetector() throws {
    func text(_ content: String, _ rule: String) throws -> String {
      try FindSample(content, "{item: a, code: X, \(rule)}").text
    }
    #expect(
      try text("to DE89370400440532013000.", "detect: [iban], show: last-4") == "to [1: 3000].")
    #expect(
      try text("jan1990@example.org1", "detect: [email], show: last-4") == "[1]1"
        || text("jan1990@example.org1", "detect: [email], show: last-4") == "[1]")
    #expect(try text("jan@example.org", "detect: [email], show: domain") == "[1: example.org]")
    #expect(try text("2001:db8::1:abc4", "detect: [ipv6], show: last-4") == "[1]")
  }

  @Test func aLabelStandsForOneValueHoweverItIsWritten() throws {
    let rule = "{item: a, code: X, terms: [Jan Novák, Eva], show: pseudonym}"
    #expect(
      try FindSample("Jan Novak, EVA, NOVÁK, JAN and Eva", rule).text
        == "[1: PERSON-1], [1: PERSON-2], [1: PERSON-1] and [1: PERSON-2]")
    let mail = "{item: a, code: X, detect: [email], show: pseudonym, prefix: MAIL}"
    #expect(
      try FindSample("a@b.org A@B.ORG a%40b.org c@b.org", mail).text
        == "[1: MAIL-1] [1: MAIL-1] [1: MAIL-1] [1: MAIL-2]")
    let phone = "{item: a, code: X, detect: [phone], show: pseudonym, prefix: TEL}"
    #expect(
      try FindSample("+44 7700 900123; 00447700900123; 0044 7700-900124", phone).text
        == "[1: TEL-1]; [1: TEL-1]; [1: TEL-2]")
    let columns = "{item: a, code: X, columns: [n], show: pseudonym}"
    #expect(
      try FindSample("n,m\n\"Novak, Jan\",x\njan  novak,y\nEva,z\n", columns, "text/csv").text
        == "n,m\n[1: PERSON-1],x\n[1: PERSON-1],y\n[1: PERSON-2],z\n")
  }

  @Test func prefixesCountForThemselves() throws {
    let rules =
      "{item: a, code: X, match: 'a\\w', show: pseudonym}, {item: a, code: X, match: 'b\\w', show: pseudonym, prefix: B}"
    #expect(
      try FindSample("b1 a1 b2 a2 b1", rules).text
        == "[2: B-1] [1: PERSON-1] [2: B-2] [1: PERSON-2] [2: B-1]")
  }

  @Test func aCellShowsAllThatWasFoundInIt() throws {
    let rule = "{item: a, code: X, detect: [email], show: domain}"
    let found = try FindSample(
      #"["x@a.org, y@b.org or z@a.org", "n"]"#, rule, "application/json")
    #expect(found.text == #"[[1: a.org, b.org], "n"]"#)
    // A match over two cells is shown in the first.
    let cells = try FindSample(
      "a,b,c\n", "{item: a, code: X, match: 'a,b', show: 'x y'}", "text/csv")
    #expect(cells.text == "[1: x y],[1],c\n")
  }

  @Test func neighboursWithOtherTextsStayApart() throws {
    let found = try FindSample("ab", "{item: a, code: X, match: 'a|b', show: pseudonym}")
    #expect(found.text == "[1: PERSON-1]")
    let apart = try FindSample("a-b", "{item: a, code: X, match: 'a-|b', show: pseudonym}")
    #expect(apart.text == "[1: PERSON-1][1: PERSON-2]")
    let same = try FindSample("a-a", "{item: a, code: X, match: 'a-|a', show: 'it'}")
    #expect(same.findings.cuts.count == 1)
  }

  @Test func aTextThatTellsTheValueIsAnObstacle() throws {
    func problems(_ rule: String) throws -> [FindProblem] {
      try FindSample("n\nJan Novak\n", "{item: a, code: X, \(rule)}", "text/csv").problems
    }
    let told = [FindProblem.shownTellsValue(rule: 1)]
    #expect(try problems("columns: [n], show: \"not JAN NOVÁK\"") == told)
    #expect(try problems("terms: [Jan], show: \"Jan's friend\"") == told)
    #expect(try problems("terms: [Jan], show: pseudonym, prefix: JAN") == told)
    #expect(try problems("terms: [Jan], show: \"a friend of Janek\"") == [])
    #expect(FindProblem.shownTellsValue(rule: 1).weight == .obstacle)
  }

  // MARK: Labels that are kept

  @Test func labelsSurviveTheirFile() throws {
    var pseudonyms = Pseudonyms(key: Array(repeating: 7, count: Pseudonyms.keyByteCount))
    #expect(pseudonyms.isEmpty)
    let kept = pseudonyms.bytes
    #expect(try Pseudonyms(parsing: kept) == pseudonyms)
    pseudonyms = try Pseudonyms(parsing: kept)
    #expect(pseudonyms.bytes == kept)
  }

  @Test(arguments: [
    ("", 1), ("rogatory-pseudonyms/v2\n", 1), ("rogatory-pseudonyms/v1\n", 2),
    ("rogatory-pseudonyms/v1\nAAAA\n", 2), ("rogatory-pseudonyms/v1\n\(key)", 2),
    ("rogatory-pseudonyms/v1\n\(key)\nx", 3), ("rogatory-pseudonyms/v1\n\(key)\n\(key) P 2\n", 3),
    ("rogatory-pseudonyms/v1\n\(key)\n\(key) P 1\n\(key) P 2\n", 4),
    ("rogatory-pseudonyms/v1\n\(key)\n\(key) P x\n", 3),
    ("rogatory-pseudonyms/v1\n\(key)\n\(key) - 1\n", 3),
  ])
  func brokenFilesAreRefused(text: String, line: Int) {
    #expect(throws: Pseudonyms.FormatError.line(line)) {
      try Pseudonyms(parsing: Array(text.utf8))
    }
  }

  @Test func aRuleForACaseNeedsItsLabels() throws {
    #expect(throws: FindError.noCasePseudonyms(rule: 1)) {
      try FindSample("Jan", "{item: a, code: X, match: Jan, show: pseudonym, scope: case}")
    }
  }
}

private let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
