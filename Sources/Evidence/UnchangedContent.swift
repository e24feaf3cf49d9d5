public import ASiC
import Redaction

/// A caller's word that the contents of a container's items were checked before, all of them and in
/// full, and that its file is the same since.
///
/// Only what is large is taken on trust: signatures, statements, view, records, `.leaves` and the
/// container's structure are judged anew each time, and an item that is copied is compared with its
/// digest on the way. Docs/Decisions/0026-unchanged-content.md says why, and what is left.
public struct UnchangedContent: Hashable, Sendable {
  /// The ``containerDigest(of:)`` of the container that was checked.
  let container: [UInt8]

  /// Gives the word; whoever does has looked at the file's identity and times.
  public init(container: [UInt8]) {
    self.container = container
  }
}

/// SHA-256 over what the container's directory says: names, places, sizes and checksums.
public func containerDigest(of container: ContainerReader) -> [UInt8] {
  var digest = Digest256()
  for entry in container.entries {
    let name = Array(entry.name.path.utf8)
    digest.update(
      Array("\(name.count) \(entry.offset) \(entry.dataOffset) \(entry.size) ".utf8)
        + Array("\(entry.compressedSize) \(entry.method.rawValue) \(entry.crc32)\n".utf8) + name)
  }
  return digest.finalize()
}

extension Verifier {
  /// The digests of the items' files as the carrier seal states them, where an earlier check stands
  /// in for reading them; nil where nothing does.
  ///
  /// That the carrier's signature is good, and that it covers every file, is judged later as ever.
  func trustedDigests() -> EntryDigests? {
    guard let unchanged, container.deviations.isEmpty,
      unchanged.container == containerDigest(of: container),
      let carrier = manifests.first(where: { $0.path == Layout.manifest(Layout.carrierManifest) })
    else { return nil }
    var digests = EntryDigests(expecting: container.entries.count)
    let isRead: Void? = try? carrier.forEachObject { object in
      guard object.algorithm == .sha256, object.name.path.hasPrefix("items/"),
        let place = container.entries.place(of: object.name)
      else { return }
      digests[place] = object.digest
    }
    let isWhole = container.entries.indices.allSatisfy {
      digests.known.contains($0) || !container.entries[$0].name.path.hasPrefix("items/")
    }
    return isRead != nil && isWhole ? digests : nil
  }
}
