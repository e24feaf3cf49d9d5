import Foundation
import Merkle
import Redaction
import SeededNumbers
import Testing

/// Seal and record: the syntax, and that what is written is what is read.
@Suite struct StatementTests {
  static let key = Hash(leaf: [1])
  static func time() throws -> StatementTime { try #require(StatementTime("2026-11-21T09:00:00Z")) }

  static func seal(bundleID: String = String(repeating: "0a", count: 16), itemCount: Int = 7) throws
    -> SealStatement
  {
    try SealStatement(
      bundleID: bundleID, itemCount: itemCount, root: Hash(leaf: [2]), terms: Hash(leaf: [3]),
      sealer: SignerName(node: "pt-ipcu", key: key), time: time())
  }

  static func record(
    _ cuts: [Cut], proposer: String = "prosecutor-7", approver: String? = "judge-3",
    release: Hash? = nil, sequence: UInt64 = 1, isClosed: Bool = false, seal: SealStatement? = nil,
    previous: Hash? = nil, view: Hash = .emptyTree, redactor: String = "pt-ipcu",
    grants: [Terms.Redactor] = []
  ) throws -> RedactionRecord {
    let sealDigest = try (seal ?? Self.seal()).digest
    return try RedactionRecord(
      seal: sealDigest, previous: previous ?? sealDigest, sequence: sequence, view: view,
      isClosed: isClosed, redactor: SignerName(node: redactor, key: key), proposer: proposer,
      approver: approver, release: release, time: time(), grants: grants, cuts: cuts)
  }

  @Test func aSealIsReadAsItWasWritten() throws {
    let seal = try Self.seal()
    #expect(try SealStatement(parsing: seal.bytes) == seal)
    #expect(seal.bytes.last == 10)
    #expect(throws: RedactionError.self) { try SealStatement(parsing: seal.bytes + [10]) }
    #expect(throws: RedactionError.self) { try SealStatement(parsing: seal.bytes.dropLast()) }
    #expect(throws: RedactionError.statement(.identifier, line: 2)) {
      try Self.seal(bundleID: String(repeating: "0A", count: 16))
    }
    #expect(throws: RedactionError.statement(.number, line: 3)) { try Self.seal(itemCount: -1) }
    #expect(throws: RedactionError.statement(.signer, line: 0)) {
      try SignerName(node: "-x", key: Self.key)
    }
  }

  @Test func aRecordIsReadAsItWasWritten() throws {
    let cuts = [
      Cut(item: 1, part: .header(0..<2), code: "DER", rule: 0, basis: "Art. 9"),
      Cut(
        item: 1, part: .content(0..<1), code: "PD-NAME", rule: .max, basis: "é \u{2028}", shown: "-"
      ),
      Cut(item: 1, part: .content(1..<UInt64.max), code: "X9", rule: 1, basis: "x"),
      Cut(item: 2, part: .all, code: "INF", rule: 0, basis: "x", shown: "all"),
    ]
    for release in [nil, Self.key] {
      for approver in [nil, "judge-3"] {
        let record = try Self.record(cuts, approver: approver, release: release, isClosed: true)
        let parsed = try RedactionRecord(parsing: record.bytes)
        #expect(parsed == record)
        #expect(parsed.cuts == cuts)
        #expect(parsed.release == release && parsed.approver == approver)
      }
    }
  }

  /// What can't be parsed can't be said, and no part of a record can pass for another.
  @Test func whatARecordCannotHold() throws {
    let good = contentCut(0..<1)
    var bad: [[Cut]] = [
      [], [contentCut(1..<2), good], [good, good], [contentCut(0..<2), contentCut(1..<3)],
    ]
    bad.append([good, Cut(item: 1, part: .header(0..<1), code: "A", rule: 0, basis: "x")])
    bad.append([Cut(item: 1, part: .all, code: "A", rule: 0, basis: "x"), good])
    bad.append([contentCut(3..<3)])
    for basis in ["", " x", "x ", "x\ny", "x\nshown y", "x\u{85}", "x\u{7f}", "x\t"] {
      bad.append([Cut(item: 1, part: .all, code: "A", rule: 0, basis: basis)])
      bad.append([Cut(item: 1, part: .all, code: "A", rule: 0, basis: "x", shown: basis)])
    }
    for code in ["", "a", "-A", "A B", "É", "A\n"] {
      bad.append([Cut(item: 1, part: .all, code: code, rule: 0, basis: "x")])
    }
    for item in [0, -1, Int(UInt32.max) + 1] {
      bad.append([Cut(item: item, part: .all, code: "A", rule: 0, basis: "x")])
    }
    for cuts in bad { #expect(throws: RedactionError.self, "\(cuts)") { try Self.record(cuts) } }
    for role in ["", "-", "A", "a b", "a\nb", String(repeating: "a", count: 65)] {
      #expect(throws: RedactionError.self) { try Self.record([good], proposer: role) }
      if role != "-" {
        #expect(throws: RedactionError.self) { try Self.record([good], approver: role) }
      }
    }
  }

  @Test func timesAreThoseOfTheCalendar() throws {
    let formatter = ISO8601DateFormatter()
    var random = SplitMix64(seed: 1)
    for _ in 0..<3000 {
      let seconds = Int64.random(in: -12_000_000_000...253_402_300_799, using: &random)
      let time = try #require(StatementTime(unixSeconds: seconds))
      #expect(time.text == formatter.string(from: Date(timeIntervalSince1970: Double(seconds))))
      #expect(StatementTime(time.text) == time)
    }
    for day in -719_162...2_932_896 where day % 11 == 0 || abs(day) < 3000 {
      let time = try #require(StatementTime(unixSeconds: Int64(day) * 86_400 + 86_399))
      #expect(StatementTime(time.text) == time)
    }
    #expect(StatementTime("0001-01-01T00:00:00Z")?.unixSeconds == -62_135_596_800)
    #expect(StatementTime("9999-12-31T23:59:59Z")?.unixSeconds == 253_402_300_799)
    #expect(StatementTime(unixSeconds: 253_402_300_800) == nil)
    for text in [
      "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
      "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-04-31T00:00:00Z",
      "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-12-31T23:59:60Z",
      "0000-01-01T00:00:00Z", "2026-01-01t00:00:00Z", "2026-01-01T00:00:00", "",
      "2026-01-01T00:00:00+0", "２026-01-01T00:00:0Z",
    ] {
      #expect(StatementTime(text) == nil, "\(text)")
    }
    #expect(StatementTime("2000-02-29T00:00:00Z") != nil)
  }

  @Test func aDigestIsTakenUpAgainAtEveryByte() throws {
    let bytes = (0..<200).map { UInt8($0) }
    for cut in 0...bytes.count {
      var first = Digest256()
      first.update(Array(bytes[..<cut]))
      var second = try #require(Digest256(savedState: first.savedState))
      #expect(second.byteCount == UInt64(cut))
      second.update(Array(bytes[cut...]))
      #expect(second.finalize() == Reference.hash(bytes))
      #expect(first.finalize() == Reference.hash(Array(bytes[..<cut])))
      #expect(Digest256(savedState: first.savedState + [0]) == nil)
      #expect(Digest256(savedState: first.savedState.dropLast()) == nil)
    }
    #expect(Digest256(savedState: []) == nil)
  }
}
