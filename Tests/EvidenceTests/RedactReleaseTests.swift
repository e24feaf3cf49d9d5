import CAdES
import Evidence
import Redaction
import Testing

/// `release.json` and what binds it to a copy.
struct RedactReleaseTests {
  private func release(_ world: SampleWorld, _ transfer: String, of bytes: [UInt8]) throws
    -> Release
  {
    Release(
      bundleID: try SampleParts(bytes).seal.bundleID, transfer: transfer,
      sender: world.redactor.name, recipients: ["se-npa"], time: "2026-11-20T12:00:00Z")
  }

  @Test func aReleaseOfAnUnredactedCopyKeepsEverythingVerified() throws {
    let world = try SampleWorld.shared.get()
    let token = try SampleWorld.token(world.full, world.trust)
    let copy = try world.redactor.rerelease(token, release(world, "t1", of: world.full))
    let result = judge(copy, world.trust).verification
    #expect(result.verdict == .verified, "\(result.summary)")
    #expect(result.release?.transfer == "t1")
    #expect(result.carrier == "fi-nbi")
    // And another one after it, by the sealer.
    let again = try SampleWorld.token(copy, world.trust)
    let second = try world.sealer.rerelease(again, release(world, "t2", of: world.full))
    let last = judge(second, world.trust).verification
    #expect(last.verdict == .verified, "\(last.summary)")
    #expect(last.release?.transfer == "t2")
    let (before, after) = (try SampleParts(world.full), try SampleParts(second))
    for path in before.paths where !path.contains("900") {
      #expect(after[path] == before[path], "\(path)")
    }
  }

  @Test func aReleaseOfARedactedCopyKeepsEverythingVerified() throws {
    let world = try SampleWorld.shared.get()
    let token = try SampleWorld.token(world.twice, world.trust)
    let copy = try world.sealer.rerelease(token, release(world, "t1", of: world.twice))
    let result = judge(copy, world.trust).verification
    #expect(result.verdict == .verifiedRedacted, "\(result.summary)")
    #expect(result.records.count == 2)
  }

  @Test func theRecordNamesTheReleaseThatItWasMadeFor() throws {
    let world = try SampleWorld.shared.get()
    let token = try SampleWorld.token(world.full, world.trust)
    let named = try release(world, "t1", of: world.full)
    let copy = try world.redactor.redact(token, SampleWorld.policy, release: named)
    let result = judge(copy, world.trust).verification
    #expect(result.verdict == .verifiedRedacted, "\(result.summary)")
    #expect(result.release == named)
    #expect(result.records[0].release != nil)

    var removed = try SampleParts(copy)
    removed.remove(Layout.release)
    try removed.carry(by: world.redactor)
    var swapped = try SampleParts(copy)
    swapped[Layout.release] = try release(world, "t2", of: world.full).bytes
    try swapped.carry(by: world.redactor)
    for parts in [removed, swapped] {
      let result = judge(try parts.container(), world.trust).verification
      #expect(result.verdict == .notVerified)
      #expect(result.failures.map(\.id) == ["release"], "\(result.summary)")
    }

    // So a copy that was redacted for one transfer isn't written for another one.
    let bound = try SampleWorld.token(copy, world.trust)
    #expect(throws: EvidenceError.boundRelease) {
      try world.redactor.rerelease(bound, release(world, "t2", of: world.full))
    }
    let same = try world.sealer.rerelease(bound, named)
    #expect(judge(same, world.trust).verification.verdict == .verifiedRedacted)
  }
}
