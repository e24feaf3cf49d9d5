import AuditLog
import CanonicalJSON
import Testing

/// Holds: what they keep back from the rules and from pruning, and until when.
@Suite struct HoldTests {
  let folder: TemporaryFolder
  let clock = TestClock()
  let rule: RetentionRule

  init() throws {
    folder = try TemporaryFolder()
    rule = try RetentionRule(id: "DE-BDSG-76")
  }

  private static func time(_ text: String) throws -> Int64 {
    try #require(Timestamp.milliseconds(text + "T00:00:00.000Z"))
  }

  /// A log of 2024, read in 2031: a seal that names the case, its transfer, which doesn't, and others.
  private func oldLog() throws -> NodeLog {
    clock.now = try Self.time("2024-05-01")
    let log = try NodeLog(settings(folder["log"], clock: clock))
    let who = ["actor": "somebody"]
    _ =
      try log.append([
        LogDraft(.seal, ["bundle": "b-1", "case": "C-1"], personal: who),
        LogDraft(.send, ["bundle": "b-1", "transfer": "t-1"], personal: who),
        LogDraft(.retrieve, ["transfer": "t-1"], personal: who),
        LogDraft(.offer, ["bundle": "b-2", "case": "C-2", "cases": ["C-3"]], personal: who),
        LogDraft(.login, personal: who),
      ]) as [LogEntry]
    clock.now = try Self.time("2031-02-03")
    return log
  }

  private func place(
    _ order: String, on thing: HeldThing, until: Int64? = nil, in log: NodeLog
  ) throws {
    let order = try HoldOrder(order, on: thing, until: until)
    _ =
      try log.transaction { try $0.place(order, personal: ["actor": "a", "reason": "r"]) } as Hold
  }

  private func lift(_ order: String, on thing: HeldThing, in log: NodeLog) throws {
    let order = try HoldOrder(order, on: thing)
    _ = try log.transaction { try $0.lift(order, personal: [:]) } as Hold
  }

  @Test func aCaseIsHeldWithItsBundlesAndTheirTransfers() throws {
    let log = try oldLog()
    #expect(try log.textsDue(under: rule).fields.map(\.index) == [0, 1, 2, 3, 4])
    try place("7 Ds 1/31", on: .caseReference("C-1"), in: log)
    let due = try log.textsDue(under: rule)
    #expect(due.fields.map(\.index) == [3, 4])
    #expect(due.held == 3)
    for index in [UInt64(0), 1, 2] {
      #expect(throws: AuditLogError.held(order: "7 Ds 1/31")) {
        try log.erase([PersonalField(index: index, field: "actor")], under: rule)
      }
      #expect(throws: AuditLogError.held(order: "7 Ds 1/31")) {
        try log.erasePersonal(rule: "X", [PersonalField(index: index, field: "actor")]) as Erasure
      }
    }
    #expect(try log.erase(due.fields, under: rule).count == 1)
    try lift("7 Ds 1/31", on: .caseReference("C-1"), in: log)
    #expect(try log.textsDue(under: rule).fields.map(\.index) == [0, 1, 2])
    #expect(try verifyLog(at: folder["log"]).isConsistent)
  }

  @Test func aSecondCaseOfTheTermsCounts() throws {
    let log = try oldLog()
    try place("O-1", on: .caseReference("C-3"), in: log)
    #expect(try log.textsDue(under: rule).fields.map(\.index) == [0, 1, 2, 4])
  }

  @Test func aBundleIsHeldUntilTheLastOrderIsLifted() throws {
    let log = try oldLog()
    let bundle = HeldThing.bundle("b-1")
    try place("O-1", on: bundle, in: log)
    try place("O-2", on: bundle, in: log)
    #expect(throws: AuditLogError.heldAlready(order: "O-1")) {
      try place("O-1", on: bundle, in: log)
    }
    try lift("O-1", on: bundle, in: log)
    #expect(throws: AuditLogError.notHeld(order: "O-1")) { try lift("O-1", on: bundle, in: log) }
    #expect(throws: AuditLogError.notHeld(order: "O-2")) {
      try lift("O-2", on: .caseReference("b-1"), in: log)
    }
    // The transfer's later entry names no bundle.
    #expect(try log.textsDue(under: rule).fields.map(\.index) == [3, 4])
    try lift("O-2", on: bundle, in: log)
    #expect(try log.textsDue(under: rule).held == 0)
    try place("O-1", on: bundle, in: log)
    #expect(try log.holds().map(\.order) == ["O-1", "O-2", "O-1"])
  }

  @Test func aHoldEndsByItselfOnItsDay() throws {
    let log = try oldLog()
    let end = try Self.time("2031-06-01")
    try place("O-1", on: .bundle("b-1"), until: end, in: log)
    clock.now = end
    #expect(try log.textsDue(under: rule).held == 3)
    clock.now = end + 1
    #expect(try log.textsDue(under: rule).held == 0)
    #expect(try log.read { try $0.holds(onBundle: "b-1", cases: [], at: end) }.count == 1)
    #expect(try log.read { try $0.holds(onBundle: "b-1", cases: [], at: end + 1) }.isEmpty)
  }

  @Test func anOrderHasANumber() {
    for number in ["", " 1", "1 ", "Nº 1", String(repeating: "x", count: 129), "1\n2"] {
      #expect(throws: AuditLogError.invalidField("order")) {
        try HoldOrder(number, on: .bundle("b"))
      }
    }
    for reference in ["", "a\u{7}b", "Ärende 1"] {
      #expect(throws: AuditLogError.invalidField("case")) {
        try HoldOrder("1", on: .caseReference(reference))
      }
    }
  }

  @Test func pruningStopsInFrontOfWhatIsHeld() throws {
    clock.now = try Self.time("2010-06-01")
    let log = try NodeLog(settings(folder["log"], clock: clock))
    for number in 0..<70 {
      let drafts = (0..<10).map { LogDraft(.send, ["bundle": .string("b-\(number)-\($0)")]) }
      _ = try log.append(drafts) as [LogEntry]
    }
    try cosigned(log, by: folder["peer"])
    clock.now = try Self.time("2026-06-01")
    let before = try Self.time("2020-01-01")
    try place("O-1", on: .bundle("b-30-0"), in: log)
    try place("O-2", on: .bundle("b-0-3"), in: log)
    #expect(throws: AuditLogError.held(order: "O-2")) { try log.prune(before: before, under: rule) }
    #expect(try log.prunedSize() == 0)
    try lift("O-2", on: .bundle("b-0-3"), in: log)
    let pruning = try log.prune(before: before, under: rule)
    #expect((pruning.size, pruning.count, pruning.heldBack) == (256, 256, 256))
    #expect(throws: AuditLogError.held(order: "O-1")) { try log.prune(before: before, under: rule) }
    try lift("O-1", on: .bundle("b-30-0"), in: log)
    #expect(try log.prune(before: before, under: rule).heldBack == 0)
    #expect(try verifyLog(at: folder["log"], key: log.verifierKey).isConsistent)
  }

  /// What an auditor reads of it, also of a hold on a case; and what a log of a new origin says.
  @Test func auditorsSeeHoldsAndWhatTheyKeep() throws {
    let log = try oldLog()
    clock.now = try Self.time("2024-05-02")
    for (transfer, reference) in [("t-5", "C-5"), ("t-6", "C-6")] {
      let fields: [String: JSON] = [
        "transfer": .string(transfer), "peer": "fi", "bundle": .string("b-" + transfer),
        "case": .string(reference), "delete-by": "2024-06-01",
      ]
      _ =
        try log.append([
          LogDraft(.receive, fields),
          LogDraft(.receiptOut, fields.merging(["kind": "DELIVERY"]) { $1 }),
        ]) as [LogEntry]
    }
    try place("O-5", on: .caseReference("C-5"), in: log)
    try place("O-6", on: .bundle("b-t-6"), until: Self.time("2025-01-01"), in: log)
    try place("O-7", on: .caseReference("C-7"), in: log)
    clock.now += 1000
    try lift("O-7", on: .caseReference("C-7"), in: log)
    try log.close()
    func rows(_ table: String, at now: Int64) throws -> [[AuditValue]] {
      let request = AuditRequest(.retention, now: now)
      var rows: [[AuditValue]] = []
      try AuditReport(request, of: AuditedLog(at: folder["log"])).forEachRow(of: table) {
        rows.append($0)
      }
      return rows
    }
    let early = try Self.time("2024-12-01")
    let late = try Self.time("2026-12-01")
    #expect(try rows("overdue", at: early).isEmpty)
    #expect(try rows("overdue", at: late).map { $0[1] } == [.text("t-6")])
    #expect(try rows("holds", at: early).count == 3)
    #expect(
      try rows("hold_totals", at: early) == [
        [.text("lifted"), .integer(1)], [.text("with an end"), .integer(1)],
        [.text("without an end"), .integer(1)],
      ])
    #expect(try rows("hold_totals", at: late)[1] == [.text("over"), .integer(1)])

    let name = "pt-ipcu.rogatory.example/log-2"
    let new = try NodeLog(
      NodeLog.Settings(
        path: folder["new"], node: "pt-ipcu", origin: name,
        signer: NoteSigner.generate(name: name, kind: .ed25519), cosigner: cosigner("pt-ipcu"),
        software: "test", now: { early }))
    _ = try new.takeOver(from: folder["log"], tablesNamed: "exchange_", as: LogDraft(.keyChange))
    try new.logHoldsAgain()
    #expect(try new.checkpoint().checkpoint.size == 3)
    #expect(try new.holds().filter { $0.isInForce(at: early) }.map(\.entry) == [1, 2])
    #expect(try sqlite(folder["new"], "select hold_order from hold_view") == "O-5\nO-6\n")
  }
}
