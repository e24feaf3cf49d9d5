import ASiC
import Foundation

/// ZIP containers and their manifests.
let containerTargets = [
  Target("container", longest: 4096, seeds: containerSeeds) { bytes in
    let container = try ContainerReader(bytes: bytes)
    var contents: [(name: EntryName, bytes: [UInt8])] = []
    var isWhole = true
    for entry in container.entries {
      expect(container.entry(named: entry.name) == entry, "an entry isn't found by its name")
      do {
        let content = try container.bytes(of: entry, limit: 1 << 24)
        expect(UInt64(content.count) == entry.size, "an entry has another size than it says")
        contents.append((entry.name, content))
      } catch { isWhole = false }
    }
    guard isWhole, container.deviations.isEmpty else { return }
    let again = certain("a container is read and can't be written") {
      try written(container.kind, contents)
    }
    expect(again == bytes, "a container without deviations isn't what we would write")
  },
  Target("manifest", longest: 4096, seeds: manifestSeeds) { bytes in
    let manifest = try Manifest(parsing: bytes)
    let xml = manifest.xml
    expect(try Manifest(parsing: xml) == manifest, "a manifest is another one when written")
    expect(Manifest.isCanonical(xml), "a manifest of ours isn't canonical")
    expect(Manifest.isCanonical(bytes) == (xml == bytes), "canonical isn't what we write")
  },
]

private func containerSeeds() throws -> [[UInt8]] {
  let files: [(EntryName, [UInt8])] = [
    (try EntryName("seal.txt"), Array("seal\n".utf8)), (try EntryName("items/0001-é.csv"), []),
    (try EntryName("META-INF/ASiCManifest001.xml"), try manifestSeeds()[0]),
  ]
  let mimetype: [(EntryName, [UInt8])] = [(try EntryName("mimetype"), [])]
  return [
    try written(.asicE, mimetype), try written(.asicS, mimetype + files.prefix(1)),
    try written(.asicE, mimetype + files),
  ] + Vectors.files("asic/ours") + Vectors.files("asic/dss")
}

/// The container of these entries, the first of which is `mimetype`, which the writer makes.
private func written(
  _ kind: ContainerKind, _ contents: [(name: EntryName, bytes: [UInt8])]
) throws -> [UInt8] {
  var template = Array("/tmp/rogatory-fuzz-XXXXXX".utf8CString)
  let file = mkstemp(&template)
  unlink(template)
  defer { close(file) }
  var writer = try ContainerWriter(fileDescriptor: file, kind: kind)
  for (name, bytes) in contents.dropFirst() { try writer.add(name, bytes: bytes) }
  let size = try writer.finish()
  var bytes = [UInt8](repeating: 0, count: Int(size))
  let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
  return Array(bytes.prefix(count))
}

private func manifestSeeds() throws -> [[UInt8]] {
  let objects = try DigestAlgorithm.allCases.map { algorithm in
    DataObjectReference(
      name: try EntryName("items/0001 é&<\(algorithm.byteCount).txt"), mediaType: "text/plain",
      isRootfile: algorithm == .sha256, algorithm: algorithm,
      digest: [UInt8](repeating: 7, count: algorithm.byteCount))
  }
  let manifest = Manifest(
    signature: try EntryName("META-INF/signature001.p7s"), objects: objects)
  let foreign = """
    <?xml version="1.0" encoding="UTF-8"?><!-- c --><a:ASiCManifest \
    xmlns:a='http://uri.etsi.org/02918/v1.2.1#' xmlns:ds="http://www.w3.org/2000/09/xmldsig#">\
    <a:SigReference URI="META-INF/s.p7s"/><a:DataObjectReference URI="%61.txt">\
    <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>\
    <ds:DigestValue> AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE= </ds:DigestValue>\
    </a:DataObjectReference></a:ASiCManifest>
    """
  return [manifest.xml, Array(foreign.utf8)]
}
