import AuditLog
import CanonicalJSON
import Testing

/// The index beside a log, and files whose makers mean no good. What reports say is held by
/// `Tests/audit_report_test.py`.
@Suite struct AuditReportTests {
  let folder: TemporaryFolder
  let clock = TestClock()

  init() throws { folder = try TemporaryFolder() }

  private func makeLog(_ name: String, node: String = "pt-ipcu", transfers: Range<Int>) throws {
    let log = try NodeLog(settings(folder[name], node: node, clock: clock))
    for number in transfers {
      clock.now += 1000
      let fields: [String: JSON] = [
        "transfer": .string("t-\(number)"), "peer": "fi-cust", "bundle": .string("b-\(number)"),
        "bytes": .integer(Int64(number)),
      ]
      _ =
        try log.append([
          LogDraft(.send, fields),
          LogDraft(.receiptIn, fields.merging(["kind": "DELIVERY", "receipt": "r"]) { $1 }),
        ]) as [LogEntry]
    }
    try log.close()
  }

  private func rows(
    _ question: AuditQuestion, _ table: String, of log: String, index: String? = nil
  ) throws -> [[AuditValue]] {
    let audited = try AuditedLog(at: folder[log], indexPath: index.map { folder[$0] })
    let report = AuditReport(AuditRequest(question, now: clock.now), of: audited)
    var rows: [[AuditValue]] = []
    try report.forEachRow(of: table) { rows.append($0) }
    return rows
  }

  @Test func anIndexGrowsWithItsLog() throws {
    try makeLog("log", transfers: 0..<10)
    #expect(try rows(.transfers, "transfers", of: "log", index: "index").count == 10)
    try makeLog("log", transfers: 10..<25)
    let kept = try rows(.transfers, "transfers", of: "log", index: "index")
    #expect(kept.count == 25)
    #expect(try kept == rows(.transfers, "transfers", of: "log"))
  }

  /// A later entry about a transfer changes its row.
  @Test func aTransferThatGoesOnIsToldAnew() throws {
    try makeLog("log", transfers: 0..<3)
    _ = try rows(.transfers, "transfers", of: "log", index: "index")
    let log = try NodeLog(settings(folder["log"], clock: clock))
    _ =
      try log.append(
        LogDraft(.receiptIn, ["transfer": "t-1", "peer": "fi-cust", "kind": "RETRIEVAL"]))
      as LogEntry
    try log.close()
    let told = try rows(.transfers, "by_peer", of: "log", index: "index")
    #expect(told.map { $0[3] } == [.text("delivered"), .text("retrieved")])
    #expect(told.map { $0[4] } == [.integer(2), .integer(1)])
  }

  @Test func askingForATransferIsNoPartOfItsLife() throws {
    try makeLog("log", transfers: 0..<1)
    let log = try NodeLog(settings(folder["log"], clock: clock))
    _ =
      try log.append([
        LogDraft(.auditQuery, ["transfer": "t-0"]), LogDraft(.auditQuery, ["transfer": "t-9"]),
      ]) as [LogEntry]
    try log.close()
    let told = try rows(.transfers, "transfers", of: "log")
    #expect(told.map(\.first) == [.text("t-0")])
    #expect(told.first?.last == .integer(2))
  }

  @Test func anIndexOfAnotherLogIsMadeAnew() throws {
    try makeLog("log", transfers: 0..<10)
    try makeLog("other", transfers: 100..<110)
    _ = try rows(.transfers, "transfers", of: "log", index: "index")
    let kept = try rows(.transfers, "transfers", of: "other", index: "index")
    #expect(try kept == rows(.transfers, "transfers", of: "other"))
    #expect(kept.count == 10)
  }

  /// A kept index is believed, and the report says so; one that is made for it is of the entries.
  @Test func onlyAKeptIndexCanLie() throws {
    try makeLog("log", transfers: 0..<3)
    _ = try rows(.transfers, "transfers", of: "log", index: "index")
    _ = try sqlite(folder["index"], "DELETE FROM transfer_summary WHERE transfer = 't-1'")
    func limits(_ index: String?) throws -> [String] {
      let log = try AuditedLog(at: folder["log"], indexPath: index.map { folder[$0] })
      return AuditReport(AuditRequest(.transfers, now: clock.now), of: log).limits
    }
    #expect(try rows(.transfers, "transfers", of: "log", index: "index").count == 2)
    #expect(try limits("index").contains { $0.contains("index that was kept") })
    #expect(try rows(.transfers, "transfers", of: "log").count == 3)
    #expect(try !limits(nil).contains { $0.contains("index that was kept") })
    #expect(try verifyLog(at: folder["log"]).isConsistent)
    #expect(try compared("index").problems == [.auditIndex(table: "transfer_summary")])
  }

  private func compared(_ index: String) throws -> LogVerification {
    var verification = try verifyLog(at: folder["log"])
    try verification.compareIndex(at: folder[index], ofLogAt: folder["log"])
    return verification
  }

  /// One that grew with its log, or that its log has outgrown, or of another log, or none.
  @Test func anHonestIndexIsTheSame() throws {
    try makeLog("log", transfers: 0..<10)
    _ = try rows(.transfers, "transfers", of: "log", index: "index")
    #expect(try compared("index").isConsistent)
    try makeLog("log", transfers: 10..<25)
    #expect(try compared("index").isConsistent)
    _ = try rows(.transfers, "transfers", of: "log", index: "index")
    #expect(try compared("index").isConsistent)
    #expect(try compared("nothing").isConsistent)
    try makeLog("other", transfers: 100..<110)
    _ = try rows(.transfers, "transfers", of: "other", index: "others")
    #expect(try compared("others").isConsistent)
  }

  @Test(arguments: [
    "UPDATE entry_view SET bytes = bytes + 1 WHERE idx = 3",
    "INSERT INTO clock_step_view VALUES(9, 't', 't', 5)",
    "INSERT INTO redaction_view VALUES(1, 'SEC', 4)", "DELETE FROM checkpoint_view",
    "CREATE TABLE more(a)",
  ])
  func aChangedIndexIsFound(_ sql: String) throws {
    try makeLog("log", transfers: 0..<3)
    _ = try rows(.transfers, "transfers", of: "log", index: "index")
    _ = try sqlite(folder["index"], sql)
    #expect(try !compared("index").isConsistent)
  }

  /// What would change the index while it grows, or stand in a table's place.
  @Test(arguments: [
    "CREATE TRIGGER t AFTER INSERT ON entry_view BEGIN UPDATE entry_view SET event = 'seal'; END",
    "ALTER TABLE checkpoint_view RENAME TO x; CREATE VIEW checkpoint_view AS SELECT * FROM x",
    "CREATE TABLE more(a)", "CREATE INDEX entry_more ON entry_view(peer)",
  ])
  func anIndexWithAnythingOfOthersIsRefused(_ sql: String) throws {
    try makeLog("log", transfers: 0..<3)
    _ = try rows(.transfers, "transfers", of: "log", index: "index")
    _ = try sqlite(folder["index"], sql)
    #expect(throws: AuditLogError.notALog) {
      try rows(.transfers, "transfers", of: "log", index: "index")
    }
  }

  @Test(arguments: [
    "DROP INDEX entry_event; CREATE INDEX entry_event ON entry_view(event, time) WHERE event <> 'send'",
    "DROP TABLE clock_step_view",
  ])
  func anIndexOfAnotherFormIsMadeAnew(_ sql: String) throws {
    try makeLog("log", transfers: 0..<3)
    _ = try rows(.transfers, "transfers", of: "log", index: "index")
    _ = try sqlite(folder["index"], sql + "; DELETE FROM transfer_summary")
    #expect(try rows(.transfers, "transfers", of: "log", index: "index").count == 3)
  }

  @Test func viewsOfAnExportThatLieAreNotAsked() throws {
    try makeLog("log", transfers: 0..<3)
    let log = try NodeLog(settings(folder["log"], clock: clock))
    try log.exportSQLite(to: folder["export"])
    _ = try sqlite(
      folder["export"],
      """
      DROP VIEW transfer_summary; CREATE VIEW transfer_summary AS SELECT 't-9' AS transfer;
      DROP VIEW disclosure_view; CREATE VIEW disclosure_view AS SELECT 'no-basis' AS finding;
      """)
    #expect(try rows(.transfers, "transfers", of: "export").count == 3)
    #expect(try rows(.legalBasis, "totals", of: "export").first?.last == .integer(3))
  }

  @Test func theMiddleOfTheTimesIsToldByPeer() throws {
    let log = try NodeLog(settings(folder["log"], clock: clock))
    for (number, minutes) in [1, 2, 3, 10, 600].enumerated() {
      let fields: [String: JSON] = ["transfer": .string("t-\(number)"), "peer": "fi-cust"]
      _ = try log.append(LogDraft(.send, fields)) as LogEntry
      clock.now += Int64(minutes) * 60_000
      _ =
        try log.append(LogDraft(.receiptIn, fields.merging(["kind": "DELIVERY"]) { $1 }))
        as LogEntry
    }
    try log.close()
    #expect(
      try rows(.fairness, "by_peer", of: "log") == [
        [
          .text("fi-cust"), .text("out"), .integer(5), .integer(0), .integer(0), .integer(3),
        ]
      ])
  }

  @Test func anIndexThatIsNoneIsRefused() throws {
    try makeLog("log", transfers: 0..<1)
    try "this is no database, and long enough not to be taken for an empty one".write(
      toFile: folder["index"], atomically: true, encoding: .utf8)
    #expect(throws: AuditLogError.notALog) {
      try rows(.transfers, "transfers", of: "log", index: "index")
    }
  }

  @Test func aFileThatIsNoLogIsRefused() throws {
    _ = try sqlite(folder["empty"], "CREATE TABLE entries(idx INTEGER PRIMARY KEY, body TEXT)")
    #expect(throws: AuditLogError.notALog) { try AuditedLog(at: folder["empty"]) }
    #expect(throws: AuditLogError.file(folder["missing"], errno: 2)) {
      try AuditedLog(at: folder["missing"])
    }
  }

  /// `log verify` names such an entry; a report goes on with the others.
  @Test func anEntryThatIsNoJSONSaysNothing() throws {
    try makeLog("log", transfers: 0..<3)
    try disarm(folder["log"])
    _ = try sqlite(folder["log"], "UPDATE entries SET body = '{' WHERE idx = 2")
    let told = try rows(.transfers, "by_peer", of: "log")
    #expect(told.map { $0[3] } == [.text("delivered"), .text("delivered")])
    #expect(try rows(.integrity, "coverage", of: "log").first?.first == .integer(6))
  }

  @Test(arguments: ["a b?mode=memory", "file:x", "100%41", "#1", "ü"])
  func aNameIsANameWhateverIsInIt(_ name: String) throws {
    try makeLog(name, transfers: 0..<3)
    #expect(try rows(.transfers, "transfers", of: name).count == 3)
  }

  /// Where a plain table should be, a view would run what its maker wrote.
  @Test(arguments: ["personal", "entries", "checkpoints", "cosignatures"])
  func aViewInATablesPlaceIsRefused(_ table: String) throws {
    try makeLog("log", transfers: 0..<3)
    try disarm(folder["log"])
    _ = try sqlite(
      folder["log"],
      """
      ALTER TABLE \(table) RENAME TO x; CREATE VIEW \(table) AS SELECT * FROM x;
      """)
    #expect(throws: AuditLogError.notALog) { try AuditedLog(at: folder["log"]) }
  }

  /// The views of the file are for `sqlite3`; reports are made of our own.
  @Test func viewsThatLieAreNotAsked() throws {
    try makeLog("log", transfers: 0..<3)
    _ = try sqlite(
      folder["log"],
      """
      DROP VIEW transfer_view; CREATE VIEW transfer_view AS SELECT 1 AS transfer;
      DROP VIEW entry_view; CREATE VIEW entry_view AS SELECT 1 AS idx;
      """)
    #expect(try rows(.transfers, "transfers", of: "log").count == 3)
  }

  @Test func aLogOfAnOlderReleaseGetsTheViewsOfThisOne() throws {
    try makeLog("log", transfers: 0..<3)
    _ = try sqlite(
      folder["log"],
      """
      DROP VIEW transfer_view; DROP VIEW entry_view; CREATE VIEW entry_view AS SELECT idx FROM entries;
      DELETE FROM migrations WHERE name LIKE 'audit-views-%';
      """)
    try makeLog("log", transfers: 3..<4)
    #expect(try sqlite(folder["log"], "SELECT count(*) FROM transfer_view") == "4\n")
  }

  @Test func theDrawIsTheSameForTheSameSeed() throws {
    try makeLog("log", transfers: 0..<40)
    let log = try AuditedLog(at: folder["log"])
    let request = AuditRequest(.transfers, now: clock.now)
    func drawn(_ seed: String, _ count: Int) throws -> [String] {
      try AuditSample(of: log, request, seed: seed, count: count).transfers.map(\.transfer)
    }
    let ten = try drawn("a", 10)
    #expect(Set(ten).count == 10)
    #expect(try drawn("a", 10) == ten)
    #expect(try Array(drawn("a", 40).prefix(10)) == ten)
    #expect(try drawn("b", 10) != ten)
    #expect(try drawn("a", 100).count == 40)
  }

  @Test(arguments: ["Q1", "q21", "Q10"]) func aQuestionHasOneName(_ id: String) {
    #expect(AuditQuestion(id: id)?.id == id.uppercased())
  }

  @Test(arguments: ["", "Q", "Q0", "Q22", "Q01", "Q+1", "1", "QQ1", "Q1 "])
  func anythingElseIsNoQuestion(_ id: String) {
    #expect(AuditQuestion(id: id) == nil)
  }
}
