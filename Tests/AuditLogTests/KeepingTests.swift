import AuditLog
import CanonicalJSON
import Foundation
import Testing

/// Retention rules, erasing under them, pruning, backup.
@Suite struct KeepingTests {
  let folder: TemporaryFolder
  let clock = TestClock()

  init() throws { folder = try TemporaryFolder() }

  private static func time(_ text: String) throws -> Int64 {
    try #require(Timestamp.milliseconds(text))
  }

  /// A log whose entry n was written on that day, each with a text.
  private func log(_ days: [String]) throws -> NodeLog {
    let log = try NodeLog(settings(folder["log"], clock: clock))
    for day in days {
      clock.now = try Self.time(day + "T10:20:30.456Z")
      _ = try log.append(LogDraft(.login, personal: ["actor": "person of \(day)"])) as LogEntry
    }
    return log
  }

  @Test func agesEndWhereTheLawSays() throws {
    let written = try Self.time("2024-02-29T10:20:30.456Z")
    #expect(RetentionAge.years(1).end(of: written) == (try Self.time("2025-03-01T10:20:30.456Z")))
    #expect(RetentionAge.years(4).end(of: written) == (try Self.time("2028-02-29T10:20:30.456Z")))
    let end = RetentionAge.endOfYear(after: 1).end(of: written)
    #expect(end == (try Self.time("2026-01-01T00:00:00.000Z")))
    #expect(RetentionRule.rule(country: "DE").id == "DE-BDSG-76")
    #expect(RetentionRule.rule(country: "PT").id == "PROJECT-1Y")
    #expect(throws: AuditLogError.unknownRule("X")) { try RetentionRule(id: "X") }
    #expect(Set(RetentionRule.all.map(\.id)).count == RetentionRule.all.count)
  }

  @Test func whatHasPassedItsMaximumAgeIsDueAndGoes() throws {
    let log = try log(["2024-05-01", "2024-12-31", "2025-01-01", "2026-02-01"])
    let rule = try RetentionRule(id: "DE-BDSG-76")
    let due = try log.textsDue(under: rule)
    #expect(due.fields.map(\.index) == [0, 1])
    #expect(due.since == (try Self.time("2026-01-01T00:00:00.000Z")))
    #expect(try log.textsDue(under: RetentionRule(id: "AT-POLICE-3Y")).count == 0)
    let erasures = try log.erase(due.fields, under: rule, personal: ["actor": "officer-1"])
    #expect(erasures.count == 1)
    #expect(try log.textsDue(under: rule).count == 0)
    let verification = try verifyLog(at: folder["log"])
    #expect(verification.isConsistent)
    #expect(verification.personalErased == ["DE-BDSG-76": 2])
    #expect(verification.personalPresent == 3)
  }

  @Test func whatIsTooYoungStays() throws {
    let log = try log(["2024-05-01", "2026-02-01"])
    let rule = try RetentionRule(id: "EU-2018-1725-88")
    let both = [PersonalField(index: 0, field: "actor"), PersonalField(index: 1, field: "actor")]
    #expect(
      throws: AuditLogError.tooYoung(
        rule: rule.id, until: try Self.time("2027-02-01T10:20:30.456Z"))
    ) { try log.erase(both, under: rule) }
    #expect(try log.personal(index: 0) == ["actor": "person of 2024-05-01"])
    let erasable = try log.textsErasable(under: rule, before: .max)
    #expect(erasable.fields == [both[0]])
    #expect(
      try log.newestText(before: .max, notIn: erasable) == Self.time("2026-02-01T10:20:30.456Z"))
    #expect(
      try log.newestText(before: Self.time("2025-01-01T00:00:00.000Z"), notIn: erasable) == nil)
    #expect(throws: AuditLogError.noSuchPersonalField(7, "actor")) {
      try log.erase([PersonalField(index: 7, field: "actor")], under: rule)
    }
  }

  /// 700 entries of 2010, cosigned up to there, and 10 of 2026.
  private func oldLog() throws -> NodeLog {
    clock.now = try Self.time("2010-06-01T00:00:00.000Z")
    let log = try NodeLog(settings(folder["log"], clock: clock))
    for number in 0..<70 {
      let drafts = (0..<10).map {
        LogDraft(
          .send, ["transfer": .string("t-\(number)-\($0)"), "peer": "fi"],
          personal: ["reason": "old \(number)"])
      }
      _ = try log.append(drafts) as [LogEntry]
    }
    clock.now = try Self.time("2026-06-01T00:00:00.000Z")
    return log
  }

  @Test func aPrunedLogVerifiesAndProvesAsBefore() throws {
    let log = try oldLog()
    let rule = try RetentionRule(id: "PROJECT-1Y")
    let before = try Self.time("2020-01-01T00:00:00.000Z")
    #expect(throws: AuditLogError.nothingToPrune) { try log.prune(before: before, under: rule) }
    try cosigned(log, by: folder["peer-\(UUID())"])
    let old = try log.checkpoint().checkpoint
    let pruning = try log.prune(before: before, under: rule)
    #expect((pruning.size, pruning.count) == (512, 512))
    _ = try log.append(Array(repeating: LogDraft(.login), count: 9)) as [LogEntry]
    let verification = try verifyLog(at: folder["log"], key: log.verifierKey)
    #expect(verification.isConsistent, "\(verification.problems)")
    #expect(verification.prunedEntries == 512)
    #expect(verification.entries == 700 - 512 + 10)
    #expect(verification.personalPresent == 700 - 512)
    #expect(throws: AuditLogError.noSuchEntry(511)) { try log.entry(at: 511) }

    let new = try log.checkpoint().checkpoint
    for index in [UInt64(512), 600, 709] {
      let proof = try log.tlogProof(index: index)
      #expect(try proof.check(entry: log.entry(at: index), key: log.verifierKey) == new)
    }
    for size in [UInt64(10), 300, 510, 700] {
      let root = try #require(try log.root(size: size))
      try log.consistencyProof(from: size, to: new.size).check(
        from: size, root: root, to: new.size, root: new.root)
    }
    #expect(try log.root(size: 700) == old.root)
    // No byte of what went is in the file.
    for file in ["log", "log-wal"] {
      let bytes = try Data(contentsOf: URL(filePath: folder[file]))
      #expect(bytes.range(of: Data("old 3\"".utf8)) == nil)
      #expect(bytes.range(of: Data("t-3-3".utf8)) == nil)
    }
    try log.close()
    _ = try NodeLog(settings(folder["log"], clock: clock)).append(LogDraft(.login)) as LogEntry
  }

  @Test func exportsOfAPrunedLogVerify() throws {
    let log = try oldLog()
    try cosigned(log, by: folder["peer-\(UUID())"])
    let rule = try RetentionRule(id: "PROJECT-1Y")
    _ = try log.prune(before: Self.time("2020-01-01T00:00:00.000Z"), under: rule)
    try log.exportTiles(to: folder["tiles"])
    try log.exportSQLite(to: folder["copy"])
    for verification in [
      try verifyTiles(at: folder["tiles"]), try verifyLog(at: folder["copy"]),
    ] {
      #expect(verification.isConsistent, "\(verification.problems)")
      #expect(verification.prunedEntries == 512)
      #expect(verification.entries == 189)
    }
    let first = folder["tiles/tile/entries/000"]
    #expect(!FileManager.default.fileExists(atPath: first))
    // More than the entry says is not pruned but gone.
    try Data("768\n".utf8).write(to: URL(filePath: folder["tiles/pruned"]))
    #expect(throws: AuditLogError.self) { try verifyTiles(at: folder["tiles"]) }
  }

  @Test func deletingWithoutAnEntryThatSaysSoIsFound() throws {
    let log = try oldLog()
    try log.close()
    try disarm(folder["log"])
    _ = try sqlite(folder["log"], "insert into pruned values(256, 1, 'X', 0)")
    _ = try sqlite(
      folder["log"],
      "delete from entries where idx < 256; delete from transfers where idx < 256;"
        + "delete from personal where idx < 256")
    let verification = try verifyLog(at: folder["log"])
    #expect(verification.problems == [.entryMissing(0)])
  }

  @Test func entriesUnderTheMinimumAgeAreNotPruned() throws {
    let log = try oldLog()
    clock.now = try Self.time("2019-06-01T00:00:00.000Z")
    try cosigned(log, by: folder["peer-\(UUID())"])
    let rule = try RetentionRule(id: "PROJECT-1Y")
    #expect(
      throws: AuditLogError.tooYoung(
        rule: rule.id, until: try Self.time("2020-06-01T00:00:00.000Z"))
    ) { try log.prune(before: Self.time("2019-01-01T00:00:00.000Z"), under: rule) }
    #expect(try log.prunedSize() == 0)
    #expect(throws: TestFailure.self) { try sqlite(folder["log"], "delete from entries") }
  }

  @Test func aBackupIsTheWholeLogAndVerified() async throws {
    let log = try filledLog(folder["log"], count: 40)
    async let writing: Void = {
      for _ in 0..<50 { _ = try await log.append(LogDraft(.login)) as LogEntry }
    }()
    let verification = try log.backup(to: folder["backup"])
    try await writing
    #expect(verification.isConsistent)
    #expect(verification.entries >= 40)
    #expect(verification.personalPresent == 8)
    #expect(try sqlite(folder["backup"], "pragma journal_mode") == "delete\n")
    let attributes = try FileManager.default.attributesOfItem(atPath: folder["backup"])
    #expect((attributes[.posixPermissions] as? Int) == 0o600)
    #expect(throws: AuditLogError.fileExists(folder["backup"])) {
      try log.backup(to: folder["backup"])
    }
    // A restored copy opens, and goes on where it was: whether it may is for the peers to say.
    let restored = try NodeLog(settings(folder["backup"]))
    _ = try await restored.append(LogDraft(.login)) as LogEntry
  }

  @Test func anotherOriginTakesOverWhatIsHeldOfPeers() throws {
    let old = try filledLog(folder["log"], count: 5)
    let peer = try NodeLog(settings(folder["fi"], node: "fi"))
    _ = try peer.append(LogDraft(.login)) as LogEntry
    _ = try old.acceptPeerCheckpoint(
      note: peer.checkpoint().serialized, key: peer.verifierKey,
      proof: peer.consistencyProof(from: 0, to: 1))
    try old.close()
    let name = "pt-ipcu.rogatory.example/log-2"
    let new = try NodeLog(
      NodeLog.Settings(
        path: folder["new"], node: "pt-ipcu", origin: name,
        signer: NoteSigner.generate(name: name, kind: .ed25519), cosigner: cosigner("pt-ipcu"),
        software: "test"))
    let entry = try new.takeOver(
      from: folder["log"], tablesNamed: "exchange_", as: LogDraft(.keyChange))
    #expect(entry.index == 0)
    #expect(try new.peerCheckpoint(origin: peer.origin)?.text == peer.checkpoint().note.text)
    #expect(try originOfLog(at: folder["new"]) == name)
    #expect(try originOfLog(at: folder["none"]) == nil)
    #expect(try verifyLog(at: folder["new"]).isConsistent)
  }
}
