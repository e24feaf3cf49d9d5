import ASiC
import Testing

@Suite struct `containers made by others` {
  /// What the container level has to say; all others are read.
  static let refusedOfOurs: [String: ContainerError] = [
    "s01-mimetype-last.asice": .mimetypeNotFirst,
    "s02-mimetype-deflated.asice": .mimetypeNotPlain,
    "s03-mimetype-extra.asice": .mimetypeNotPlain,
    "s04-no-mimetype-comment.asice": .mimetypeNotFirst,
    "s05-no-mimetype-no-comment.asice": .mimetypeNotFirst,
    "s07-mimetype-newline.asice": .unknownMediaType,
    "s11-path-traversal.asice": .unsafeName("../evil.txt"),
  ]

  @Test func `the design's variants: refused or read as the index says`() throws {
    guard let folder = Conformance.folder("ours") else { return }
    let names = Conformance.containers(in: folder)
    try #require(names.count >= 20)
    var refused = 0
    for name in names {
      let bytes = Conformance.read("\(folder)/\(name)")
      do throws(ContainerError) {
        // Written by other programs, so nothing of it can pass for a container of ours.
        let deviations = try readAll(bytes)
        #expect(Self.refusedOfOurs[name] == nil, "\(name)")
        #expect(!deviations.isEmpty, "\(name)")
        #expect(deviations.contains(.noComment) == name.contains("no-comment"), "\(name)")
      } catch {
        #expect(error == Self.refusedOfOurs[name], "\(name)")
        refused += 1
      }
    }
    print("conformance asic/ours: \(names.count) containers, \(refused) refused as they should be")
  }

  /// DSS puts `mimetype` wherever it comes, which EN 319 162-1 doesn't allow.
  static let readOfDSS: Set = ["emptyCertStore.asice", "removed-doc.asice"]
  static let refusedOfDSS: [String: ContainerError] = [
    "nonConformantManifest.asice": .unknownMediaType
  ]

  @Test func `the EU validator's test files`() throws {
    guard let folder = Conformance.folder("dss") else { return }
    let names = Conformance.containers(in: folder)
    try #require(names.count >= 10)
    var refused = 0
    for name in names {
      let bytes = Conformance.read("\(folder)/\(name)")
      do throws(ContainerError) {
        try readAll(bytes)
        #expect(Self.readOfDSS.contains(name), "\(name)")
      } catch {
        #expect(error == Self.refusedOfDSS[name] ?? .mimetypeNotFirst, "\(name)")
        #expect(!Self.readOfDSS.contains(name), "\(name)")
        refused += 1
      }
    }
    print("conformance asic/dss: \(names.count) containers, \(refused) refused for their mimetype")
  }
}

@Suite struct `manifests made by others` {
  @Test(arguments: ["ours", "dss"])
  func `all are read but one with a DOCTYPE`(set: String) throws {
    guard let folder = Conformance.folder(set) else { return }
    var counts = (read: 0, refused: 0)
    for container in Conformance.containers(in: folder) {
      guard let reader = try? ContainerReader(bytes: Conformance.read("\(folder)/\(container)"))
      else { continue }
      for entry in reader.entries where entry.name.path.hasPrefix("META-INF/ASiC") {
        let bytes = try reader.bytes(of: entry, limit: Manifest.maximumSize)
        #expect(!Manifest.isCanonical(bytes))
        do throws(ManifestError) {
          let manifest = try Manifest(parsing: bytes)
          counts.read += 1
          // Written anew it says the same.
          #expect(try Manifest(parsing: manifest.xml) == manifest)
          #expect(Manifest.isCanonical(manifest.xml))
          #expect(container != "s13-manifest-doctype.asice")
        } catch {
          counts.refused += 1
          #expect(container == "s13-manifest-doctype.asice", "\(container): \(error)")
          #expect(error == .forbiddenConstruct(offset: 21))
        }
      }
    }
    print("conformance asic/\(set): \(counts.read) manifests read, \(counts.refused) refused")
    #expect(counts.read > 0)
  }

  @Test func `raw UTF-8 and percent-encoding name the same entry`() throws {
    guard let folder = Conformance.folder("ours") else { return }
    let bytes = Conformance.read("\(folder)/s17-unencoded.asice")
    let reader = try ContainerReader(bytes: bytes)
    let entry = try #require(try reader.entry(named: EntryName("META-INF/ASiCManifest001.xml")))
    let manifest = try Manifest(parsing: reader.bytes(of: entry, limit: 10_000))
    let object = try #require(manifest.objects.first)
    #expect(reader.entry(named: object.name) != nil)
    #expect(String(decoding: manifest.xml, as: UTF8.self).contains("items/a%20b%20%C3%A9.txt"))
  }
}
