import AuditLog
import Foundation
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
      try sqlite(folder["log"], "select value from meta where key = 'format'") == "rogatory-log-2\n"
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

  @Test func aNewerFormatIsLeftAlone() throws {
    try NodeLog(settings(folder["log"])).close()
    try disarm(folder["log"])
    _ = try sqlite(folder["log"], "update meta set value = 'rogatory-log-9' where key = 'format'")
    #expect(throws: AuditLogError.newerFormat("rogatory-log-9")) {
      try NodeLog(settings(folder["log"]))
    }
  }
}
