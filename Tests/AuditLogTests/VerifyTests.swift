import AuditLog
import Foundation
import SeededNumbers
import Testing

@Suite struct VerifyTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A closed log and its export: every test below changes one of them by `sqlite3`.
  private func files() throws -> [String] {
    let log = try filledLog(folder["log"], count: 20)
    try log.exportSQLite(to: folder["export"], personal: true)
    try log.close()
    return [folder["log"], folder["export"]]
  }

  private func change(_ file: String, _ sql: String) throws -> LogVerification {
    try disarm(file)
    _ = try sqlite(file, sql)
    return try verifyLog(at: file)
  }

  @Test func aLogAndItsCopiesVerify() throws {
    for file in try files() {
      let verification = try verifyLog(at: file, key: signer("pt-ipcu").verifierKey)
      #expect(verification.isConsistent)
      #expect((verification.entries, verification.size) == (20, 20))
      #expect((verification.checkpoints, verification.personalPresent) == (4, 4))
      #expect(verification.node == "pt-ipcu")
      #expect(verification.keyGiven)
      #expect(verification.json["result"] == "consistent")
      _ = verification.json.canonicalBytes
      #expect(verification.text.contains("consistent"))
    }
  }

  @Test(arguments: 0..<20)
  func aChangedByteNamesItsEntry(index: Int) throws {
    for file in try files() {
      let sql = "UPDATE entries SET body = replace(body, 'C-1', 'C-2') WHERE idx = \(index)"
      let verification = try change(file, sql)
      #expect(verification.firstBadEntry == UInt64(index))
      #expect(verification.problems == [.entryChanged(UInt64(index))])
    }
  }

  @Test func bytesThatAreNotAnEntryNameIt() throws {
    for file in try files() {
      let verification = try change(file, "UPDATE entries SET body = 'x' WHERE idx = 3")
      #expect(verification.problems == [.entryMalformed(3), .entryChanged(3)])
      _ = try sqlite(file, "PRAGMA ignore_check_constraints=1")
    }
    let export = try change(folder["export"], "UPDATE entries SET body = x'ff00' WHERE idx = 2")
    #expect(export.firstBadEntry == 2)
    let long = try change(
      folder["export"], "UPDATE entries SET body = zeroblob(900000) WHERE idx = 1")
    #expect(long.firstBadEntry == 1)
    let longer = try change(
      folder["export"], "UPDATE entries SET body = zeroblob(9000000) WHERE idx = 0")
    #expect(!longer.isConsistent)
  }

  @Test func aChangedEntryWithItsHashIsBoundedByTheNodeAbove() throws {
    for file in try files() {
      let verification = try change(
        file, "UPDATE nodes SET hash = \(zeroed(at: 37)) WHERE pos = \(row(of: 37))")
      #expect(!verification.isConsistent)
      let leaf = try change(file, "UPDATE nodes SET hash = \(zeroed(at: 0)) WHERE pos = 0")
      #expect(leaf.firstBadEntry == 0)
    }
  }

  /// The row that holds the hash of this number.
  private func row(of position: Int) -> String {
    "(SELECT max(pos) FROM nodes WHERE pos <= \(position))"
  }

  /// The run of that row with this hash made zero.
  private func zeroed(at position: Int) -> String {
    """
    CAST(substr(hash, 1, 32 * (\(position) - pos)) || zeroblob(32)
      || substr(hash, 32 * (\(position) - pos) + 33) AS BLOB)
    """
  }

  @Test(arguments: [
    "DELETE FROM nodes WHERE pos = 11", "UPDATE nodes SET pos = 12 WHERE pos = 11",
    "UPDATE nodes SET hash = substr(hash, 1, 64) WHERE pos = 11",
    "UPDATE nodes SET hash = substr(hash, 1, 65) WHERE pos = 11",
    "UPDATE nodes SET hash = x'' WHERE pos = 11",
    "UPDATE nodes SET hash = CAST(hash || hash AS BLOB)",
  ])
  func aRunOfHashesThatIsNoneIsNamed(_ change: String) throws {
    for file in try files() {
      let verification = try self.change(file, change)
      #expect(!verification.isConsistent)
      #expect(verification.firstBadEntry != nil)
    }
  }

  @Test func aRemovedEntryIsMissing() throws {
    for file in try files() {
      let verification = try change(file, "DELETE FROM entries WHERE idx = 11")
      #expect(verification.problems == [.entryMissing(11)])
    }
  }

  @Test func aTruncatedLogIsShorterThanItsCheckpoint() throws {
    for file in try files() {
      let verification = try change(
        file, "DELETE FROM entries WHERE idx >= 14; DELETE FROM nodes WHERE pos >= 25")
      #expect(verification.firstBadEntry == 14)
      #expect(verification.problems.contains(.entryCount(entries: 14, size: 20)))
    }
    #expect(throws: AuditLogError.damaged(.entryCount(entries: 14, size: 20))) {
      try NodeLog(settings(folder["log"]))
    }
  }

  @Test func aLogThatWentWrongDoesNotOpen() throws {
    _ = try files()
    _ = try change(
      folder["log"], "UPDATE nodes SET hash = \(zeroed(at: 30)) WHERE pos = \(row(of: 30))")
    #expect(throws: AuditLogError.damaged(.root(size: 20))) {
      try NodeLog(settings(folder["log"]))
    }
  }

  @Test func aChangedLastEntryDoesNotOpen() throws {
    _ = try files()
    _ = try change(
      folder["log"], "UPDATE entries SET body = replace(body, 'C-1', 'C-2') WHERE idx = 19")
    #expect(throws: AuditLogError.damaged(.entry(19))) { try NodeLog(settings(folder["log"])) }
  }

  @Test func aChangedCheckpointIsNotSigned() throws {
    for file in try files() {
      let other = try signer("pt-ipcu", seed: 2).verifierKey
      #expect(try !verifyLog(at: file, key: other).isConsistent)
      let verification = try change(
        file, "UPDATE checkpoints SET note = replace(note, '14', '15') WHERE size = 14")
      #expect(!verification.isConsistent)
      #expect(verification.firstBadEntry == nil)
      let none = try change(file, "DELETE FROM checkpoints")
      #expect(none.problems.contains(.noCheckpoint))
    }
  }

  @Test func aChangedPersonalTextIsFound() throws {
    for file in try files() {
      let verification = try change(file, "UPDATE personal SET text = 'x' WHERE idx = 10")
      #expect(verification.problems == [.personalChanged(10, field: "reason")])
      let gone = try change(file, "DELETE FROM personal")
      #expect(gone.isConsistent)
      #expect((gone.personalCommitted, gone.personalPresent) == (4, 0))
    }
  }

  @Test func whatIsNoLogThrows() throws {
    try Data("hello".utf8).write(to: URL(filePath: folder["text"]))
    _ = try sqlite(folder["empty"], "CREATE TABLE x(y)")
    for name in ["text", "empty"] {
      #expect(throws: AuditLogError.notALog) { try verifyLog(at: folder[name]) }
    }
    _ = try sqlite(
      folder["views"],
      """
      CREATE TABLE meta(key, value); CREATE TABLE checkpoints(size);
      CREATE VIEW entries AS SELECT 1 AS idx, '{}' AS body
      """)
    #expect(throws: AuditLogError.notALog) { try verifyLog(at: folder["views"]) }
    #expect(throws: AuditLogError.file(folder["none"], errno: ENOENT)) {
      try verifyLog(at: folder["none"])
    }
  }

  /// Random bytes changed anywhere in an export: an answer or an error, never a trap; and a change of
  /// what is verified never goes unnoticed.
  @Test func mutatedFilesGetAnAnswer() throws {
    let files = try files()
    let good = try Array(Data(contentsOf: URL(filePath: files[1])))
    let bodies = try sqlite(files[1], "SELECT group_concat(body) FROM entries")
    var random = SplitMix64(seed: 3)
    var answers = 0
    for round in 0..<150 {
      var bytes = good
      for _ in 0...random.next() % 4 {
        bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      let file = folder["mutated\(round)"]
      try Data(bytes).write(to: URL(filePath: file))
      guard let verification = try? verifyLog(at: file) else { continue }
      answers += 1
      if verification.isConsistent {
        #expect(try sqlite(file, "SELECT group_concat(body) FROM entries") == bodies)
      }
    }
    print("mutated exports: \(answers) of 150 judged, the others refused")
  }
}
