import AuditLog
import Foundation
import Merkle
import Testing

/// Logs of earlier formats: Tests/Vectors/log/format-1.sql, made by Tests/Reference/log_ref.py.
@Suite struct FormatTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let vectors = URL(filePath: #filePath).appending(path: "../../Vectors/log").standardized
    let sql = try String(contentsOf: vectors.appending(path: "format-1.sql"), encoding: .utf8)
    _ = try sqlite(folder["log"], "\n" + sql)  // its first line would be an option
  }

  @Test func anOldLogVerifiesAsItIs() throws {
    let verification = try verifyLog(at: folder["log"], key: signer("pt-ipcu").verifierKey)
    #expect(verification.isConsistent, "\(verification.problems)")
    #expect((verification.entries, verification.checkpoints) == (20, 4))
    #expect((verification.cosignatures, verification.personalPresent) == (1, 4))
    #expect(
      try sqlite(folder["log"], "select value from meta where key = 'format'") == "rogatory-log-1\n"
    )
  }

  @Test func openingUpgradesItAndLeavesEveryOldByte() throws {
    let dump =
      "select * from entries; select * from nodes; select * from checkpoints;"
      + "select * from cosignatures; select * from personal; select * from transfers"
    let before = try sqlite(folder["log"], dump)
    let log = try NodeLog(settings(folder["log"]))
    #expect(try sqlite(folder["log"], dump) == before)
    #expect(
      try sqlite(folder["log"], "select value from meta where key = 'format'") == "rogatory-log-3\n"
    )
    let old = try log.checkpoint().checkpoint
    _ = try log.append(LogDraft(.login)) as LogEntry
    let new = try log.checkpoint().checkpoint
    try log.consistencyProof(from: 20, to: 21).check(
      from: 20, root: old.root, to: 21, root: new.root)
    #expect(try log.personal(index: 5) == ["reason": "person 5"])
    #expect(try verifyLog(at: folder["log"], key: log.verifierKey).isConsistent)
    try log.close()
    _ = try NodeLog(settings(folder["log"]))
    #expect(throws: TestFailure.self) {
      try sqlite(folder["log"], "delete from entries where idx = 3")
    }
    #expect(throws: TestFailure.self) { try sqlite(folder["log"], "update meta set value = 'x'") }
  }

  /// The rows of one hash of an old file, and the runs that came after: proofs from both.
  @Test func anOldLogGoesOnInRunsOfHashes() throws {
    let log = try NodeLog(settings(folder["log"]))
    for count in 1...30 { try grow(log, count) }
    #expect(
      try sqlite(folder["log"], "select count(*), max(length(hash)) from nodes where pos < 38")
        == "38|32\n")
    #expect(try sqlite(folder["log"], "select count(*) from nodes where pos >= 38") == "30\n")
    let newest = try log.checkpoint().checkpoint
    for index in stride(from: 0, to: newest.size, by: 7) {
      try log.inclusionProof(index: index, size: newest.size).check(
        leaf: Hash(leaf: log.entry(at: index)), index: index, size: newest.size, root: newest.root)
    }
    for old in [UInt64(7), 19, 20, 21, 200, newest.size] {
      let root = try #require(try log.root(size: old))
      try log.consistencyProof(from: old, to: newest.size).check(
        from: old, root: root, to: newest.size, root: newest.root)
    }
    #expect(try verifyLog(at: folder["log"], key: log.verifierKey).isConsistent)
  }

  @Test func aCommitOfManyEntriesHasRunsThatFillAPage() throws {
    let log = try NodeLog(settings(folder["new"]))
    try grow(log, 256)
    #expect(
      try sqlite(folder["new"], "select length(hash) / 32 from nodes") == "125\n125\n125\n125\n11\n"
    )
    #expect(try verifyLog(at: folder["new"], key: log.verifierKey).isConsistent)
    try log.close()
    _ = try NodeLog(settings(folder["new"]))
  }

  @Test func aNewerFormatIsLeftAlone() throws {
    try NodeLog(settings(folder["log"])).close()
    try disarm(folder["log"])
    _ = try sqlite(folder["log"], "update meta set value = 'rogatory-log-9' where key = 'format'")
    #expect(throws: AuditLogError.newerFormat("rogatory-log-9")) {
      try NodeLog(settings(folder["log"]))
    }
    #expect(throws: AuditLogError.newerFormat("rogatory-log-9")) {
      try verifyLog(at: folder["log"])
    }
  }
}
