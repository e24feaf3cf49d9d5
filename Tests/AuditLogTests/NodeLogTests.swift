import AuditLog
import CanonicalJSON
import Foundation
import GRDB
import Merkle
import Testing

@Suite struct NodeLogTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func aNewLogHasASignedCheckpointOfSizeZero() throws {
    let log = try NodeLog(settings(folder["log"]))
    let checkpoint = try log.checkpoint()
    #expect(checkpoint.checkpoint.size == 0)
    #expect(checkpoint.checkpoint.origin == "pt-ipcu.rogatory.example/log")
    #expect(try verifyLog(at: folder["log"]).isConsistent)
  }

  @Test func whatIsAppendedIsThereAfterReopening() throws {
    let clock = TestClock()
    var log = try NodeLog(settings(folder["log"], clock: clock))
    let first = try log.append(LogDraft(.login, ["outcome": "accepted"]))
    clock.now += 1
    try log.close()
    log = try NodeLog(settings(folder["log"], clock: clock))
    let second = try log.append(LogDraft(.login))
    #expect((first.index, second.index) == (0, 1))
    #expect(try log.entry(at: 0) == first.body)
    #expect(first.leaf == Hash(leaf: first.body))
    let json = try JSON(canonical: first.body, limit: LogLimits.entryBytes)
    #expect(json["time"] == "2026-09-21T14:13:20.000Z")
    #expect(json["event"] == "login")
    #expect(json["node"] == "pt-ipcu")
    #expect(json["nonce"]?.string?.count == 32)
    #expect(throws: AuditLogError.noSuchEntry(2)) { try log.entry(at: 2) }
  }

  @Test func theWriterSyncsEachCommit() throws {
    let log = try NodeLog(settings(folder["log"]))
    let modes = try log.transaction { transaction in
      [
        try Int.fetchOne(transaction.db, sql: "PRAGMA synchronous") ?? -1,
        try Int.fetchOne(transaction.db, sql: "PRAGMA secure_delete") ?? -1,
      ]
    }
    #expect(modes == [2, 1])
    #expect(try sqlite(folder["log"], "PRAGMA journal_mode") == "wal\n")
  }

  /// What this process signed a moment ago isn't verified again, so a note that was changed since mustn't
  /// pass for it.
  @Test func aStoredNoteThatWasChangedIsNotBelieved() throws {
    let log = try filledLog(folder["log"], count: 3)
    #expect(try log.checkpoint().checkpoint.size == 3)
    let change = "replace(note, char(10) || '3' || char(10), char(10) || '2' || char(10))"
    _ = try sqlite(
      folder["log"],
      "DROP TRIGGER checkpoints_no_update; UPDATE checkpoints SET note = \(change) WHERE size = 3")
    let refusal = AuditLogError.badSignature(name: log.origin)
    #expect(throws: refusal) { try log.checkpoint() }
    #expect(throws: refusal) { try log.tlogProof(index: 0) }
    #expect(throws: refusal) { try log.provenEntry(at: 0) }
  }

  @Test func everyEntryAndEverySizeProves() throws {
    let log = try filledLog(folder["log"], count: 40)
    let key = log.verifierKey
    for index in 0..<UInt64(40) {
      let proof = try log.tlogProof(index: index)
      let again = try TlogProof(parsing: proof.serialized)
      #expect(again == proof)
      #expect(try again.check(entry: log.entry(at: index), key: key).size == 40)
    }
    let new = try log.checkpoint().checkpoint
    for size in stride(from: UInt64(7), to: 40, by: 7) {
      let old = try #require(try log.signedCheckpoint(size: size)).checkpoint
      let proof = try log.consistencyProof(from: size, to: 40)
      try proof.check(from: size, root: old.root, to: 40, root: new.root)
    }
    #expect(try log.consistencyProof(from: 0, to: 40).path.isEmpty)
    #expect(try log.signedCheckpoint(size: 3) == nil)
    #expect(throws: AuditLogError.noSuchSize(41)) { try log.consistencyProof(from: 1, to: 41) }
    #expect(throws: AuditLogError.noSuchEntry(40)) { try log.tlogProof(index: 40) }
  }

  @Test(arguments: ["event", "time", "node", "nonce", "software", "personal.reason"])
  func reservedFieldsAreRefused(key: String) throws {
    let log = try NodeLog(settings(folder["log"]))
    #expect(throws: AuditLogError.reservedField(key)) {
      try log.append(LogDraft(.seal, [key: "x"])) as LogEntry
    }
    #expect(try log.checkpoint().checkpoint.size == 0)
  }

  @Test func entriesThatNobodyCouldVerifyAreRefused() throws {
    let log = try NodeLog(settings(folder["log"]))
    func append(_ fields: [String: JSON]) throws -> LogEntry {
      try log.append(LogDraft(.seal, fields))
    }
    #expect(throws: AuditLogError.invalidField("schlüssel")) { try append(["schlüssel": 1]) }
    #expect(throws: AuditLogError.invalidField("")) { try append(["": 1]) }
    #expect(throws: AuditLogError.self) { try append(["n": .integer(.max)]) }
    let long = JSON.string(String(repeating: "x", count: LogLimits.entryBytes))
    #expect(throws: AuditLogError.self) { try append(["long": long]) }
    let fits = 65_535 - (try append(["long": ""])).body.count
    #expect(try append(["long": .string(String(repeating: "x", count: fits))]).body.count == 65_535)
    #expect(throws: AuditLogError.entryTooLarge(bytes: 65_536, limit: 65_535)) {
      try append(["long": .string(String(repeating: "x", count: fits + 1))])
    }
    #expect(throws: AuditLogError.tooManyDrafts(257, limit: 256)) {
      try log.append(Array(repeating: LogDraft(.seal), count: 257)) as [LogEntry]
    }
    #expect(try log.checkpoint().checkpoint.size == 2)
    #expect(try verifyLog(at: folder["log"]).isConsistent)
  }

  static let table = NodeLog.TableMigration("state") { db in
    try db.execute(sql: "CREATE TABLE state(name TEXT PRIMARY KEY) STRICT")
  }

  @Test func changesAndEntriesAreOneTransaction() throws {
    let log = try NodeLog(settings(folder["log"], tables: [Self.table]))
    let index = try log.append([LogDraft(.queue)]) { db, entries in
      try db.execute(sql: "INSERT INTO state VALUES('queued')")
      return entries.first?.index
    }
    #expect(index == 0)
    #expect(throws: TestFailure.self) {
      try log.append([LogDraft(.queue)]) { db, _ in
        try db.execute(sql: "INSERT INTO state VALUES('offered')")
        throw TestFailure(text: "")
      }
    }
    #expect(throws: DatabaseError.self) {
      try log.append([LogDraft(.queue)]) { db, _ in
        try db.execute(sql: "INSERT INTO state VALUES('queued')")
      }
    }
    #expect(try log.checkpoint().checkpoint.size == 1)
    #expect(try log.read { try String.fetchAll($0, sql: "SELECT name FROM state") } == ["queued"])
    try log.close()
    _ = try NodeLog(settings(folder["log"], tables: [Self.table]))
  }

  @Test func aWriteWithoutEntriesSignsNothing() throws {
    let log = try NodeLog(settings(folder["log"], tables: [Self.table]))
    let before = try log.checkpoint()
    try log.transaction { try $0.db.execute(sql: "INSERT INTO state VALUES('a')") }
    #expect(try log.checkpoint() == before)
  }

  @Test func sixtyFourWritersShareCommitsAndAFailureIsItsOwn() async throws {
    let log = try NodeLog(settings(folder["log"], tables: [Self.table]))
    let failures = try await withThrowingTaskGroup(of: Bool.self) { group in
      for writer in 0..<64 {
        group.addTask {
          for round in 0..<10 {
            let fails = writer % 8 == 0 && round == 5
            do {
              _ = try await log.append([LogDraft(.send, ["n": .integer(Int64(writer))])]) {
                db, entries in
                try db.execute(
                  sql: "INSERT INTO state VALUES(?)", arguments: ["\(writer) \(round)"])
                if fails { throw TestFailure(text: "") }
                return entries.count
              }
              if fails { return false }
            } catch is TestFailure {
              if !fails { return false }
            }
          }
          return true
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 0 : 1) }
    }
    #expect(failures == 0)
    let verification = try verifyLog(at: folder["log"], key: log.verifierKey)
    #expect(verification.isConsistent)
    #expect(verification.entries == 632)
    #expect(try log.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM state") } == 632)
    print("64 writers: \(verification.entries) entries in \(verification.checkpoints - 1) commits")
    #expect(verification.checkpoints < 400)
  }

  /// Appends of all kinds share commits with calls that throw after they appended: what those wrote is
  /// undone, hashes included, and nobody else's.
  @Test func whatFailsInACommitLeavesNothing() async throws {
    let log = try NodeLog(settings(folder["log"], tables: [Self.table]))
    let tooLong = JSON.string(String(repeating: "x", count: LogLimits.entryBytes - 50))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<24 {
        group.addTask {
          for round in 0..<8 {
            let fields: [String: JSON] = ["transfer": .string("t\(writer)"), "n": .integer(7)]
            switch writer % 4 {
            case 0: _ = try await log.append(LogDraft(.send, fields)) as LogEntry
            case 1:
              let drafts = [LogDraft(.seal), LogDraft(.offer, fields, personal: ["actor": "A"])]
              _ = try await log.append(drafts) as [LogEntry]
            case 2:
              await #expect(throws: TestFailure.self) {
                try await log.append([LogDraft(.queue, fields), LogDraft(.send)]) { db, _ in
                  try db.execute(
                    sql: "INSERT INTO state VALUES(?)", arguments: ["\(writer) \(round)"])
                  throw TestFailure(text: "")
                }
              }
            default:
              await #expect(throws: AuditLogError.self) {
                try await log.append([LogDraft(.seal), LogDraft(.seal, ["long": tooLong])])
                  as [LogEntry]
              }
            }
          }
        }
      }
      try await group.waitForAll()
    }
    let verification = try verifyLog(at: folder["log"], key: log.verifierKey)
    #expect(verification.isConsistent, "\(verification.json)")
    #expect(verification.entries == 6 * 8 * 3)
    #expect(try log.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM state") } == 0)
  }

  /// What callers prepare and what the log adds come to one object in its RFC 8785 form, wherever their
  /// keys stand among each other.
  @Test(arguments: ["software 1", "Prüfstand \"2\"\n"])
  func anEntryIsTheObjectOfAllItsFields(software: String) throws {
    let log = try NodeLog(
      NodeLog.Settings(
        path: folder["log"], node: "pt-ipcu", signer: signer("pt-ipcu"),
        cosigner: cosigner("pt-ipcu"), software: software, configuration: [1]))
    let fields: [String: JSON] = [
      "!": true, "a": [1, ["b": "ü", "a": -1]], "bootz": 2, "clock-": "\u{1}", "clock-offset!": "",
      "nod": "x", "nodes": "\\", "timee": 3, "~": ["z": [], "y": [:]],
    ]
    let entry = try log.append(LogDraft(.collect, fields, personal: ["who": "Zoë", "why": ""]))
    let json = try JSON(canonical: entry.body, limit: LogLimits.entryBytes)
    for (key, value) in fields { #expect(json[key] == value, "\(key)") }
    #expect(json["software"]?.string == software)
    let added = ["event", "node", "nonce", "time", "clock", "configuration", "software"]
    for key in added + ["personal.who", "personal.why"] { #expect(json[key] != nil, "\(key)") }
    #expect(try log.personal(index: 0) == ["who": "Zoë", "why": ""])
    #expect(try verifyLog(at: folder["log"]).isConsistent)
  }

  @Test func twoOpeningsOfOneFileAppendInTurn() async throws {
    let one = try NodeLog(settings(folder["log"]))
    let two = try NodeLog(settings(folder["log"]))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for log in [one, two] {
        for _ in 0..<4 {
          group.addTask {
            for _ in 0..<25 { _ = try await log.append(LogDraft(.seal)) as LogEntry }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try one.checkpoint() == two.checkpoint())
    let verification = try verifyLog(at: folder["log"])
    #expect(verification.isConsistent)
    #expect(verification.entries == 200)
  }

  @Test func openingsThatCreateOneFileAtOnceAgree() async throws {
    for round in 0..<10 {
      let path = folder["at-once-\(round)"]
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask {
            let log = try NodeLog(settings(path, tables: [Self.table]))
            _ = try await log.append(LogDraft(.config)) as LogEntry
          }
        }
        try await group.waitForAll()
      }
      let verification = try verifyLog(at: path)
      #expect(verification.isConsistent)
      #expect(verification.entries == 4)
    }
  }

  @Test func theTriggersKeepWhatIsThere() throws {
    _ = try filledLog(folder["log"], count: 3)
    for sql in [
      "UPDATE entries SET body = '{}' WHERE idx = 1", "DELETE FROM entries WHERE idx = 2",
      "INSERT INTO entries VALUES(4, '{}')", "INSERT OR REPLACE INTO entries VALUES(1, '{}')",
      "DELETE FROM nodes", "UPDATE nodes SET hash = x'00'", "DELETE FROM checkpoints",
      "INSERT INTO nodes VALUES(3, zeroblob(32))", "INSERT INTO nodes VALUES(5, zeroblob(32))",
      "INSERT INTO nodes VALUES(4, x'')", "INSERT INTO nodes VALUES(4, zeroblob(33))",
      "INSERT INTO checkpoints VALUES(2, x'00', '', 0)", "UPDATE meta SET value = ''",
      "UPDATE personal SET text = ''",
    ] {
      #expect(throws: TestFailure.self, Comment(rawValue: sql)) { try sqlite(folder["log"], sql) }
    }
    #expect(try verifyLog(at: folder["log"]).isConsistent)
  }

  @Test func theLogOfAnotherNodeIsNotOpened() throws {
    try NodeLog(settings(folder["log"])).close()
    #expect(throws: AuditLogError.wrongLog(origin: "pt-ipcu.rogatory.example/log")) {
      try NodeLog(settings(folder["log"], node: "fi"))
    }
    let other = NodeLog.Settings(
      path: folder["log"], node: "pt-ipcu", signer: try signer("pt-ipcu", seed: 2),
      cosigner: try cosigner("pt-ipcu"), software: "")
    #expect(throws: AuditLogError.wrongLog(origin: "pt-ipcu.rogatory.example/log")) {
      try NodeLog(other)
    }
  }

  @Test func showFiltersAndJoinsPersonalTexts() throws {
    let log = try NodeLog(settings(folder["log"]))
    let drafts = [
      LogDraft(.send, ["transfer": "t1", "peer": "fi"]),
      LogDraft(.send, ["transfer": "t2", "peer": "sg"], personal: ["reason": "Ana"]),
      LogDraft(.receive, ["transfer": "t3", "peer": "fi"]),
    ]
    _ = try log.append(drafts) as [LogEntry]
    func indices(_ filter: EntryFilter) throws -> [UInt64] {
      var found: [UInt64] = []
      try log.show(filter) { found.append($0.index) }
      return found
    }
    #expect(try indices(EntryFilter()) == [0, 1, 2])
    #expect(try indices(EntryFilter(event: .send)) == [0, 1])
    #expect(try indices(EntryFilter(peer: "fi")) == [0, 2])
    #expect(try indices(EntryFilter(transfer: "t2")) == [1])
    #expect(try indices(EntryFilter(from: 1, to: 2)) == [1])
    #expect(try indices(EntryFilter(limit: 2, newestFirst: true)) == [2, 1])
    try log.show(EntryFilter(transfer: "t2"), personal: true) {
      #expect($0.personal == ["reason": "Ana"])
      #expect($0.fields["personal.reason"]?.string?.count == 44)
    }
    let life = try sqlite(
      folder["log"], "select transfer, event, peer from transfer_life where peer = 'fi'")
    #expect(life == "t1|send|fi\nt3|receive|fi\n")
    let plan = try sqlite(
      folder["log"], "explain query plan select * from transfer_life where transfer = 't1'")
    #expect(plan.contains("SEARCH transfers"))
  }

  @Test func erasingLeavesTheLogVerifiableAndNoTraceInTheFile() async throws {
    let log = try filledLog(folder["log"], count: 12)
    #expect(try log.personal(index: 5) == ["reason": "person 5"])
    let erasure = try await log.erasePersonal(
      rule: "DE-1", [PersonalField(index: 5, field: "reason")])
    #expect(erasure.writeAheadLogTruncated)
    #expect(try log.personal(index: 5) == [:])
    let verification = try verifyLog(at: folder["log"])
    #expect(verification.isConsistent)
    #expect(verification.personalErased == ["DE-1": 1])
    #expect((verification.personalCommitted, verification.personalPresent) == (3, 2))
    for file in ["log", "log-wal"] {
      let bytes = try Data(contentsOf: URL(filePath: folder[file]))
      #expect(bytes.range(of: Data("person 5".utf8)) == nil)
    }
    await #expect(throws: AuditLogError.noSuchPersonalField(5, "reason")) {
      try await log.erasePersonal(rule: "DE-1", [PersonalField(index: 5, field: "reason")])
    }
  }
}
