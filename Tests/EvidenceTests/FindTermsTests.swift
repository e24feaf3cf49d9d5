import Evidence
import Testing

/// Names and other terms, as whole words.
struct FindTermsTests {
  @Test(arguments: [
    ("Jan Novak", "Jan Novak", "[1]"), ("Jan Novak", "JAN NOVÁK!", "[1]!"),
    ("Jan Novák", "jan novak.", "[1]."), ("Jan Novák", "Jan Nova\u{301}k", "[1]"),
    ("Jan Novak", "Jan  \t Novak", "[1]"), ("Jan Novak", "Jan\nNovak", "[1]"),
    ("Jan Novak", "> Jan\r\n> Novak", "> [1]"), ("Jan Novak", "Jan\u{A0}Novak", "[1]"),
    ("Jan Novak", "Novak, Jan", "[1]"), ("Novak, Jan", "Jan Novak", "[1]"),
    ("Jan van Dijk", "van Dijk, Jan; Dijk, Jan van", "[1]; [1]"),
    ("Jan Novak", "Janek Novak; Jan Novakova", "Janek Novak; Jan Novakova"),
    ("Jan Novak", "Jan. Novak came", "Jan. Novak came"), ("Novak", "Novak's car", "[1]'s car"),
    ("Jean-Luc", "Jean Luc, jean\u{2010}luc, JeanLuc", "[1], [1], JeanLuc"),
    ("O'Neil", "O\u{2019}NEIL and O Neil", "[1] and [1]"),
    ("J. Novak", "J. Novak, J Novak", "[1], J Novak"),
    ("Sørensen", "sorensen", "[1]"), ("Łukasz", "Lukasz", "[1]"), ("Groß", "GROSS", "[1]"),
    ("Παπάς", "ΠΑΠΑΣ", "[1]"), ("Jan", "Jan\u{AD} Ja\u{AD}n", "[1]\u{AD} [1]"),
    ("山田", "山田太郎と", "[1]"), ("ACME Ltd.", "ACME Ltd. and acme ltd", "[1]. and [1]"),
    ("Room 5", "room 5, room 55", "[1], room 55"),
    // The longest at each word.
    ("Jan, Jan Novak, Novak Street", "Jan Novak Street", "[1] Street"),
  ])
  func termsAreFoundAsWholeWords(terms: String, content: String, expected: String) throws {
    let list =
      terms.contains(", ") && !["Novak, Jan"].contains(terms)
      ? terms.split(separator: ", ").map { "\"\($0)\"" }.joined(separator: ", ") : "\"\(terms)\""
    #expect(try FindSample(content, "{item: a, code: X, terms: [\(list)]}").text == expected)
  }

  @Test func namesInTwoCellsAreFound() throws {
    let rule = "{item: a, code: X, terms: [Jan Novak]}"
    let table = try FindSample("first,last\nJan,Novak\nNovak,\"Jan\"\nJan,Nova\n", rule, "text/csv")
    #expect(table.text == "first,last\n[1],[1]\n[1],[1]\nJan,Nova\n")
    let json = try FindSample(#"{"a":"Jan Novak","b":["Jan","Novak"]}"#, rule, "application/json")
    #expect(json.text == #"{"a":[1],"b":["Jan","Novak"]}"#)
    let escaped = try FindSample(#"["J\u0061n\nNov\u00e1k"]"#, rule, "application/json")
    #expect(escaped.text == "[[1]]")
  }

  @Test func latin1IsRead() throws {
    let found = try FindSample(
      bytes: Array("Jan Nov".utf8) + [0xE1] + Array("k was here, and this is no UTF-8".utf8),
      "{item: a, code: X, terms: [Jan Novak]}", grid: 4)
    #expect(found.findings.cuts.map(\.leaves) == [0..<3])
  }

  @Test func listsAreNamed() throws {
    let rules = "{item: a, code: X, list: people}, {item: a, code: Y, list: places}"
    let lists = "people: [Jan, Eva], places: [Praha]"
    #expect(try FindSample("Eva in Praha", rules, lists: lists).text == "[1] in [2]")
    #expect(throws: PolicyError.unknownList("people", rule: 1)) { try FindSample("x", rules) }
  }

  @Test func listsComeFromFiles() throws {
    let yaml = Array(
      "lists: {a: {file: n/names.txt}, b: [x], c: {file: n/names.txt}}\nrules: [{item: i, code: X, list: a}]"
        .utf8)
    #expect(try Policy.listFiles(yaml: yaml) == ["n/names.txt"])
    #expect(throws: PolicyError.listFileMissing("n/names.txt")) { try Policy(yaml: yaml) }
    func terms(_ file: String) throws -> Selector? {
      try Policy(yaml: yaml, files: ["n/names.txt": Array(file.utf8)]).rules.first?.selector
    }
    #expect(
      try terms("\u{FEFF}# people\r\nJan Novak \r\n\n  Eva\n") == .terms(["Jan Novak", "Eva"]))
    #expect(throws: PolicyError.badList("a")) { try terms("# nobody\n") }
    #expect(throws: PolicyError.badList("a")) { try terms("Jan\n--\n") }
    #expect(throws: PolicyError.badListFile("n/names.txt")) {
      try Policy(yaml: yaml, files: ["n/names.txt": [0xFF]])
    }
    for name in ["../x", "/x", "a/../x", "a//x", "a/", ".."] {
      let bad = "lists: {a: {file: '\(name)'}}\nrules: [{item: i, code: X, list: a}]"
      #expect(throws: PolicyError.unsafeListFile(name)) { try Policy(yaml: Array(bad.utf8)) }
    }
  }

  @Test func thereIsALimitOfTerms() throws {
    let names = (0...Policy.maximumTermCount).map { "n\($0)" }.joined(separator: "\n")
    let yaml = Array("lists: {a: {file: f}}\nrules: [{item: i, code: X, list: a}]".utf8)
    #expect(throws: PolicyError.tooManyTerms(limit: Policy.maximumTermCount)) {
      try Policy(yaml: yaml, files: ["f": Array(names.utf8)])
    }
  }

  /// The finder against a slow one: every term tried at every word.
  @Test func randomTextsAgreeWithASlowFinder() throws {
    var random = SystemRandomNumberGenerator()
    let words = ["ana", "Ána", "b", "ana-b", "C"]
    for _ in 0..<300 {
      let text = (0..<12).map { _ in words.randomElement(using: &random) ?? "" }
      let term = [words[Int.random(in: 0..<3, using: &random)], words[2]]
      let found = try FindSample(
        text.joined(separator: " "), "{item: a, code: X, terms: ['\(term.joined(separator: " "))']}"
      )
      let flat = text.joined(separator: " ").split { " -".contains($0) }
        .map { $0.lowercased().replacing("á", with: "a") }
      let wanted = term.map { $0.lowercased().replacing("á", with: "a") }
      var count = 0
      var index = 0
      while index + 1 < flat.count {
        if Array(flat[index...index + 1]) == wanted {
          count += 1
          index += 2
        } else {
          index += 1
        }
      }
      #expect(found.findings.matches[1] ?? 0 == UInt64(count), "\(text) \(term)")
    }
  }
}
