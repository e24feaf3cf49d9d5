import ASiC
import CAdES
import Redaction

/// A manifest with the signature that it names.
///
/// One of our spelling is read as a stream, whenever its references are asked for: over very many
/// entries it is larger than everything else of a verification. Any other is in memory.
struct LoadedManifest {
  let path: String
  let signatureName: EntryName
  let signatureMediaType: String?
  /// The signature's bytes, or nil where the container has none.
  let signature: [UInt8]?
  /// The manifest's bytes, which its signature is over.
  let content: DetachedContent
  /// What it covers.
  let objects: Objects
  /// Whether it has the one spelling of a bundle's manifests.
  let isExact: Bool
  private let container: ContainerReader
  private let source: Source

  /// The files that a manifest names.
  struct Objects: Hashable {
    /// Those that are here.
    var entries = EntrySet()
    /// The paths of those that aren't.
    var missing: Set<String> = []

    var count: Int { entries.count + missing.count }

    func isSubset(of other: Objects) -> Bool {
      entries.isSubset(of: other.entries) && missing.isSubset(of: other.missing)
    }

    /// Whether the name is the first of its kind; `next` is the place where the next one may be.
    fileprivate mutating func insert(
      _ name: EntryName, in container: ContainerReader, next: inout Int
    ) -> Bool {
      guard let place = container.entries.place(of: name, expecting: next) else {
        return missing.insert(name.path).inserted
      }
      next = place + 1
      return entries.insert(place)
    }
  }

  private enum Source {
    case stream(Entry, sha256: [UInt8])
    case memory([DataObjectReference])
  }

  /// Reads the manifest, and the signature that it names.
  init(_ entry: Entry, in container: ContainerReader) throws {
    self.container = container
    path = entry.name.path
    let stream = try Stream(entry, in: container)
    if let stream {
      signatureName = stream.signature
      signatureMediaType = Manifest.pkcs7MediaType
      objects = stream.objects
      isExact = true
      source = .stream(entry, sha256: stream.sha256)
      content = DetachedContent(sha256: stream.sha256) { piece in
        let reader = container.open(entry)
        try forEachPiece(of: { try reader.read(into: $0) }, limit: nil, piece)
      }
    } else {
      let bytes = try container.bytes(of: entry, limit: Manifest.maximumSize)
      let manifest = try Manifest(parsing: bytes)
      signatureName = manifest.signature
      signatureMediaType = manifest.signatureMediaType
      var (objects, next) = (Objects(), 0)
      for object in manifest.objects {
        _ = objects.insert(object.name, in: container, next: &next)
      }
      self.objects = objects
      isExact = manifest.xml == bytes
      source = .memory(manifest.objects)
      content = DetachedContent(bytes)
    }
    signature = try container.entry(named: signatureName)
      .map { try container.bytes(of: $0, limit: maximumSignature) }
  }

  /// What a manifest of our spelling says, from one pass over it.
  private struct Stream {
    let signature: EntryName
    let objects: Objects
    let sha256: [UInt8]

    /// Nil where it isn't one.
    init?(_ entry: Entry, in container: ContainerReader) throws {
      guard entry.size <= UInt64(Manifest.maximumSize) else { return nil }
      var objects = Objects()
      var (isUnique, next) = (true, 0)
      let read = try LoadedManifest.stream(entry, in: container) { object in
        isUnique = objects.insert(object.name, in: container, next: &next) && isUnique
        return isUnique && objects.count <= ContainerLimits.standard.maximumEntries
      }
      guard let read, objects.count > 0 else { return nil }
      (signature, sha256) = read
      self.objects = objects
    }
  }

  /// Goes through a manifest of our spelling until `body` returns false; nil where it did, and where the
  /// manifest isn't one.
  private static func stream(
    _ entry: Entry, in container: ContainerReader, _ body: (DataObjectReference) throws -> Bool
  ) throws -> (signature: EntryName, sha256: [UInt8])? {
    let reader = container.open(entry)
    let digest = Digest256.Work()
    let manifest = try ManifestReader { buffer throws(ContainerError) in
      let count = try reader.read(into: buffer)
      digest.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      return count
    }
    guard var manifest else { return nil }
    while true {
      switch try manifest.next() {
      case .object(let name, let sha256):
        guard try body(DataObjectReference(name: name, digest: sha256)) else { return nil }
      case .end: return (manifest.signature, digest.digest.finalize())
      case nil: return nil
      }
    }
  }

  /// Hands out every reference, in the manifest's order.
  ///
  /// - Throws: ``EvidenceError/changedSinceChecked(_:)`` where the file isn't what it was.
  func forEachObject(_ body: (DataObjectReference) throws -> Void) throws {
    switch source {
    case .memory(let objects): try objects.forEach(body)
    case .stream(let entry, let sha256):
      let read = try Self.stream(entry, in: container) { object in
        try body(object)
        return true
      }
      guard read?.sha256 == sha256 else { throw EvidenceError.changedSinceChecked(path) }
    }
  }

  /// Whether it names the file at this path.
  func names(_ path: String) -> Bool {
    if let place = (try? EntryName(path)).flatMap(container.entries.place(of:)) {
      return objects.entries.contains(place)
    }
    return objects.missing.contains(path)
  }

  /// The paths of everything that it names.
  var objectPaths: Set<String> {
    objects.missing.union(objects.entries.places.map { container.entries[$0].name.path })
  }

  /// The path of the only file that it names; nil where it names several.
  var onlyPath: String? { objects.count == 1 ? objectPaths.first : nil }
}
