import ASiC
import CAdES
import Evidence
import Redaction
import Testing

/// Archive time-stamps: EN 319 162-1, Annex A.7, and EN 319 102-1, clause 5.6.
struct ArchiveTests {
  static let day: Int64 = 86_400
  /// The sample nodes' certificates end 900 days after the sealing.
  static let sampleEnd = SampleNode.now + 900 * day

  let world: SampleWorld
  /// Archives two years after the sealing; its authority's certificate ends eight years later.
  let first: Archivist
  /// Renews nine years after the sealing; ends eleven years later.
  let second: Archivist
  let trust: TrustAnchors

  init() throws {
    world = try SampleWorld.shared.get()
    first = try Archivist("pt-archive", at: SampleNode.now + 730 * Self.day, years: 8)
    second = try Archivist("eu-archive", at: SampleNode.now + 3285 * Self.day, years: 11)
    let nodes = world.trust
    trust = TrustAnchors(nodes.certificates + [first.root, second.root], nodes: nodes.nodes)
  }

  @Test func anArchivedBundleOutlivesItsTimestamps() throws {
    let archived = try first.archive(world.full, trust)
    for time in [first.time + 60, Self.sampleEnd + Self.day, first.end] {
      let result = judge(archived, trust, now: time).verification
      #expect(result.verdict == .verified, "\(result.summary)")
      #expect(result.level(of: .seal) == .archived)
      #expect(result.level(of: .carrier) == .longTerm)
      #expect(result.level(of: .archive) == .archived)
      let seal = result.signatures.first { $0.role == .seal }?.validation
      #expect(seal?.provenTime == SampleNode.now)
      #expect(result.checks.contains { $0.id == "archive" && $0.result == .pass })
    }
    // Without archive, and with one whose own time is over, nothing is proven any more.
    for (bytes, time) in [(world.full, Self.sampleEnd + Self.day), (archived, first.end + 1)] {
      let result = judge(bytes, trust, now: time).verification
      #expect(result.verdict == .cannotBeDecided, "\(result.summary)")
      #expect(result.mentions("OUT_OF_BOUNDS_NO_POE"), "\(result.summary)")
    }
    // Asked about a day when they held, they still say so.
    let then = judge(world.full, trust, at: Self.sampleEnd, now: Self.sampleEnd + 9 * Self.day)
    #expect(then.verification.verdict == .verified)
  }

  @Test func anArchiveIsRenewedBeforeItsEnd() throws {
    let once = try first.archive(world.redacted, trust)
    let twice = try second.archive(once, trust)
    let parts = try SampleParts(twice)
    #expect(parts.paths.contains(Layout.formerArchiveManifest(1)))
    let former = try parts.bytes(Layout.formerArchiveManifest(1))
    #expect(try former == SampleParts(once).bytes(Layout.archiveManifest))
    let newest = try Manifest(parsing: parts.bytes(Layout.archiveManifest))
    #expect(newest.signature.path == Layout.timestamp(2))
    #expect(
      newest.objects.filter(\.isRootfile).map(\.name.path) == [Layout.formerArchiveManifest(1)])
    for time in [second.time, first.end + Self.day, second.end] {
      let result = judge(twice, trust, now: time).verification
      #expect(result.verdict == .verifiedRedacted, "\(result.summary)")
      #expect(result.signatures.filter { $0.role == .archive }.count == 2)
      #expect(result.level(of: .redaction) == .archived)
    }
    #expect(judge(twice, trust, now: second.end + 1).verification.verdict == .cannotBeDecided)
    // One that was renewed too late proves nothing.
    let late = try Archivist("late", at: first.end + Self.day, years: 1)
    let anchors = TrustAnchors(trust.certificates + [late.root], nodes: trust.nodes)
    #expect(throws: SampleWorld.NotVerified.self) { try late.archive(once, anchors) }
  }

  @Test func aRedactionKeepsTheArchive() throws {
    let archived = try first.archive(world.redacted, trust)
    let token = try #require(judge(archived, trust, now: first.time + 60).bundle)
    let redacted = try world.redactor.redact(token, SampleWorld.secondPolicy)
    let result = judge(redacted, trust, now: Self.sampleEnd).verification
    #expect(result.verdict == .verifiedRedacted, "\(result.summary)")
    let levels = result.signatures.filter { $0.role == .redaction }.map(\.validation.level)
    #expect(levels == [.archived, .longTerm])
    #expect(result.checks.contains { $0.id == "archive" && $0.result == .warn })
    for path in [Layout.archiveManifest, Layout.timestamp(1)] {
      #expect(try SampleParts(redacted).bytes(path) == SampleParts(archived).bytes(path))
    }
    // The second step's own time-stamp isn't archived, and ends.
    let later = judge(redacted, trust, now: Self.sampleEnd + 1).verification
    #expect(later.verdict == .cannotBeDecided)
  }

  /// What an archive holds doesn't tell what was withheld later.
  @Test func anArchiveDigestsNothingThatCanBeWithheld() throws {
    let archived = try SampleParts(first.archive(world.full, trust))
    let covered = try Manifest(parsing: archived.bytes(Layout.archiveManifest)).objects
    #expect(
      Set(covered.map(\.name.path)) == [
        Layout.seal, Layout.terms, Layout.manifest(1), Layout.signature(1),
      ])
  }

  @Test(arguments: ArchiveAttack.all)
  func anArchiveIsAttacked(_ attack: ArchiveAttack) throws {
    var parts = try SampleParts(second.archive(first.archive(world.redacted, trust), trust))
    try attack.apply(&parts, self)
    let container = try parts.container()
    try keepAttack(attack.name, container)
    let result = judge(container, trust, now: second.time + 60).verification
    #expect(result.verdict == .notVerified, "\(attack): \(result.summary)")
    #expect(result.mentions(attack.reason), "\(attack): \(result.summary)")
  }
}

/// One change to an archived bundle, and the check or sub-indication that has to say so.
struct ArchiveAttack: Sendable, CustomTestStringConvertible {
  let name: String
  let reason: String
  let apply: @Sendable (inout SampleParts, ArchiveTests) throws -> Void
  var testDescription: String { name }

  init(
    _ name: String, _ reason: String,
    _ apply: @escaping @Sendable (inout SampleParts, ArchiveTests) throws -> Void
  ) {
    (self.name, self.reason, self.apply) = (name, reason, apply)
  }

  static let all: [ArchiveAttack] = [
    ArchiveAttack("the archive time-stamp is over other data", "HASH_FAILURE") { parts, _ in
      parts[Layout.timestamp(2)] = try parts.bytes(Layout.timestamp(1))
    },
    ArchiveAttack("a later set is added to the archive manifest", "HASH_FAILURE") { parts, tests in
      try parts.rewriteArchive { $0 + [Layout.manifest(900), Layout.signature(900)] }
    },
    ArchiveAttack("the archive covers the carrier seal", "archive") { parts, tests in
      try parts.rewriteArchive(by: tests.second) {
        $0 + [Layout.manifest(900), Layout.signature(900)]
      }
    },
    ArchiveAttack("the archive digests an item", "archive") { parts, tests in
      let item = try parts.item("orders.csv")
      try parts.rewriteArchive(by: tests.second) { $0 + [item] }
    },
    ArchiveAttack("the archive leaves out the sealer's signature", "archive") { parts, tests in
      try parts.rewriteArchive(by: tests.second) { $0.filter { $0 != Layout.signature(1) } }
    },
    ArchiveAttack("the archive leaves out the one before it", "archive") { parts, tests in
      try parts.rewriteArchive(by: tests.second) {
        $0.filter { $0 != Layout.formerArchiveManifest(1) && $0 != Layout.timestamp(1) }
      }
    },
    ArchiveAttack("the archive covers terms alone", "archive") { parts, tests in
      try parts.rewriteArchive(by: tests.second) { _ in [Layout.terms] }
    },
    ArchiveAttack("the archive time-stamp is stripped", "signature.present") { parts, _ in
      parts.remove(Layout.timestamp(2))
    },
    ArchiveAttack("the archive manifest is stripped", "container.layout") { parts, _ in
      parts.remove(Layout.archiveManifest)
    },
    ArchiveAttack("the newest archive is stripped", "archive") { parts, _ in
      parts.remove(Layout.archiveManifest, Layout.timestamp(2))
    },
    ArchiveAttack("an older archive is stripped", "SIGNED_DATA_NOT_FOUND") { parts, _ in
      parts.remove(Layout.formerArchiveManifest(1), Layout.timestamp(1))
    },
    ArchiveAttack("the archived signature is replaced by a new one", "HASH_FAILURE") {
      parts, tests in
      try parts.sign(1, over: [Layout.seal, Layout.terms], by: tests.world.sealer, .proofOfOrigin)
    },
    ArchiveAttack("the archive manifest is spelt differently", "manifest.exact") { parts, _ in
      parts[Layout.archiveManifest] = try parts.bytes(Layout.archiveManifest) + [10]
    },
    ArchiveAttack("an archive time-stamp of no manifest is added", "container.layout") { parts, _ in
      parts[Layout.timestamp(3)] = try parts.bytes(Layout.timestamp(2))
    },
    ArchiveAttack("a signature stands for the archive time-stamp", "FORMAT_FAILURE") { parts, _ in
      parts[Layout.timestamp(2)] = try parts.bytes(Layout.signature(1))
    },
  ]
}

extension SampleParts {
  /// Writes the newest archive manifest anew over other entries; with a time-stamp of its own where
  /// somebody is given that makes it.
  mutating func rewriteArchive(
    by archivist: Archivist? = nil, over change: ([String]) -> [String]
  ) throws {
    let old = try Manifest(parsing: bytes(Layout.archiveManifest))
    let paths = change(old.objects.map(\.name.path))
    let objects = try paths.map { path in
      var digest = Digest256()
      digest.update(try bytes(path))
      return DataObjectReference(name: try EntryName(path), digest: digest.finalize())
    }
    let manifest = Manifest(
      signature: old.signature, signatureMediaType: Manifest.timestampMediaType, objects: objects)
    self[Layout.archiveManifest] = manifest.xml
    if let archivist { self[old.signature.path] = try archivist.stamp(manifest.xml) }
  }
}

/// A node that archives at a time of its own, under a root of its own.
struct Archivist: Sendable {
  let time, end: Int64
  let root: Certificate
  let signatory: Signatory

  init(_ name: String, at time: Int64, years: Int64) throws {
    self.time = time
    end = time + years * 365 * ArchiveTests.day
    let validity = try Validity(notBefore: time - 60, notAfter: end)
    let rootKey = try SigningKey.generate(.p256)
    root = try Development.root(
      key: rootKey, name: DistinguishedName(commonName: "\(name) root"), validity: validity)
    let issuer = try SigningIdentity(key: rootKey, certificate: root)
    let (key, stampKey) = (try SigningKey.generate(.p256), try SigningKey.generate(.p384))
    let signing = try Development.signing(
      for: key, name: DistinguishedName(commonName: name), issuer: issuer, validity: validity)
    let stamping = try Development.timestamping(
      for: stampKey, name: DistinguishedName(commonName: "\(name) time"), issuer: issuer,
      validity: validity)
    let authority = try TimestampAuthority(
      identity: SigningIdentity(key: stampKey, certificate: stamping))
    let list = try Development.revocationList(
      issuer: issuer, number: 1, thisUpdate: time - 30, nextUpdate: time + 86_400)
    signatory = Signatory(
      node: name, identity: try SigningIdentity(key: key, certificate: signing),
      timestamp: { try authority.respond(to: $0, at: time) }, anchors: [root],
      certificates: [stamping], revocationLists: [list])
  }

  func archive(_ bytes: [UInt8], _ trust: TrustAnchors) throws -> [UInt8] {
    let (verification, bundle) = judge(bytes, trust, now: time)
    guard let bundle else { throw SampleWorld.NotVerified(why: verification.summary) }
    let file = try UnnamedFile()
    let scratch = try UnnamedFile()
    _ = try Evidence.archive(
      bundle, by: signatory, into: file.descriptor, at: time, scratch: scratch.scratch)
    return try file.bytes()
  }

  /// A token over these bytes, with what is needed to judge it.
  func stamp(_ bytes: [UInt8]) throws -> [UInt8] {
    try complete(
      timestamp: requestTimestamp(over: bytes, from: signatory.timestamp),
      evidence: (signatory.certificates, signatory.revocationLists))
  }
}

extension Verification {
  func level(of role: SignatureReport.Role) -> SignatureLevel? {
    signatures.first { $0.role == role }?.validation.level
  }
}
