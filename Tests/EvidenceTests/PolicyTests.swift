import Evidence
import SeededNumbers
import Testing

struct PolicyTests {
  private func parse(_ text: String) throws(PolicyError) -> Policy {
    try Policy(yaml: Array(text.utf8))
  }

  /// A rule with these lines besides `item` and `code`.
  private func rule(_ lines: String) throws(PolicyError) -> Policy {
    try parse("rules:\n  - item: a\n    code: PD-NAME\n    \(lines)\n")
  }

  @Test func theSmallestFormIsRead() throws {
    let policy = try parse(
      """
      rules:
        - item: "test-purchases.csv"     # glob over item names
          columns: [buyer_name, email]
          code: PD-NAME
          basis: "LED art. 4(1)(c)"
        - item: "*.json"
          pointers: ["/subscriber/name"]
          code: PD-NAME
        - item: "*.txt"
          match: "[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}"     # regular expression
          code: PD-FIN
        - item: "server-access.log"
          detect: [ipv4, ipv6, email]
          code: PD-DEV
        - item: "informant.txt"
          all: true
          code: INF
      """)
    #expect(policy.rules.map(\.number) == [1, 2, 3, 4, 5])
    #expect(policy.rules.map(\.code) == ["PD-NAME", "PD-NAME", "PD-FIN", "PD-DEV", "INF"])
    #expect(policy.rules.map(\.basis) == ["LED art. 4(1)(c)", "-", "-", "-", "-"])
    #expect(policy.rules[0].selector == .columns(["buyer_name", "email"]))
    #expect(
      policy.rules[1].selector == .pointers([JSONPointer("/subscriber/name")].compactMap(\.self)))
    #expect(policy.rules[2].selector == .match("[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}"))
    #expect(policy.rules[3].selector == .detect([.ipv4, .ipv6, .email]))
    #expect(policy.plan(forItem: "x/informant.txt") == .all(policy.rules[4]))
    #expect(policy.plan(forItem: "x/other.txt") == .search([policy.rules[2]]))
    #expect(policy.plan(forItem: "photo.jpg") == .untouched)
  }

  @Test(
    arguments: [
      ("colums: [a]", .unknownKey("colums", rule: 1)),
      ("shown: x", .unknownKey("shown", rule: 1)),
      ("basis: x", .noSelector(rule: 1)),
      ("all: true\n    match: x", .severalSelectors(rule: 1)),
      ("all: yes", .badValue(key: "all", rule: 1)),
      ("all: false", .badValue(key: "all", rule: 1)),
      ("match: ''", .badValue(key: "match", rule: 1)),
      ("match: '['", .badPattern(rule: 1)),
      ("match: [x]", .badValue(key: "match", rule: 1)),
      ("columns: x", .badValue(key: "columns", rule: 1)),
      ("columns: []", .badValue(key: "columns", rule: 1)),
      ("columns: [[x]]", .badValue(key: "columns", rule: 1)),
      ("pointers: [name]", .badValue(key: "pointers", rule: 1)),
      ("pointers: [/a~2]", .badValue(key: "pointers", rule: 1)),
      ("detect: [ipv5]", .badValue(key: "detect", rule: 1)),
      ("all: true\n    basis: ' x'", .badValue(key: "basis", rule: 1)),
      ("all: true\n    basis:", .badValue(key: "basis", rule: 1)),
      ("all: true\n    basis: \"a\\tb\"", .badValue(key: "basis", rule: 1)),
      ("all: true\n    all: true", .duplicateKey("all")),
      ("all: true\n    item: b", .duplicateKey("item")),
      ("match: *x", .anchorOrAlias(line: 4)),
      ("basis: &a x", .anchorOrAlias(line: 4)),
      ("columns: [&a x]", .anchorOrAlias(line: 4)),
    ] as [(String, PolicyError)])
  func rulesAreStrict(lines: String, error: PolicyError) {
    #expect(throws: error) { try rule(lines) }
  }

  @Test(
    arguments: [
      ("", .noRules), ("# nothing\n", .noRules), ("rules:\n", .noRules), ("rules: []", .noRules),
      ("[]", .noRules), ("rules: {}", .noRules), ("rules: [a]", .badValue(key: "rules", rule: 1)),
      ("rule: []", .unknownKey("rule", rule: nil)),
      ("rules:\n - {item: a, code: X, all: true}\nversion: 2", .unknownVersion),
      ("rules:\n - {item: a, code: X, all: true}\nverison: 1", .unknownKey("verison", rule: nil)),
      ("rules:\n - {code: X, all: true}", .missingKey("item", rule: 1)),
      (
        "rules:\n - {item: a, code: X, all: true}\n - {item: a, all: true}",
        .missingKey("code", rule: 2)
      ),
      ("rules:\n - {item: a, code: pd-name, all: true}", .badValue(key: "code", rule: 1)),
      ("rules:\n - {item: a, code: 1X, all: true}", .badValue(key: "code", rule: 1)),
      ("a: [", .notYAML(line: 2, column: 1)), ("a: 1\n---\nb: 2", .notYAML(line: 2, column: 1)),
      ("\u{E026}", .notText), ("a: \u{1}", .notText),
    ] as [(String, PolicyError)])
  func theDocumentIsStrict(text: String, error: PolicyError) {
    #expect(throws: error) { try parse(text) }
  }

  @Test func limitsHold() {
    #expect(throws: PolicyError.tooLarge(limit: 1 << 20)) {
      try Policy(yaml: repeatElement(0x20, count: 1 << 20 + 1))
    }
    let rules = String(repeating: "- {item: a, code: X, all: true}\n", count: 1001)
    #expect(throws: PolicyError.tooManyRules(limit: 1000)) { try parse("rules:\n" + rules) }
    #expect(throws: PolicyError.self) { try parse(String(repeating: "[", count: 1 << 20)) }
    #expect(throws: PolicyError.self) { try parse(String(repeating: "- ", count: 1 << 19)) }
    #expect(throws: PolicyError.notText) { try Policy(yaml: [0xFF]) }
  }

  /// A few lines that stand for a tree which no memory holds, also as a key.
  @Test func aliasBombsAreRefused() {
    var lines = ["a0: &a0 [x, x]"]
    for level in 1..<60 { lines.append("a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]") }
    #expect(throws: PolicyError.self) { try parse(lines.joined(separator: "\n")) }
    #expect(throws: PolicyError.self) {
      try parse(lines.joined(separator: "\n") + "\n? *a59\n: 1\n*a59 : 2\n")
    }
  }

  @Test func ampersandsInTextsStay() throws {
    let policy = try rule("match: 'R&D|&x'\n    basis: \"Smith & Co. \\x26 R&\u{301}D\"")
    #expect(policy.rules[0].selector == .match("R&D|&x"))
    #expect(policy.rules[0].basis == "Smith & Co. & R&\u{301}D")
  }

  @Test(arguments: [
    ("a.csv", "a.csv", true), ("a.csv", "x/y/a.csv", true), ("a.csv", "a.csv/b", false),
    ("*.csv", "x/.csv", true), ("*.csv", "a.csv.txt", false), ("*", "x/anything", true),
    ("x/*.csv", "x/a.csv", true), ("x/*.csv", "x/y/a.csv", false), ("x/**", "x/y/a.csv", true),
    ("x/**/a.csv", "x/a.csv", true), ("x/**/a.csv", "x/y/z/a.csv", true),
    ("x/**/a.csv", "x/ya.csv", false), ("**/a.csv", "a.csv", true), ("**/a.csv", "b/a.csv", true),
    ("**/a.csv", "ba.csv", false), ("a**b", "a/x/b", false), ("x/a**b", "x/a/q/b", true),
    ("?.csv", "é.csv", true), ("?.csv", "ab.csv", false), ("x?y/z", "x/y/z", false),
    ("caf\u{E9}.txt", "cafe\u{301}.txt", true), ("[a].txt", "[a].txt", true),
    ("A.csv", "a.csv", false),
    ("/a.csv", "a.csv", false), ("***", "x/y", true),
  ])
  func globsNameItems(pattern: String, name: String, matches: Bool) {
    #expect(Glob(pattern).matches(name) == matches)
  }

  @Test func globsTakeNoMoreThanOneStepForEachTokenAndScalar() {
    let pattern = String(repeating: "*a", count: 100) + "/"
    #expect(!Glob(pattern).matches(String(repeating: "a", count: 2000)))
  }

  @Test func mutatedPoliciesAreReadOrRefusedAndNeverTrap() {
    let valid = Array(
      "rules:\n  - item: '*.json'\n    pointers: [\"/a~1b\", '']\n    code: X\n    basis: \"&\"\n"
        .utf8)
    var random = SplitMix64(seed: 11)
    for _ in 0..<3000 {
      var bytes = valid
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1:
          bytes.insert(
            Array("&*!|>%@`?:-[]{}'\"\n #\u{0}".utf8).randomElement(using: &random) ?? 0, at: place)
        default: bytes.remove(at: place)
        }
      }
      _ = try? Policy(yaml: bytes)
    }
  }
}
