import AuditLog
import CanonicalJSON
import Testing

@Suite struct ReconcileTests {
  let folder: TemporaryFolder
  let clock = TestClock()
  let pt: NodeLog
  let fi: NodeLog

  init() throws {
    folder = try TemporaryFolder()
    pt = try NodeLog(settings(folder["pt"], node: "pt", clock: clock))
    fi = try NodeLog(settings(folder["fi"], node: "fi", clock: clock))
  }

  private enum Step { case send, receive, receiptOut, receiptIn }

  /// The entries of a transfer from `a` to `b`, as far as `steps` go.
  private func transfer(
    _ id: String, from a: NodeLog, to b: NodeLog, _ steps: Set<Step> = Set(all),
    received: [String: JSON] = [:], kind: String = "RELAY_ACCEPTANCE"
  ) throws {
    func fields(_ peer: NodeLog, _ more: [String: JSON] = [:]) -> [String: JSON] {
      let base: [String: JSON] = [
        "transfer": .string(id), "peer": .string(peer.node), "bundle": "00112233", "bytes": 4711,
        "ciphertext": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "seal": "s", "view": "v",
      ]
      return base.merging(more) { $1 }
    }
    func receipt(_ peer: NodeLog) -> [String: JSON] {
      [
        "transfer": .string(id), "peer": .string(peer.node), "kind": .string(kind),
        "receipt": .string("digest of \(id)"),
      ]
    }
    var drafts: [(NodeLog, LogDraft)] = []
    if steps.contains(.send) { drafts.append((a, LogDraft(.send, fields(b)))) }
    if steps.contains(.receive) { drafts.append((b, LogDraft(.receive, fields(a, received)))) }
    if steps.contains(.receiptOut) { drafts.append((b, LogDraft(.receiptOut, receipt(a)))) }
    if steps.contains(.receiptIn) { drafts.append((a, LogDraft(.receiptIn, receipt(b)))) }
    for (log, draft) in drafts {
      clock.now += 1000
      _ = try log.append(draft) as LogEntry
    }
  }

  private static let all: [Step] = [.send, .receive, .receiptOut, .receiptIn]

  /// Of whole logs and of exports for each other: the same.
  private func outcome() throws -> Reconciliation {
    let whole = try reconcile(
      ours: folder["pt"], theirs: folder["fi"], ourKey: pt.verifierKey, theirKey: fi.verifierKey)
    try pt.exportSQLite(to: folder["pt.sqlite"], peer: "fi")
    try fi.exportSQLite(to: folder["fi.sqlite"], peer: "pt")
    let exported = try reconcile(ours: folder["pt.sqlite"], theirs: folder["fi.sqlite"])
    #expect(exported.findings == whole.findings)
    #expect(exported.matched == whole.matched)
    #expect(exported.onlyHere == whole.onlyHere)
    #expect(exported.differing == whole.differing)
    _ = whole.json.canonicalBytes
    let mirrored = try reconcile(ours: folder["fi"], theirs: folder["pt"])
    #expect(mirrored.onlyHere == whole.onlyThere)
    #expect(mirrored.findings == whole.findings)
    return whole
  }

  /// Nothing found in nothing would look like agreement.
  @Test func logsThatHaveNoTransfersBetweenThemAreRefused() throws {
    try transfer("t", from: pt, to: fi)
    try pt.exportSQLite(to: folder["for-fi"], peer: "fi")
    try pt.exportSQLite(to: folder["for-sg"], peer: "sg")
    for (ours, theirs) in [("pt", "pt"), ("for-fi", "for-fi"), ("pt", "for-sg"), ("for-fi", "pt")] {
      #expect(throws: AuditLogError.sameNode("pt")) {
        try reconcile(ours: folder[ours], theirs: folder[theirs])
      }
    }
    let mistaken = AuditLogError.exportForAnother(peer: "sg", node: "fi")
    #expect(throws: mistaken) { try reconcile(ours: folder["for-sg"], theirs: folder["fi"]) }
    #expect(throws: mistaken) { try reconcile(ours: folder["fi"], theirs: folder["for-sg"]) }
  }

  @Test func logsThatTellTheSameAreClean() throws {
    for number in 0..<10 {
      let (a, b) = number % 2 == 0 ? (pt, fi) : (fi, pt)
      try transfer("t\(number)", from: a, to: b)
    }
    _ = try pt.append(LogDraft(.send, ["transfer": "x", "peer": "sg"])) as LogEntry
    _ = try pt.append(LogDraft(.login)) as LogEntry
    let result = try outcome()
    #expect(result.isClean, "\(result.text)")
    #expect(result.matched == 10)
    #expect(result.json["result"] == "clean")
  }

  @Test func orphansAreNamedBothWays() throws {
    try transfer("sent", from: pt, to: fi, [.send])
    try transfer("got", from: pt, to: fi, [.receive, .receiptOut])
    let result = try outcome()
    #expect(result.onlyHere == ["sent"])
    #expect(result.onlyThere == ["got"])
    #expect(!result.isClean)
  }

  @Test(arguments: ["ciphertext", "bytes", "bundle", "seal", "view"])
  func aDifferingFieldIsNamed(field: String) throws {
    try transfer("good", from: pt, to: fi)
    try transfer("bad", from: pt, to: fi, received: [field: field == "bytes" ? 4712 : "other"])
    let result = try outcome()
    #expect(result.matched == 1)
    #expect(result.differing == [.init(transfer: "bad", fields: [field])])
  }

  @Test func aReceiptThatOneLogLacksIsNamed() throws {
    try transfer("here", from: pt, to: fi, [.send, .receive, .receiptOut])
    try transfer("there", from: pt, to: fi, [.send, .receive, .receiptIn])
    try transfer("none", from: pt, to: fi, [.send, .receive])
    let result = try outcome()
    #expect(result.matched == 0)
    #expect(result.receiptsMissing.map(\.transfer) == ["here", "none", "there"])
    #expect(result.receiptsMissing.map(\.missingHere) == [true, true, false])
  }

  @Test func aRefusedTransferIsNoOrphan() throws {
    let steps: Set<Step> = [.send, .receiptOut, .receiptIn]
    try transfer("no", from: pt, to: fi, steps, kind: "RELAY_REJECTION")
    let result = try outcome()
    #expect(result.isClean, "\(result.text)")
    #expect(result.refused == 1)
  }

  @Test func clocksMayDifferByTenMinutes() throws {
    try transfer("a", from: pt, to: fi, [.send])
    clock.now -= 9 * 60 * 1000
    try transfer("a", from: pt, to: fi, [.receive, .receiptOut, .receiptIn])
    let tolerated = try outcome()
    #expect(tolerated.isClean)
    #expect(tolerated.skewed == 1)
    clock.now += 3_600_000
    try transfer("b", from: pt, to: fi, [.send])
    clock.now -= 12 * 60 * 1000
    try transfer("b", from: pt, to: fi, [.receive, .receiptOut, .receiptIn])
    let refused = try reconcile(ours: folder["pt"], theirs: folder["fi"])
    #expect(refused.differing == [.init(transfer: "b", fields: ["time"])])
  }

  @Test func aSecondSendOrTwoSendersDiffer() throws {
    try transfer("twice", from: pt, to: fi)
    try transfer("twice", from: pt, to: fi, [.send])
    try transfer("both", from: pt, to: fi, [.send])
    try transfer("both", from: fi, to: pt, [.send])
    let result = try outcome()
    #expect(
      result.differing == [
        .init(transfer: "both", fields: ["direction"]), .init(transfer: "twice", fields: ["send"]),
      ])
  }

  @Test func aLogThatFailsItsOwnCheckIsNeverClean() throws {
    try transfer("t", from: pt, to: fi)
    try fi.exportSQLite(to: folder["export"], peer: "pt")
    _ = try sqlite(
      folder["export"], "UPDATE entries SET body = replace(body, '4711', '4712') WHERE idx = 0")
    let result = try reconcile(ours: folder["pt"], theirs: folder["export"])
    #expect(!result.isClean)
    #expect(!result.theirs.isConsistent)
    #expect(result.differing == [.init(transfer: "t", fields: ["bytes"])])
  }
}
