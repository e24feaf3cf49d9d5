import Merkle
import Redaction
import Testing

/// One item: its scanner, what a step refuses, and what stands in the gaps.
@Suite struct ItemTests {
  private let seed = [UInt8](repeating: 5, count: 32)

  private func text() throws -> SealedItem {
    try SealedItem(seed: seed, leaves: ["Jan", " ", "", "tel", ": ", "555"].map { Array($0.utf8) })
  }

  @Test func aScannerGivesEveryLeafInOrder() throws {
    var version = try Version(text())
    try version.redact([contentCut(0..<1, shown: "P-1"), contentCut(4..<6)])
    let scanner = try LeafScanner(
      leaves: reader(version.leaves ?? []), content: reader(version.content ?? [], most: 2),
      cuts: version.cuts)
    var seen: [String] = []
    while let piece = try scanner.next() {
      switch piece {
      case .bytes(let leaf, let bytes):
        seen.append("\(leaf)@\(scanner.offset) \(String(decoding: bytes, as: UTF8.self))")
      case .end(let leaf): seen.append("end \(leaf)")
      case .withheld(let range): seen.append("\(range)@\(scanner.offset)")
      }
    }
    #expect(
      String(decoding: version.content ?? [], as: UTF8.self)
        == "[REDACTED REL: P-1] tel[REDACTED REL]")
    #expect(
      seen == ["0..<1@0", "1@19  ", "end 1", "end 2", "3@20 te", "3@22 l", "end 3", "4..<6@23"])
  }

  @Test func whatAStepRefuses() throws {
    var version = try Version(text())
    try version.redact([contentCut(0..<1)])
    let twice = RedactionError.account(.claimedTwice, item: 1)
    let outside = RedactionError.account(.outside, item: 1)
    #expect(throws: twice) { try version.redact(exactly: [contentCut(0..<2)]) }
    #expect(throws: twice) { try version.redact(exactly: [contentCut(1..<3), contentCut(2..<4)]) }
    #expect(throws: outside) { try version.redact(exactly: [contentCut(5..<7)]) }
    #expect(throws: outside) { try version.redact(exactly: [contentCut(.max - 1 ..< .max)]) }
    #expect(throws: RedactionError.header(.mediaType)) {
      try version.redact(exactly: [
        Cut(item: 1, part: .header(0..<1), code: "A", rule: 0, basis: "x")
      ])
    }
    #expect(throws: RedactionError.account(.notToldAsAll, item: 1)) {
      try version.redact(exactly: [
        contentCut(1..<6), Cut(item: 1, part: .header(0..<2), code: "A", rule: 0, basis: "x"),
      ])
    }
    var fresh = try Version(text())
    #expect(throws: RedactionError.header(.derived("size"))) {
      try fresh.redact(exactly: [contentCut(0..<1)])
    }
    var image = try Version(SealedItem(seed: seed, mediaType: "image/tiff", leaves: [[1], [2]]))
    #expect(throws: RedactionError.file(.noRendering)) { try image.redact([contentCut(0..<1)]) }
    try image.redact([contentCut(0..<2)])
    #expect(image.content == nil && image.leaves != nil)
    _ = try image.check()
  }

  @Test func anItemOfWhichNothingStaysGoesAsAll() throws {
    let item = try text()
    var version = try Version(item)
    try version.redact([contentCut(0..<6, shown: "x")])
    #expect(version.content == nil)
    #expect(try version.check().id == item.id)
    #expect(try version.check().sha256 == nil)
    try version.redact([Cut(item: 1, part: .header(0..<2), code: "PD-ID", rule: 3, basis: "y")])
    #expect(version.cuts.last == Cut(item: 1, part: .all, code: "PD-ID", rule: 3, basis: "y"))
    #expect(version.view.state(ofItem: 1) == .withheld(try item.id))
    #expect(version.leaves == nil)
    #expect(throws: RedactionError.leaves(.ofWithheldItem)) { try version.check() }
    #expect(throws: RedactionError.account(.claimedTwice, item: 1)) {
      try version.redact([contentCut(0..<1)])
    }
    var whole = try Version(item)
    try whole.redact([
      contentCut(0..<1), Cut(item: 1, part: .all, code: "INF", rule: 0, basis: "z"),
    ])
    #expect(whole.view == version.view)
  }

  @Test func aCheckedItemTellsItsFile() throws {
    let item = try text()
    var version = try Version(item)
    #expect(try version.check().sha256 == Hash(digestOf: item.content))
    try version.redact([contentCut(3..<5)])
    let checked = try version.check()
    #expect(checked.sha256 == Hash(digestOf: version.content ?? []))
    #expect(checked.size == UInt64(version.content?.count ?? 0))
    #expect(checked.withheldLeafCount == 2 && checked.withheldHeaderCount == 1)
    #expect(checked.head["name"] == Array("a.txt".utf8) && checked.head["size"] == nil)
  }

  /// The n-th call of a reader or writer fails, for every n: the failure comes out, and nothing
  /// traps.
  @Test func everyFailureOfAClosureComesOut() throws {
    struct Failure: Error {}
    let item = try SealedItem(
      seed: seed, leaves: (0..<40).map { [UInt8](repeating: $0, count: 9000) })
    let version = try Version(item)
    for limit in 0..<200 {
      var calls = 0
      func call() throws {
        calls += 1
        if calls > limit { throw Failure() }
      }
      let (leaves, content) = (
        reader(version.leaves ?? [], most: 100), reader(version.content ?? [], most: 9999)
      )
      func step() throws {
        let cuts = try completeCuts([contentCut(3..<4)], view: version.view) { _ in
          try LeavesReader(reader(version.leaves ?? [])).head
        }
        _ = try redactItem(
          number: 1, view: version.view,
          leaves: {
            try call()
            return try leaves($0)
          },
          content: {
            try call()
            return try content($0)
          }, previous: [], added: cuts, writeLeaves: { _ in try call() },
          writeContent: { _ in try call() })
      }
      do {
        try step()
        #expect(limit > 40)
        return
      } catch {
        #expect(error is Failure)
      }
    }
    Issue.record("the step never ended")
  }

  @Test func placeholdersStandWhereTheOracleSays() throws {
    let leaves = ["a", ",", "b", "\n"].map { Array($0.utf8) }
    for (mediaType, expected) in [
      ("text/plain", "[REDACTED REL][REDACTED INF]\n"),
      ("text/csv", "[REDACTED REL][REDACTED REL][REDACTED INF]\n"),
      ("application/json", #""[REDACTED REL]""[REDACTED REL]""[REDACTED INF]""# + "\n"),
    ] {
      var version = try Version(SealedItem(seed: seed, mediaType: mediaType, leaves: leaves))
      try version.redact([contentCut(1..<2), contentCut(2..<3, code: "INF")])
      try version.redact([contentCut(0..<1)])
      #expect(String(decoding: version.content ?? [], as: UTF8.self) == expected)
      _ = try version.check()
    }
  }
}
