import Merkle
import Redaction
import Testing

/// Chain, permission, account and locks, without files.
@Suite struct RecordTests {
  private let other = Hash(leaf: [9])

  private func chain(_ terms: Terms = Terms()) throws -> RecordChain {
    RecordChain(seal: try StatementTests.seal(), terms: terms)
  }

  @Test func recordsFollowUponEachOther() throws {
    var chain = try chain()
    let cut = [contentCut(0..<1)]
    #expect(throws: RedactionError.chain(.sequence(2))) {
      try chain.append(StatementTests.record(cut, sequence: 2))
    }
    #expect(throws: RedactionError.chain(.previous(sequence: 1))) {
      try chain.append(StatementTests.record(cut, previous: other))
    }
    #expect(throws: RedactionError.chain(.seal(sequence: 1))) {
      try chain.append(StatementTests.record(cut, seal: StatementTests.seal(itemCount: 8)))
    }
    let first = try StatementTests.record(cut)
    try chain.append(first)
    #expect(chain.lastDigest == first.digest && chain.nextSequence == 2 && !chain.isClosed)
    try chain.append(
      StatementTests.record(cut, sequence: 2, isClosed: true, previous: first.digest))
    #expect(throws: RedactionError.chain(.afterClosed(sequence: 3))) {
      try chain.append(StatementTests.record(cut, sequence: 3, previous: chain.lastDigest))
    }
    #expect(throws: RedactionError.chain(.view)) {
      try chain.check(view: View(seed: .generate(), itemCount: 7))
    }
    #expect(throws: RedactionError.view(.itemCount(6))) {
      try chain.check(view: View(seed: .generate(), itemCount: 6))
    }
  }

  /// A grant is a step of its own: it withholds nothing, and counts from the next step on.
  @Test func whoeverMayRedactMayLetOthers() throws {
    let grant = [Terms.Redactor(node: "fi-npa", anchor: other)]
    var chain = try chain()
    #expect(throws: RedactionError.permission(.redactor, sequence: 1)) {
      try chain.append(
        StatementTests.record([], redactor: "fi-npa", grants: grant), anchors: [other])
    }
    let first = try StatementTests.record([], grants: grant)
    #expect(try RedactionRecord(parsing: first.bytes) == first)
    try chain.append(first)
    #expect(throws: RedactionError.permission(.redactor, sequence: 2)) {
      try chain.append(
        StatementTests.record(
          [contentCut(0..<1)], sequence: 2, previous: first.digest, redactor: "fi-npa"),
        anchors: [.emptyTree])
    }
    #expect(throws: RedactionError.chain(.view)) {
      try chain.append(
        StatementTests.record(
          [], sequence: 2, previous: first.digest, view: other, redactor: "fi-npa", grants: grant),
        anchors: [other])
    }
    try chain.append(
      StatementTests.record(
        [contentCut(0..<1)], sequence: 2, previous: first.digest, redactor: "fi-npa"),
      anchors: [other])
  }

  @Test func grantsAreInOrderAndAlone() throws {
    let (one, two) = (
      Terms.Redactor(node: "a", anchor: other), Terms.Redactor(node: "b", anchor: other)
    )
    for grants in [[two, one], [one, one]] {
      #expect(throws: RedactionError.statement(.grant, line: 13)) {
        try StatementTests.record([], grants: grants)
      }
    }
    #expect(throws: RedactionError.statement(.grant, line: 13)) {
      try StatementTests.record([contentCut(0..<1)], grants: [one])
    }
    #expect(throws: RedactionError.statement(.missingLine, line: 12)) {
      try StatementTests.record([])
    }
    #expect(throws: RedactionError.statement(.grant, line: 12)) {
      try StatementTests.record([], grants: [.init(node: "NO", anchor: other)])
    }
  }

  @Test func onlyWhomTheTermsPermit() throws {
    let cut = [contentCut(0..<1)]
    let redactor = RedactionError.permission(.redactor, sequence: 1)
    var alone = try chain()
    #expect(throws: redactor) {
      try alone.append(StatementTests.record(cut, redactor: "fi-npa"))
    }
    try alone.append(StatementTests.record(cut))

    var named = try chain(Terms(redactors: [.init(node: "fi-npa", anchor: other)]))
    #expect(throws: redactor) { try named.append(StatementTests.record(cut)) }
    #expect(throws: redactor) { try named.append(StatementTests.record(cut, redactor: "fi-npa")) }
    #expect(throws: redactor) {
      try named.append(
        StatementTests.record(cut, redactor: "fi-npa"), anchors: [StatementTests.key])
    }
    try named.append(StatementTests.record(cut, redactor: "fi-npa"), anchors: [other, .emptyTree])

    let approver = RedactionError.permission(.approver, sequence: 1)
    for terms in [Terms(), Terms(onePerson: true)] {
      var chain = try chain(terms)
      #expect(throws: approver) {
        try chain.append(StatementTests.record(cut, proposer: "a", approver: "a"))
      }
      let solo = try StatementTests.record(cut, proposer: "a", approver: nil)
      if terms.onePerson {
        try chain.append(solo)
      } else {
        #expect(throws: approver) { try chain.append(solo) }
      }
    }
  }

  /// What is kept of all records together has a limit, which one record can't pass either.
  @Test func moreCutsThanAReaderTakesAreRefused() throws {
    func cuts(_ items: Range<Int>) -> [Cut] {
      items.map { Cut(item: $0, part: .all, code: "A", rule: 0, basis: "x") }
    }
    let half = Claims.maximumCuts / 2
    let first = try StatementTests.record(cuts(1..<half + 1))
    let second = try StatementTests.record(cuts(half + 1..<2 * half + 1))
    #expect(try Claims([first, second]).items.count == Claims.maximumCuts)
    let last = 2 * half + 1
    let third = try StatementTests.record(cuts(last..<last + 1))
    #expect(throws: RedactionError.account(.tooManyCuts, item: last)) {
      try Claims([first, second, third])
    }
    #expect(throws: RedactionError.account(.tooManyCuts, item: last)) {
      try StatementTests.record(cuts(1..<last + 1))
    }
  }

  @Test func nothingIsClaimedTwice() throws {
    let all = Cut(item: 1, part: .all, code: "A", rule: 0, basis: "x")
    let header = Cut(item: 1, part: .header(0..<1), code: "A", rule: 0, basis: "x")
    func claims(_ cuts: [Cut]...) throws -> Claims {
      try Claims(cuts.map { try StatementTests.record($0) })
    }
    let twice = RedactionError.account(.claimedTwice, item: 1)
    #expect(throws: twice) { try claims([contentCut(0..<2)], [contentCut(1..<3)]) }
    #expect(throws: twice) { try claims([all], [all]) }
    #expect(throws: twice) { try claims([all], [header]) }
    #expect(try claims([contentCut(0..<2)], [all]).supersededItems == [1])
    let united = try claims([contentCut(4..<5)], [header, contentCut(0..<2)])
    #expect(united.supersededItems == [] && united.items == [1])
    #expect(united.cuts(ofItem: 1) == [header, contentCut(0..<2), contentCut(4..<5)])
    #expect(united.cuts(ofItem: 2) == [])

    for lock in [Terms.Lock(item: 1), Terms.Lock(item: 1, content: 4..<9)] {
      #expect(throws: RedactionError.locked(item: 1)) {
        try united.check(locked: Terms(locked: [lock]))
      }
    }
    try united.check(locked: Terms(locked: [.init(item: 1, content: 2..<4), .init(item: 2)]))
    #expect(throws: RedactionError.locked(item: 1)) {
      try claims([all]).check(locked: Terms(locked: [.init(item: 1, content: 90..<91)]))
    }
  }

  @Test func termsAreReadStrictly() throws {
    func terms(_ text: String) throws -> Terms { try Terms(parsing: Array(text.utf8)) }
    #expect(try terms("{}") == Terms())
    let anchor = other.base64
    let full = try terms(
      #"{"deleteBy":"x","locked":[{"item":7},{"content":[0,3],"item":1}],"onePerson":true,"#
        + #""redactors":[{"anchor":"\#(anchor)","node":"a"}]}"#
    )
    #expect(full.onePerson)
    #expect(full.locked == [.init(item: 7), .init(item: 1, content: 0..<3)])
    #expect(full.redactors == [.init(node: "a", anchor: other)])
    for bad in [
      "", "[]", "{ }", #"{"onePerson":1}"#, #"{"locked":{}}"#, #"{"locked":[{}]}"#,
      #"{"locked":[{"item":0}]}"#, #"{"locked":[{"content":[3,0],"item":1}]}"#,
      #"{"locked":[{"content":[0],"item":1}]}"#, #"{"locked":[{"item":1,"x":1}]}"#,
      #"{"locked":[{"content":[-1,2],"item":1}]}"#, #"{"redactors":[{"node":"a"}]}"#,
      #"{"redactors":[{"anchor":"x","node":"a"}]}"#,
      #"{"redactors":[{"anchor":"\#(anchor)","node":"A"}]}"#,
    ] {
      #expect { try terms(bad) } throws: { ($0 as? RedactionError)?.check == "terms" }
    }
  }
}
