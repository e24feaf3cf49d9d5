import ASiC
import CAdES
import Evidence
import Redaction
import Testing

/// Containers from elsewhere of unusual form, legal and not.
struct ForeignFormTests {
  private let node: SampleNode
  private var parts: SampleParts

  init() throws {
    node = try SampleNode("pt-ipcu")
    parts = try SampleParts(node.seal([("a.txt", [])]))
    for path in parts.paths { parts.remove(path) }
    parts["a.txt"] = Array("hello".utf8)
    try parts.sign(1, over: ["a.txt"], by: node, .proofOfOrigin)
  }

  private func judged(_ parts: SampleParts, kind: ContainerKind = .asicE) throws -> Verification {
    judge(try parts.container(kind: kind), TrustAnchors([node])).verification
  }

  @Test func asItShouldBe() throws {
    #expect(try judged(parts).verdict == .verified)
  }

  @Test(arguments: ["application/vnd.etsi.asic-e+zip", "application/vnd.etsi.asic-s+zip"])
  func aManifestMayCoverTheMimetype(value: String) throws {
    var parts = parts
    var digest = Digest256()
    digest.update(Array(value.utf8))
    let manifest = Manifest(
      signature: try EntryName(Layout.signature(2)),
      objects: [DataObjectReference(name: try EntryName("mimetype"), digest: digest.finalize())])
    parts[Layout.manifest(2)] = manifest.xml
    parts[Layout.signature(2)] = try node.signatory.sign(
      manifest.xml, commitment: .proofOfOrigin, at: SampleNode.now)
    let verification = try judged(parts)
    let isRight = value == ContainerKind.asicE.mediaType
    #expect(verification.verdict == (isRight ? .verified : .notVerified))
    #expect(verification.failures.map(\.id) == (isRight ? [] : ["manifest.objects"]))
  }

  @Test(arguments: ["META-INF/signature002.p7s", "META-INF/timestamp.tst"])
  func aSignatureThatNoManifestNamesIsNotPassedOver(path: String) throws {
    var parts = parts
    parts[path] = try parts.bytes(Layout.signature(1))
    let verification = try judged(parts)
    #expect(verification.verdict == .cannotBeDecided)
    #expect(verification.mentions("signature.kind"))
  }

  @Test func asicSHasOneSignatureThatCounts() throws {
    let content = Array("hello".utf8)
    let signature = try node.signatory.sign(
      content, commitment: .proofOfOrigin, at: SampleNode.now)
    var simple = parts
    simple.remove(Layout.manifest(1), Layout.signature(1))
    simple["META-INF/signature.p7s"] = signature
    #expect(try judged(simple, kind: .asicS).verdict == .verified)
    simple["META-INF/signature2.p7s"] = signature
    #expect(try judged(simple, kind: .asicS).verdict == .cannotBeDecided)
  }

  @Test func whatASenderRepeatsIsCounted() throws {
    var parts = parts
    for number in 1...1005 { parts["extra/\(number)"] = [] }
    let verification = try judged(parts)
    let uncovered = verification.checks.filter { $0.id == "signature.coverage" }
    #expect(uncovered.count == 1001)
    #expect(uncovered.last?.detail == "the same of 5 more, which aren't listed")
    #expect(verification.verdict == .verified)
  }

  @Test func aManifestThatIsNoneIsToldInWords() throws {
    var parts = parts
    try parts.replace("<?xml", by: "<!DOCTYPE a><?xml", in: Layout.manifest(1))
    let details = try judged(parts).failures.map(\.detail)
    #expect(
      details == [
        "META-INF/ASiCManifest001.xml: the manifest has a document type, processing instruction or "
          + "CDATA section, at byte 0",
        "no signature that could be judged: nothing vouches for anything here",
      ])
  }
}
