import ASiC
import SeededNumbers
import Testing

private let digest = (0..<32).map { UInt8($0) }

private func example() throws -> Manifest {
  try Manifest(
    signature: EntryName("META-INF/signature001.p7s"),
    objects: [
      DataObjectReference(
        name: EntryName("seal.txt"), mediaType: "text/plain", isRootfile: true, digest: digest),
      DataObjectReference(
        name: EntryName("items/0001 a+b é&<\"'>%?#.csv"), algorithm: .sha384,
        digest: digest + digest[..<16]),
      DataObjectReference(
        name: EntryName("cc:/d"), mediaType: "a\"b&<c>\u{9}é", algorithm: .sha512,
        digest: digest + digest),
    ])
}

/// A manifest's text, with parts that can be replaced.
private func text(
  head: String = "", root: String = "", object: String = "", middle: String = "", tail: String = "",
  uri: String = "a", algorithm: String = "http://www.w3.org/2001/04/xmlenc#sha256",
  value: String = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
) -> String {
  """
  \(head)<a:ASiCManifest xmlns:a="http://uri.etsi.org/02918/v1.2.1#" \
  xmlns="http://www.w3.org/2000/09/xmldsig#"\(root)><a:SigReference URI="s"/>\
  <a:DataObjectReference URI="\(uri)"\(object)><DigestMethod Algorithm="\(algorithm)"/>\
  <DigestValue>\(value)</DigestValue>\(middle)</a:DataObjectReference>\(tail)</a:ASiCManifest>
  """
}

private func parse(_ text: String) throws -> Manifest {
  try Manifest(parsing: Array(text.utf8))
}

@Suite struct `a manifest of ours` {
  @Test func `has this text`() throws {
    let manifest = try Manifest(
      signature: EntryName("META-INF/signature001.p7s"),
      objects: [
        DataObjectReference(name: EntryName("a b"), mediaType: "text/plain", digest: digest)
      ])
    #expect(
      String(decoding: manifest.xml, as: UTF8.self) == """
        <?xml version="1.0" encoding="UTF-8"?>
        <asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" \
        xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
          <asic:SigReference URI="META-INF/signature001.p7s" \
        MimeType="application/pkcs7-signature"/>
          <asic:DataObjectReference URI="a%20b" MimeType="text/plain">
            <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>
            <ds:DigestValue>AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=</ds:DigestValue>
          </asic:DataObjectReference>
        </asic:ASiCManifest>

        """)
  }

  @Test func `is read back, whatever its names have`() throws {
    let manifest = try example()
    #expect(try Manifest(parsing: manifest.xml) == manifest)
    #expect(Manifest.isCanonical(manifest.xml))
  }

  @Test func `is written the same piece by piece`() throws {
    let manifest = try example()
    let bytes = Mutable()
    var writer = ManifestWriter(signature: manifest.signature) { bytes.value += $0 }
    for object in manifest.objects { try writer.add(object) }
    try writer.finish()
    #expect(bytes.value == manifest.xml)
  }

  private final class Mutable { var value: [UInt8] = [] }

  /// A manifest's parts as the stream gives them; nil where it isn't ours.
  private func streamed(_ bytes: [UInt8], piece: Int) throws -> [DataObjectReference]? {
    var rest = bytes[...]
    let reader = try ManifestReader { buffer throws(ContainerError) in
      let part = rest.prefix(min(piece, buffer.count))
      rest = rest.dropFirst(part.count)
      buffer.copyBytes(from: part)
      return part.count
    }
    guard var reader else { return nil }
    var objects: [DataObjectReference] = []
    while true {
      switch try reader.next() {
      case .object(let name, let sha256):
        objects.append(DataObjectReference(name: name, digest: sha256))
      case .end: return objects
      case nil: return nil
      }
    }
  }

  @Test func `is streamed exactly where it is as we write it`() throws {
    var manifest = try example()
    manifest.objects = manifest.objects.map { DataObjectReference(name: $0.name, digest: digest) }
    let original = manifest.xml
    for piece in [1, 7, 100_000] {
      #expect(try streamed(original, piece: piece) == manifest.objects)
    }
    for position in original.indices {
      var bytes = original
      bytes[position] ^= 1
      var parsed = Manifest.isCanonical(bytes) ? try Manifest(parsing: bytes) : nil
      // A time-stamp's manifest, or one of something else, isn't for the stream.
      if parsed?.signatureMediaType != Manifest.pkcs7MediaType { parsed = nil }
      #expect(try streamed(bytes, piece: 1000) == parsed?.objects)
      #expect(try streamed(Array(original[..<position]), piece: 1000) == nil)
    }
    #expect(try streamed(original + [10], piece: 1000) == nil)
  }

  @Test func `has no other bytes with the same meaning`() throws {
    let manifest = try example()
    let original = manifest.xml
    for position in original.indices {
      for bit in 0..<8 {
        var bytes = original
        bytes[position] ^= 1 << UInt8(bit)
        // What is canonical all the same says something else, and another digest is signed.
        let isUnnoticed = Manifest.isCanonical(bytes) && (try? Manifest(parsing: bytes)) == manifest
        #expect(!isUnnoticed, "bit \(bit) of byte \(position)")
      }
      var removed = original
      removed.remove(at: position)
      #expect(!(Manifest.isCanonical(removed) && (try? Manifest(parsing: removed)) == manifest))
    }
    for byte in UInt8.min...UInt8.max { #expect(!Manifest.isCanonical(original + [byte])) }
    #expect(!Manifest.isCanonical(original.dropLast()))
  }

  @Test func `with 10,000 references has 3 MB and is read`() throws {
    let objects = try (0..<10_000).map {
      DataObjectReference(
        name: try EntryName("items/\($0).csv"), mediaType: "text/csv", digest: digest)
    }
    let manifest = Manifest(signature: try EntryName("s"), objects: objects)
    #expect((2_000_000..<4_000_000).contains(manifest.xml.count))
    #expect(Manifest.isCanonical(manifest.xml))
  }

  @Test func `mutated is read or refused, never more`() throws {
    var random = SplitMix64(seed: 2)
    let extensions = """
      <a:ASiCManifestExtensions><a:Extension Critical="false"><x y="&#233;"/>\
      </a:Extension></a:ASiCManifestExtensions>
      """
    let foreign = text(head: "<?xml version='1.0'?><!-- - -->", tail: extensions)
    let seeds = [try example().xml, Array(foreign.utf8)]
    var accepted = 0
    for round in 0..<10_000 {
      let bytes = mutated(seeds[round % 2], by: &random)
      guard let manifest = try? Manifest(parsing: bytes) else { continue }
      accepted += 1
      #expect(try Manifest(parsing: manifest.xml) == manifest)
    }
    print("mutated manifests: 10000, of which \(accepted) were read")
    #expect(accepted < 5000)
  }
}

@Suite struct `a manifest from elsewhere` {
  @Test(arguments: [
    text(), text(head: "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\" standalone='yes' ?>\r\n"),
    text(head: "<!-- - -->", tail: " <!-- x --> \n"), text(uri: "&#x61;"), text(uri: "%61"),
    text(object: " \n MimeType = 'x' Rootfile=\"0\" "),
    text(value: "\r\n AAECAwQFBgcICQoLDA0O\nDxAREhMUFRYXGBkaGxwdHh8=\t"),
    text(
      tail: """
        <a:ASiCManifestExtensions><a:Extension Critical="0"><x>1</x></a:Extension>\
        </a:ASiCManifestExtensions>
        """),
  ])
  func `may look otherwise`(text: String) throws {
    let bytes = Array(text.utf8)
    let manifest = try Manifest(parsing: bytes)
    #expect(manifest.objects.map(\.name.path) == ["a"])
    #expect(manifest.objects.map(\.digest) == [digest])
    #expect(!Manifest.isCanonical(bytes))
  }

  @Test(arguments: [
    "", "/a", "../a", "a/../b", "a//b", "file:///a", "a:b", "a?b", "a#b", "%2Fa", "a%2fb", "a%5Cb",
    "%", "%1", "%zz", "%FF", "a%00", ".",
  ])
  func `can't point out of the container`(uri: String) {
    #expect(throws: ManifestError.unsafeURI(uri)) { try parse(text(uri: uri)) }
  }

  @Test func `can't use weak or unknown digests`() {
    for uri in [
      "http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2001/04/xmldsig-more#md5",
    ] {
      #expect(throws: ManifestError.weakDigest(uri)) {
        try parse(text(algorithm: uri))
      }
    }
    #expect(throws: ManifestError.unknownDigest("x")) {
      try parse(text(algorithm: "x"))
    }
  }

  @Test(arguments: [
    "", "AAEC", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=", "AAEC<!-- -->AwQF",
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=<!-- -->AAAA", "====", "<x/>",
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
  ])
  func `has whole digests`(value: String) {
    #expect(throws: ManifestError.self) { try parse(text(value: value)) }
  }

  @Test func `can't cover a file twice, or none, or need what we don't know`() throws {
    let again = text()
    let start = try #require(again.firstRange(of: "<a:DataObjectReference"))
    let end = try #require(again.firstRange(of: "</a:ASiCManifest>"))
    let reference = String(again[start.lowerBound..<end.lowerBound])
    let name = try EntryName("a")
    #expect(throws: ManifestError.duplicateReference(name)) {
      try parse(text(tail: reference))
    }
    #expect(throws: ManifestError.noReferences) {
      try parse(again.replacing(reference, with: ""))
    }
    for critical in ["true", "1"] {
      let extensions = ["ASiCManifest", "DataObjectReference"].map { kind in
        "<a:\(kind)Extensions><a:Extension Critical=\"\(critical)\"/></a:\(kind)Extensions>"
      }
      for bytes in [text(tail: extensions[0]), text(middle: extensions[1])] {
        #expect {
          try parse(bytes)
        } throws: { error in
          if case ManifestError.criticalExtension = error { true } else { false }
        }
      }
    }
  }
}

@Suite struct `XML that a manifest has no need for` {
  @Test func `is refused as such`() {
    for head in ["<!DOCTYPE a>", "<?x y?>", "<?xml version=\"1.0\"?><?x?>"] {
      expectForbidden(text(head: head))
    }
    expectForbidden(text(value: "<![CDATA[AAEC]]>"))
    expectForbidden(text(tail: "<?x?>"))
    #expect(throws: ManifestError.notUTF8) {
      try parse(text(head: "<?xml version=\"1.0\" encoding=\"UTF-16\"?>"))
    }
    #expect(throws: ManifestError.notUTF8) {
      try Manifest(parsing: [0xFF, 0xFE] + Array(text().utf8))
    }
    for entity in ["&x;", "&amp", "&#0;", "&#xD800;", "&#x110000;", "&#-1;", "&;", "&#;", "&#x;"] {
      #expect(throws: ManifestError.self) { try parse(text(uri: entity)) }
    }
  }

  static let malformed: [String] = [
    text(root: " b:x=\"\""), text(root: " xmlns:a=\"x\""), text(root: " xmlns:b=\"\""),
    text(root: " x=\"\""), text(object: " URI=\"b\""), text(object: " MimeType=\"<\""),
    text(object: " MimeType=\"\n\""), text(object: "MimeType=\"x\""),
    text(object: " Rootfile=\"yes\""),
    text(object: " MimeType=x"), text(head: "x"), text(head: " <?xml version=\"1.0\"?>"),
    text(tail: "x"), text(tail: "<b:x/>"), text(tail: "<a:x/>"), text(tail: "</a:x>"),
    text() + text(),
    text() + "<", String(text().dropLast()), text(head: "<!-- -- -->"), text(head: "<!---"),
    text(head: "<?xml encoding=\"UTF-8\"?>"), text(head: "<?xml version=\"1.1\"?>"),
    text(tail: "\u{0}"), text(tail: "\u{FFFF}"), text(value: "]]>"), "", "<", "<a",
    text(root: (0..<40).map { " x\($0)=\"\"" }.joined()),
  ]

  @Test(arguments: malformed)
  func `is an error`(text: String) {
    #expect(throws: ManifestError.self) { try parse(text) }
  }

  @Test func `in an extension has limits too`() {
    let deep = String(repeating: "<x>", count: 100_000)
    let tail = """
      <a:ASiCManifestExtensions><a:Extension Critical="0">\(deep)</a:Extension>\
      </a:ASiCManifestExtensions>
      """
    #expect {
      try parse(text(tail: tail))
    } throws: { error in
      if case ManifestError.tooComplex = error { true } else { false }
    }
  }

  private func expectForbidden(
    _ text: String, at location: SourceLocation = #_sourceLocation
  ) {
    #expect(sourceLocation: location) {
      try parse(text)
    } throws: { error in
      if case ManifestError.forbiddenConstruct = error { true } else { false }
    }
  }
}
