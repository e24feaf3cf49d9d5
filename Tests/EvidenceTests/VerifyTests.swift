import ASiC
import CAdES
import CanonicalJSON
import Evidence
import Redaction
import Testing

/// Verdicts that follow from trust, time and revocation.
struct VerifyTests {
  private static let files = [("a.txt", Array("text".utf8)), ("b", [UInt8(1)])]

  @Test func withoutTheAnchorNothingIsDecided() throws {
    let world = try SampleWorld.shared.get()
    for bundle in [world.full, world.redacted, world.twice] {
      for trust in [TrustAnchors([]), TrustAnchors([world.stranger])] {
        let (result, token) = judge(bundle, trust)
        #expect(result.verdict == .cannotBeDecided, "\(result.summary)")
        #expect(token == nil)
        #expect(
          result.signatures.allSatisfy {
            $0.result == .indeterminate(.noCertificateChainFound)
          }, "\(result.summary)")
      }
    }
  }

  @Test func aChangedItemIsAFailureForThoseWithoutAnchorToo() throws {
    let world = try SampleWorld.shared.get()
    var parts = try SampleParts(world.full)
    try parts.replace("Friday", by: "Monday", in: parts.item("note.txt"))
    let result = judge(try parts.container(), TrustAnchors([])).verification
    #expect(result.verdict == .notVerified)
    #expect(result.failures.contains { $0.detail.contains("note.txt") })
  }

  @Test func anAnchorVouchesForItsNodeOnly() throws {
    let world = try SampleWorld.shared.get()
    let trust = TrustAnchors(
      [world.sealer.anchor, world.redactor.anchor],
      nodes: [world.sealer.anchor.sha256: "xx-other", world.redactor.anchor.sha256: "fi-nbi"])
    let result = judge(world.full, trust).verification
    #expect(result.verdict == .notVerified)
    #expect(result.failures.map(\.id) == ["seal.signer"], "\(result.summary)")
    let other = TrustAnchors(
      [world.sealer.anchor, world.redactor.anchor],
      nodes: [world.sealer.anchor.sha256: "pt-ipcu", world.redactor.anchor.sha256: "xx-other"])
    let redacted = judge(world.redacted, other).verification
    #expect(redacted.failures.map(\.id) == ["redaction.1.signer"], "\(redacted.summary)")
  }

  @Test func anAnchorThatIsTiedToNobodyIsSaid() throws {
    let world = try SampleWorld.shared.get()
    let node = try SampleNode("pt-ipcu")
    let renamed = Signatory(
      node: "gb-nca", identity: node.signatory.identity, timestamp: node.signatory.timestamp,
      anchors: node.signatory.anchors, certificates: node.signatory.certificates,
      revocationLists: node.signatory.revocationLists)
    let file = try UnnamedFile()
    _ = try seal(
      [SourceItem("a", [1])], SealingOrder(acquisition: Acquisition(at: "2026-11-20T11:00:00Z")),
      by: renamed, into: file.descriptor, scratch: UnnamedFile().scratch, at: SampleNode.now)
    let result = judge(try file.bytes(), TrustAnchors([node.anchor])).verification
    #expect(result.verdict == .verified, "\(result.summary)")
    #expect(result.checks.contains { $0.id == "seal.signer" && $0.result == .warn })
    let good = judge(world.full, TrustAnchors([world.sealer.anchor])).verification
    #expect(good.checks.contains { $0.id == "seal.signer" && $0.result == .pass })
  }

  @Test func aSignerWhoWasRevokedBeforeItSigned() throws {
    let node = try SampleNode("pt-ipcu", revokedAt: SampleNode.now - 3600)
    let result = judge(try node.seal(Self.files), TrustAnchors([node])).verification
    #expect(result.verdict == .notVerified)
    #expect(result.signatures.allSatisfy { $0.result == .failed(.revoked) }, "\(result.summary)")
  }

  @Test func aSignerWhoWasRevokedAfterTheTimeStamp() throws {
    let node = try SampleNode(
      "pt-ipcu", revokedAt: SampleNode.now + 1800, listedAt: SampleNode.now + 2000)
    let result = judge(try node.seal(Self.files), TrustAnchors([node])).verification
    #expect(result.verdict == .verified, "\(result.summary)")
  }

  @Test func noRevocationDataLeavesItOpen() throws {
    let node = try SampleNode("pt-ipcu", hasList: false)
    let result = judge(try node.seal(Self.files), TrustAnchors([node])).verification
    #expect(result.verdict == .cannotBeDecided, "\(result.summary)")
    #expect(
      result.signatures.allSatisfy { $0.result == .indeterminate(.tryLater) }, "\(result.summary)")
  }

  @Test func theCertificateMayExpireAfterTheTimeStamp() throws {
    let world = try SampleWorld.shared.get()
    let later = SampleNode.now + 5 * 365 * 86_400
    let result = judge(world.full, world.trust, now: later).verification
    #expect(result.verdict != .notVerified, "\(result.summary)")
  }

  @Test func oneChangedItemOfManyIsNamed() throws {
    let world = try SampleWorld.shared.get()
    for (name, content) in SampleWorld.files {
      var parts = try SampleParts(world.full)
      let path = try parts.item(name)
      var changed = content
      changed[content.count / 2] ^= 1
      parts[path] = changed
      try parts.carry(by: world.stranger)
      let result = judge(try parts.container(), world.trust).verification
      #expect(result.verdict == .notVerified)
      let bad = result.items.filter { !$0.failures.isEmpty }
      #expect(bad.compactMap(\.name) == [name])
      let digest = try #require(result.items.first { $0.name == name }?.headers["sha256"])
      #expect(bad.first?.failures.contains { $0.contains(digest) } ?? false, "\(result.summary)")
    }
  }

  @Test func aBundleInTheSimpleFormIsNone() throws {
    let world = try SampleWorld.shared.get()
    let bytes = try SampleParts(world.full).container(kind: .asicS)
    let result = judge(bytes, world.trust).verification
    #expect(result.verdict == .notVerified)
    #expect(result.failures.map(\.id) == ["container.exact"], "\(result.summary)")
  }

  @Test func aHostileCountDoesNotOpen() throws {
    let world = try SampleWorld.shared.get()
    for count in [0, 4, 6, Int(UInt32.max)] {
      var parts = try SampleParts(world.full)
      try parts.setSeal(parts.seal.changed(itemCount: count), by: world.sealer)
      let reader = try ContainerReader(bytes: parts.container())
      #expect(throws: EvidenceError.itemCount(seal: count, view: 5)) {
        try EvidenceBundle(reader)
      }
    }
  }
}
