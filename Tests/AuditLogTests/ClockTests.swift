import AuditLog
import CanonicalJSON
import Synchronization
import Testing

@Suite struct ClockTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func fields(_ log: NodeLog, _ index: UInt64) throws -> [String: JSON] {
    try #require(JSON(canonical: log.entry(at: index), limit: LogLimits.entryBytes).object)
  }

  @Test func entriesSayWhichClockAndWhatTheNodeWasConfiguredWith() throws {
    let log = try NodeLog(
      NodeLog.Settings(
        path: folder["log"], node: "pt-ipcu", signer: try signer("pt-ipcu"),
        cosigner: try cosigner("pt-ipcu"), software: "test 1", configuration: Array("abc".utf8)))
    _ = try log.append([LogDraft(.login), LogDraft(.login)]) as [LogEntry]
    let entry = try fields(log, 1)
    #expect(["ntp", "unsynchronised"].contains(entry["clock"]?.string))
    #expect(entry["boot"]?.string?.count == 8)
    #expect((entry["monotonic"]?.integer ?? 0) > 0)
    // SHA-256 of "abc", FIPS 180-2.
    #expect(entry["configuration"] == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
    if entry["clock"] == "ntp" { #expect(entry["clock-error"]?.integer != nil) }
    #expect(try verifyLog(at: folder["log"]).isConsistent)
  }

  @Test(arguments: ["clock", "clock-error", "clock-offset", "monotonic", "boot", "configuration"])
  func onlyTheLogWritesThem(key: String) throws {
    let log = try NodeLog(settings(folder["log"]))
    #expect(throws: AuditLogError.reservedField(key)) {
      try log.append(LogDraft(.seal, [key: "x"])) as LogEntry
    }
  }

  @Test func aClockThatIsMovedIsLoggedBeforeAnythingGetsTheNewTime() throws {
    var first = ClockReading(given: 1_790_000_000_000)
    first.source = .unsynchronised
    first.monotonic = 5_000
    first.boot = "0a1b2c3d"
    let now = Mutex(first)
    let log = try NodeLog(
      NodeLog.Settings(
        path: folder["log"], node: "pt-ipcu", signer: try signer("pt-ipcu"),
        cosigner: try cosigner("pt-ipcu"), software: "test 1",
        clock: { now.withLock { $0 } }))
    func append(_ milliseconds: Int64, _ monotonic: Int64, boot: String? = "0a1b2c3d") throws {
      now.withLock {
        $0.milliseconds = milliseconds
        $0.monotonic = monotonic
        $0.boot = boot
      }
      _ = try log.append(LogDraft(.login)) as LogEntry
    }
    try append(1_790_000_000_000, 5_000)
    try append(1_790_000_100_000, 105_500)  // half a second of drift
    try append(1_789_999_000_000, 106_500)  // set back
    try append(1_790_000_200_000, 107_500)  // set forward
    try append(1_790_000_300_000, 10, boot: "ffffffff")  // started again: nothing to compare
    try append(1_790_000_200_000, 10, boot: "00000000")  // started again, and back in time
    let events = try (0..<log.checkpoint().checkpoint.size).map { try fields(log, $0) }
    #expect(
      events.map { $0["event"]?.string } == [
        "login", "login", "clock", "login", "clock", "login", "login", "clock", "login",
      ])
    #expect(events[2]["code"] == "BACK")
    #expect(events[2]["milliseconds"] == -1_101_000)
    #expect(events[4]["code"] == "FORWARD")
    #expect(events[4]["milliseconds"] == 1_199_000)
    #expect(events[7]["milliseconds"] == -100_000)
    #expect(try verifyLog(at: folder["log"]).isConsistent)
  }
}
