import Evidence
import Redaction
import Testing

struct FindTests {
  /// What stays of a content after the rules: each cut is its rule's number in brackets.
  private func redact(
    _ content: String, _ rules: String, _ mediaType: String, withheld: Set<UInt64> = []
  ) throws -> (text: String, findings: Findings) {
    let policy = try Policy(yaml: Array("rules: [\(rules)]".utf8))
    let cutting: Cutting =
      switch Form(mediaType: mediaType) {
      case .csv: .csv
      case .json: .json
      default: .text
      }
    let leaves = try (try? cut(content, cutting)) ?? cut(content, .text)
    var finder = try Finder(
      rules: policy.rules, form: Form(mediaType: mediaType), mediaType: mediaType)
    for (index, leaf) in leaves.enumerated() {
      let number = UInt64(index)
      if withheld.contains(number) {
        try finder.withheld(number..<number + 1)
        continue
      }
      let half = leaf.count / 2
      for part in [leaf[..<half], leaf[half...]] where !part.isEmpty {
        try part.withUnsafeBytes { try finder.push(leaf: number, bytes: $0) }
      }
      try finder.end(leaf: number)
    }
    let findings = try finder.finish()
    var text: [UInt8] = []
    for (index, leaf) in leaves.enumerated() {
      let hits = findings.cuts.filter { $0.leaves.contains(UInt64(index)) }
      #expect(hits.count < 2)
      if let hit = hits.first {
        if hit.leaves.lowerBound == UInt64(index) { text += Array("[\(hit.rule)]".utf8) }
      } else {
        text += leaf
      }
    }
    for (first, second) in zip(findings.cuts, findings.cuts.dropFirst()) {
      #expect(first.leaves.upperBound <= second.leaves.lowerBound)
      #expect(first.leaves.upperBound < second.leaves.lowerBound || first.rule != second.rule)
    }
    return (String(decoding: text, as: UTF8.self), findings)
  }

  private func cut(_ content: String, _ cutting: Cutting) throws -> [[UInt8]] {
    var leaves: [[UInt8]] = []
    var open: [UInt8] = []
    let collect = { (piece: SegmentPiece) in
      switch piece {
      case .bytes(let bytes): open += Array(bytes)
      case .endLeaf:
        leaves.append(open)
        open = []
      }
    }
    var segmenter = Segmenter(cutting)
    try Array(content.utf8).withUnsafeBytes { try segmenter.push($0, collect) }
    try segmenter.finish(collect)
    return leaves
  }

  // MARK: Columns

  private let nameAndMail = "{item: a, code: X, columns: [name, 'e \"mail\"']}"

  @Test(arguments: [
    ("id,name\n1,Jan\n2,Eva", "id,name\n1,[1]\n2,[1]"),
    ("name,id\r\n\"Jan, \"\"J\"\"\",1\r\n", "name,id\r\n[1],1\r\n"),
    ("\u{FEFF}name,id\nJan,1\n", "\u{FEFF}name,id\n[1],1\n"),
    ("\"name\",\"e \"\"mail\"\"\"\nJan,x@y.z", "\"name\",\"e \"\"mail\"\"\"\n[1],[1]"),
    ("id, name \n1,Jan", "id, name \n1,[1]"),
    ("name,name\na,b\n,", "name,name\n[1],[1]\n[1],[1]"),
    ("id,name\n1\n2,x,y\n", "id,name\n1\n2,[1],y\n"),
    ("name", "name"),
  ])
  func columnsAreTakenBelowTheirHeader(content: String, expected: String) throws {
    #expect(try redact(content, nameAndMail, "text/csv").text == expected)
  }

  @Test func whatColumnsCannotDoIsSaid() throws {
    func problems(_ content: String, _ type: String = "text/csv") throws -> [FindProblem] {
      try redact(content, "{item: a, code: X, columns: [name]}", type).findings.problems
    }
    #expect(try problems("name\nJan") == [])
    #expect(try problems("name\n") == [.nothingFound(rule: 1)])
    #expect(
      try problems("Name\nJan") == [.columnMissing(rule: 1, name: "name"), .nothingFound(rule: 1)])
    #expect(try problems("name;x\nJan;1").first == .columnMissing(rule: 1, name: "name"))
    #expect(try problems("name\tid", "text/plain").first == .notATable(rule: 1))
    #expect(try problems("name,\"id\nJan,1") == [.notATable(rule: 1), .nothingFound(rule: 1)])
  }

  @Test func aRowWhoseDelimiterIsWithheldIsTakenWhole() throws {
    let found = try redact(
      "id,name\n1,Jan\n2,Eva\n", "{item: a, code: X, columns: [name]}", "text/csv", withheld: [5])
    #expect(found.text == "id,name\n1,[1]\n2,[1]\n")
    #expect(found.findings.problems == [.structureWithheld(rule: 1)])
    let cells = try redact(
      "id,name\n1,Jan\n2,Eva\n", "{item: a, code: X, columns: [name]}", "text/csv", withheld: [6])
    #expect(cells.findings.problems == [])
    #expect(cells.findings.cuts.map(\.leaves) == [10..<11])
  }

  // MARK: Pointers

  @Test(arguments: [
    ("/name", #"{"name": "Jan", "id": 1}"#, #"{"name": [1], "id": 1}"#),
    ("/a/b", #"{"a":{"b":1,"c":{"b":2}},"b":3}"#, #"{"a":{"b":[1],"c":{"b":2}},"b":3}"#),
    ("/a", #"{"a":{"b":[1,{"c":null}]},"d":1}"#, #"{"a":{[1]:[[1],{[1]:[1]}]},"d":1}"#),
    ("/list/1/x", #"{"list":[{"x":1},{"x":2},{"x":3}]}"#, #"{"list":[{"x":1},{"x":[1]},{"x":3}]}"#),
    ("/0", #"["a","b"]"#, #"[[1],"b"]"#), ("/00", #"["a"]"#, #"["a"]"#),
    ("/-", #"["a"]"#, #"["a"]"#),
    ("/0", #"{"0":1}"#, #"{"0":[1]}"#), ("", #"{"a":[1]}"#, "{[1]:[[1]]}"), ("", "5", "[1]"),
    ("/", #"{"":1,"a":2}"#, #"{"":[1],"a":2}"#),
    ("/a~1b/~0", #"{"a/b":{"~":1}}"#, #"{"a/b":{"~":[1]}}"#),
    ("/name", #"{"n\u0061me":1,"NAME":2}"#, #"{"n\u0061me":[1],"NAME":2}"#),
    ("/name", #"{"name":1,"name":2}"#, #"{"name":[1],"name":[1]}"#),
    (
      "/name", "{\"name\":1}\n{\"x\":{\"name\":2}}\n{\"name\":3}",
      "{\"name\":[1]}\n{\"x\":{\"name\":2}}\n{\"name\":[1]}"
    ),
    ("/a/b", #"{"a":[],"x":{"b":1},"a":{"b":"\"}"}}"#, #"{"a":[],"x":{"b":1},"a":{"b":[1]}}"#),
  ])
  func pointersTakeValues(pointer: String, content: String, expected: String) throws {
    for type in ["application/json", "application/ld+json", "application/x-ndjson"] {
      let found = try redact(content, "{item: a, code: X, pointers: ['\(pointer)']}", type)
      #expect(found.text == expected)
      #expect(found.findings.problems.isEmpty == (content != expected))
    }
  }

  @Test func whatPointersCannotDoIsSaid() throws {
    func problems(_ content: String, _ type: String = "application/json") throws -> [FindProblem] {
      try redact(content, "{item: a, code: X, pointers: [/name]}", type).findings.problems
    }
    let missing = [FindProblem.pointerMissing(rule: 1, pointer: "/name"), .nothingFound(rule: 1)]
    #expect(try problems(#"{"x":1}"#) == missing)
    #expect(try problems("{\"name\":1", "text/plain") == [.notJSON(rule: 1)] + missing)
    #expect(try problems("{\"name:1}") == [.notJSON(rule: 1)] + missing)
    #expect(try problems(#"{"name":1}}"#) == [.notJSON(rule: 1)])
    #expect(try problems(#"{"name":1"#) == [.notJSON(rule: 1)])
    #expect(try problems(#"["name":1]"#) == [.notJSON(rule: 1)] + missing)
    #expect(try problems(String(repeating: "[", count: 5000)) == [.notJSON(rule: 1)] + missing)
    #expect(try problems(#"{"name":{}}"#) == [])
  }

  @Test func aBrokenLineDoesNotHideTheNextOnes() throws {
    let lines = "{\"name\":1}\n{\"name\":2\n{\"x\"}\n{\"name\":4}\n"
    let found = try redact(
      lines, "{item: a, code: X, pointers: [/name]}", "application/x-ndjson")
    #expect(found.text == "{\"name\":[1]}\n{\"name\":[1]\n{\"x\"}\n{\"name\":[1]}\n")
    #expect(found.findings.problems == [.notJSON(rule: 1)])
  }

  @Test func belowAWithheldKeyEveryPointerApplies() throws {
    let found = try redact(
      #"{"name":"Jan","id":2}"#, "{item: a, code: X, pointers: [/name]}", "application/json",
      withheld: [1])
    #expect(found.text == #"{"name":[1],"id":2}"#)
    let lost = try redact(
      #"{"name":"Jan","id":2}"#, "{item: a, code: X, pointers: [/id]}", "application/json",
      withheld: [4])
    #expect(lost.findings.problems.contains(.structureWithheld(rule: 1)))
  }

  // MARK: Text

  @Test(arguments: [
    ("text/plain", "IP 192.0.2.7, x@y.org!", "IP [1], [1]!"),
    ("text/csv", "ip,mail\n192.0.2.7,x@y.org\n", "ip,mail\n[1],[1]\n"),
    (
      "application/json", #"{"ip":"192.0.2.7","m":"a\u0040b.org","n":"a\\u0040b.org"}"#,
      #"{"ip":[1],"m":[1],"n":"a\\u0040b.org"}"#
    ),
  ])
  func detectorsTakeWhatTheyTouch(type: String, content: String, expected: String) throws {
    #expect(
      try redact(content, "{item: a, code: X, detect: [ipv4, email]}", type).text == expected)
  }

  @Test(arguments: [
    ("b.c", "text/plain", "a b-c d", "a [1] d"),
    ("b,c", "text/csv", "a,b,c,d", "a,[1],[1],d"),
    ("x\\W+y", "application/json", #"["x", "y"]"#, "[[1], [1]]"),
    ("^b$", "text/csv", "a,b\nbc,\"b\"", "a,[1]\nbc,[1]"),
    ("^b$", "application/json", #"{"b":"b","x":"abc"}"#, #"{[1]:[1],"x":"abc"}"#),
    ("^b", "text/plain", "a b\nb b", "a b\n[1] b"), ("z*", "text/plain", "a b", "a b"),
    ("say \"no\"", "text/csv", "\"say \"\"no\"\"\",x", "[1],x"),
    ("é", "text/plain", "😀 é é", "😀 [1] [1]"),
    ("(?i)JAN", "text/plain", "jan Jan", "[1] [1]"),
  ])
  func patternsTakeEveryLeafThatTheyTouch(
    pattern: String, type: String, content: String, expected: String
  ) throws {
    #expect(try redact(content, "{item: a, code: X, match: '\(pattern)'}", type).text == expected)
  }

  /// More than a pattern gets time for at once; the address stands across two slices.
  @Test func aLongRunOfLettersDoesNotStopAPattern() throws {
    let filler = String(repeating: "a", count: 40_000)
    let found = try redact(
      "\(filler) \(filler.prefix(4090))@b.c \(filler)", "{item: a, code: X, match: '\\w+@b'}",
      "text/plain")
    #expect(found.findings.cuts.map(\.leaves) == [2..<5])
  }

  @Test func aPatternThatNeverEndsIsAnError() throws {
    #expect(throws: FindError.patternFailed(rule: 1)) {
      try redact(
        String(repeating: "a", count: 60) + "b", "{item: a, code: X, match: '(a*)*c'}", "text/plain"
      )
    }
  }

  @Test func noMatchGoesAcrossWhatIsWithheld() throws {
    let found = try redact(
      "a b c", "{item: a, code: X, match: 'a b'}", "text/plain", withheld: [1])
    #expect(found.findings.cuts.isEmpty)
    #expect(found.findings.problems == [.nothingFound(rule: 1)])
  }

  @Test func theFirstRuleWinsAndLaterOnesStillCount() throws {
    let rules =
      "{item: a, code: X, match: 'b c'}, {item: a, code: Y, match: '[a-c]'}, {item: a, code: Z, match: c}"
    let found = try redact("a b c d", rules, "text/plain")
    #expect(found.text == "[2] [1] d")
    #expect(found.findings.matches == [1: 1, 2: 3, 3: 1])
    #expect(found.findings.problems.isEmpty)
    #expect(found.findings.cuts.map(\.code) == ["Y", "X"])
    let mixed = "{item: a, code: X, match: Jan}, {item: a, code: Y, columns: [n]}"
    #expect(try redact("n\nJan\nEva", mixed, "text/csv").text == "n\n[1]\n[2]")
    let reversed = "{item: a, code: Y, columns: [n]}, {item: a, code: X, match: Jan}"
    #expect(try redact("n\nJan\nEva", reversed, "text/csv").text == "n\n[1]\n[1]")
  }

  @Test func gridsAreSearchedAsBytes() throws {
    let rule = "{item: a, code: X, detect: [email], }, {item: a, code: Y, match: 'Müller'}"
    let policy = try Policy(yaml: Array("rules: [\(rule)]".utf8))
    func found(_ bytes: [UInt8]) throws -> [Int: [UInt64]] {
      var finder = try Finder(rules: policy.rules, form: .grid, mediaType: "text/plain")
      let leaves = stride(from: 0, to: bytes.count, by: 4).map {
        Array(bytes[$0..<min($0 + 4, bytes.count)])
      }
      return Dictionary(grouping: try search(&finder, leaves).cuts, by: \.rule)
        .mapValues { $0.flatMap { Array($0.leaves) } }
    }
    #expect(try found([0xFF, 0, 1] + Array("ab@cd.ef".utf8) + [0xFF, 0xFF]) == [1: [0, 1, 2]])
    #expect(try found([0xFF, 0, 1, 2] + Array("Müller".utf8)) == [2: [1, 2]])
    #expect(try found([0x4D, 0xFC] + Array("ller Jan".utf8)) == [2: [0, 1]])
    let wide = "ab@cd.ef".utf16
    #expect(try found([0xFF] + wide.flatMap { [UInt8($0), 0] } + [9, 9, 9]) == [1: [0, 1, 2, 3]])
    #expect(try found([0xFF, 9] + wide.flatMap { [0, UInt8($0)] }) == [1: [0, 1, 2, 3, 4]])
  }

  @Test func longItemsAreSearchedInWindows() throws {
    // Addresses every 64 KiB or so, also across the windows' edges, in one line without spaces too.
    let filler = Array(repeating: UInt8(ascii: "."), count: 65_521)
    var finder = try Finder(
      rules: try Policy(yaml: Array("rules: [{item: a, code: X, detect: [email]}]".utf8)).rules,
      form: .text, mediaType: "text/plain")
    let mail = Array("jan@example.org".utf8)
    for index in 0..<600 {
      let number = UInt64(index)
      try (index % 2 == 0 ? filler : mail).withUnsafeBytes {
        try finder.push(leaf: number, bytes: $0)
      }
      try finder.end(leaf: number)
    }
    let findings = try finder.finish()
    #expect(findings.cuts.map(\.leaves) == stride(from: 1, to: 600, by: 2).map { $0..<$0 + 1 })
    #expect(findings.matches == [1: 300])
  }

  @Test func oneEndlessLeafIsSearchedInWindows() throws {
    let rules = try Policy(yaml: Array("rules: [{item: a, code: X, match: needle}]".utf8)).rules
    for place in [0, 140, 290] {
      var finder = try Finder(rules: rules, form: .text, mediaType: "text/plain")
      let filler = Array(repeating: UInt8(ascii: "a"), count: 65_536)
      for index in 0..<300 {
        try filler.withUnsafeBytes { try finder.push(leaf: 0, bytes: $0) }
        if index == place {
          try Array("needle".utf8).withUnsafeBytes { try finder.push(leaf: 0, bytes: $0) }
        }
      }
      try finder.end(leaf: 0)
      try Array(" ".utf8).withUnsafeBytes { try finder.push(leaf: 1, bytes: $0) }
      try finder.end(leaf: 1)
      let findings = try finder.finish()
      #expect(findings.cuts.map(\.leaves) == [0..<1])
      #expect(findings.matches == [1: 1])
    }
  }

  @Test func outcomesTellWhichRulesDidNothing() throws {
    let policy = try Policy(
      yaml: Array(
        "rules: [{item: a, code: X, match: q}, {item: b, code: X, all: true}, {item: '*', code: Y, match: z}]"
          .utf8))
    var outcome = PolicyOutcome(policy: policy)
    for name in ["a", "c"] {
      guard case .search(let rules) = policy.plan(forItem: name) else { continue }
      var finder = try Finder(rules: rules, form: .text, mediaType: "text/plain")
      let findings = try search(&finder, [Array("z".utf8), Array(" ".utf8), Array("z".utf8)])
      outcome.note(item: name, plan: .search(rules), findings: findings)
    }
    #expect(outcome.idle == [1, 2])
    #expect(outcome.rules.map(\.itemCount) == [1, 0, 2])
    #expect(outcome.rules.map(\.leafCount) == [0, 0, 4])
    #expect(outcome.rules[0].problems.map(\.item) == ["a"])
  }
}
