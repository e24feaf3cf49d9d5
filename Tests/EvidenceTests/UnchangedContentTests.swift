import ASiC
import CanonicalJSON
import Evidence
import Redaction
import Synchronization
import Testing

/// What the word for an earlier check saves, what it doesn't, and what a lying one can do.
struct UnchangedContentTests {
  private static let marker = "CARD 4111 1111 1111 1111"

  /// A disk image of 3 MiB with a marker, longer than what is digested on one thread, beside notes.
  private static func files() -> [(String, [UInt8])] {
    var image = (0..<3 << 20).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 9) }
    image.replaceSubrange(1_500_000..<1_500_000 + marker.utf8.count, with: marker.utf8)
    image += [1, 2, 3]
    return [("image.raw", image), ("note.txt", Array("Nothing to see.\n".utf8))]
  }

  private struct Sample: Sendable {
    let sealer: SampleNode
    let bytes: [UInt8]
    var trust: TrustAnchors { TrustAnchors([sealer]) }
  }

  private static let sample = Result {
    let sealer = try SampleNode("fi-nbi")
    return Sample(sealer: sealer, bytes: try sealer.seal(files()))
  }

  private static let policy = """
    rules:
      - item: image.raw
        match: CARD [0-9 ]+
        code: PD-FIN
        basis: LED art. 4(1)(c)
    """

  /// Verifies through a file that counts the bytes read from it.
  private func judge(
    _ bytes: [UInt8], _ trust: TrustAnchors, unchanged: UnchangedContent?
  ) throws -> (verification: Verification, bundle: VerifiedBundle?, read: Int) {
    let count = Counter()
    let container = try ContainerReader(size: UInt64(bytes.count)) { buffer, offset in
      let part = bytes[Int(offset)...].prefix(buffer.count)
      buffer.copyBytes(from: part)
      count.add(part.count)
      return part.count
    }
    let opening = count.value
    let (verification, bundle) = verify(
      container, trust: trust, now: SampleNode.now + 60, unchanged: unchanged)
    return (verification, bundle, count.value - opening)
  }

  private func word(for bytes: [UInt8]) throws -> UnchangedContent {
    try UnchangedContent(container: containerDigest(of: ContainerReader(bytes: bytes)))
  }

  @Test func withTheWordNoContentIsRead() throws {
    let sample = try Self.sample.get()
    let full = try judge(sample.bytes, sample.trust, unchanged: nil)
    let quick = try judge(sample.bytes, sample.trust, unchanged: word(for: sample.bytes))
    #expect(full.verification.verdict == .verified, "\(full.verification.summary)")
    #expect(quick.verification.verdict == .verified, "\(quick.verification.summary)")
    #expect(quick.bundle != nil)
    #expect(full.read > 3 << 20)
    #expect(quick.read < 100_000)
    #expect(full.verification.items == quick.verification.items)
    let ids = full.verification.checks.map { "\($0.id) \($0.result)" }
    #expect(ids == quick.verification.checks.map { "\($0.id) \($0.result)" })
  }

  @Test func theCopyIsTheOneThatAFullCheckGives() throws {
    let sample = try Self.sample.get()
    var parts: [SampleParts] = []
    for unchanged in [nil, try word(for: sample.bytes)] {
      let token = try #require(
        try judge(sample.bytes, sample.trust, unchanged: unchanged).bundle)
      let copy = try sample.sealer.redact(token, Self.policy)
      let result = Self.result(copy, sample.trust)
      #expect(result.verdict == .verifiedRedacted, "\(result.summary)")
      parts.append(try SampleParts(copy))
    }
    for path in parts[0].paths where !path.hasPrefix("META-INF/") {
      #expect(parts[0][path] == parts[1][path], "\(path)")
    }
    var expected = Self.files()[0].1
    let leaf = 1_500_000 / 4096 * 4096
    expected.replaceSubrange(leaf..<leaf + 4096, with: [UInt8](repeating: 0, count: 4096))
    #expect(try parts[0].bytes(parts[0].item("image.raw")) == expected)
  }

  @Test func theWordForAnotherContainerCountsForNothing() throws {
    let sample = try Self.sample.get()
    let changed = try change(sample.bytes, "image.raw") { $0[77] ^= 1 }
    let result = try judge(changed, sample.trust, unchanged: word(for: sample.bytes))
    #expect(result.verification.verdict == .notVerified)
    #expect(result.read > 3 << 20)
  }

  @Test func everythingElseIsCheckedAllTheSame() throws {
    let sample = try Self.sample.get()
    let image = try SampleParts(sample.bytes).leaves("image.raw")
    for path in [
      Layout.seal, Layout.terms, Layout.view, Layout.caseGraph, image, Layout.manifest(1),
      Layout.signature(1), Layout.manifest(900), Layout.signature(900),
    ] {
      var parts = try SampleParts(sample.bytes)
      var bytes = try parts.bytes(path)
      bytes[bytes.count / 2] ^= 1
      parts[path] = bytes
      let changed = try parts.container()
      let result = try judge(changed, sample.trust, unchanged: word(for: changed))
      #expect(result.bundle == nil, "\(path)")
      parts.remove(path)
      let shorter = try parts.container()
      #expect(try judge(shorter, sample.trust, unchanged: word(for: shorter)).bundle == nil)
    }
  }

  /// An item that is copied as it is was digested on the way.
  @Test func aChangedItemBesideTheCutsEndsTheWork() throws {
    let sample = try Self.sample.get()
    let changed = try change(sample.bytes, "note.txt") { $0[3] ^= 1 }
    let token = try #require(
      try judge(changed, sample.trust, unchanged: word(for: changed)).bundle)
    let number = try SampleParts(changed).number("note.txt")
    #expect(throws: EvidenceError.changedSinceChecked("item \(number), note.txt")) {
      try sample.sealer.redact(token, Self.policy)
    }
  }

  /// The worst that a lying word does: a copy that no verifier takes, our own before it is sent
  /// among them.
  @Test func aChangedItemUnderTheCutsMakesACopyThatDoesNotVerify() throws {
    let sample = try Self.sample.get()
    for offset in [77, 1_500_100] {
      let changed = try change(sample.bytes, "image.raw") { $0[offset] ^= 1 }
      let token = try #require(
        try judge(changed, sample.trust, unchanged: word(for: changed)).bundle)
      let copy = try sample.sealer.redact(token, Self.policy)
      let result = Self.result(copy, sample.trust)
      #expect(result.verdict == .notVerified)
      #expect(result.failures.contains { $0.id == "seal.root" })
    }
  }

  @Test func aByteThatRottedSinceIsNoticed() throws {
    let sample = try Self.sample.get()
    let reader = try ContainerReader(bytes: sample.bytes)
    let parts = try SampleParts(sample.bytes)
    for name in ["image.raw", "note.txt"] {
      let entry = try #require(reader.entry(named: EntryName(parts.item(name))))
      var bytes = sample.bytes
      bytes[Int(entry.dataOffset) + 5] ^= 1
      let token = try #require(
        try judge(bytes, sample.trust, unchanged: word(for: sample.bytes)).bundle)
      #expect(throws: ContainerError.checksumMismatch(entry.name)) {
        try sample.sealer.redact(token, Self.policy)
      }
    }
  }

  private static func result(_ bytes: [UInt8], _ trust: TrustAnchors) -> Verification {
    EvidenceTests.judge(bytes, trust).verification
  }

  /// The container with another content of one item, and everything else as it was.
  private func change(
    _ bytes: [UInt8], _ name: String, _ body: (inout [UInt8]) -> Void
  ) throws -> [UInt8] {
    var parts = try SampleParts(bytes)
    let path = try parts.item(name)
    var content = try parts.bytes(path)
    body(&content)
    parts[path] = content
    return try parts.container()
  }
}

/// Counts from any thread.
private final class Counter: Sendable {
  private let count = Mutex(0)
  var value: Int { count.withLock { $0 } }
  func add(_ more: Int) { count.withLock { $0 += more } }
}
