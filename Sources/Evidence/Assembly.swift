import ASiC
import CAdES
import Redaction

/// A container that is being written, and the digests of what was written: the carrier seal needs
/// them all.
final class Assembly {
  /// Nil once the container is finished.
  private var writer: ContainerWriter?
  /// SHA-256 of each entry, by its place in the container.
  private(set) var digests: EntryDigests
  private let progress: (UInt64) -> Void
  /// For what is copied on one thread, entry after entry.
  private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
  /// The lowest level among the signatures made here.
  private(set) var level = SignatureLevel.longTerm
  /// Why a signature had to do without time-stamp.
  private(set) var outage: CAdESError?

  /// The number of entries so far.
  var entryCount: Int { writer?.entryCount ?? 0 }

  /// Notes what the SHA-256 of an entry that is still to come will have to be.
  func expect(_ digest: [UInt8], at place: Int) { digests[place] = digest }

  /// Begins a container in an empty file; `progress` is told the bytes of each entry written.
  ///
  /// - Parameter entryCount: how many entries are to come, about.
  init(
    fileDescriptor: Int32, expecting entryCount: Int = 0, progress: @escaping (UInt64) -> Void
  ) throws {
    writer = try ContainerWriter(fileDescriptor: fileDescriptor, expecting: entryCount)
    digests = EntryDigests(expecting: entryCount + 1)
    self.progress = progress
  }

  deinit { memory.deallocate() }

  func add(_ path: String, _ bytes: [UInt8]) throws {
    let name = try EntryName(path)
    try writer?.add(name, bytes: bytes)
    var digest = Digest256()
    digest.update(bytes)
    note(digest.finalize())
  }

  /// The same for bytes whose SHA-256 is known.
  func add(_ path: String, _ bytes: [UInt8], digest: [UInt8]) throws {
    let name = try EntryName(path)
    try writer?.add(name, bytes: bytes)
    note(digest)
    progress(UInt64(bytes.count))
  }

  /// Adds an entry from a stream, and returns the SHA-256 of what was written.
  @discardableResult
  func addStream(
    _ path: String, size: UInt64?, _ body: (ByteWriter) throws -> Void
  ) throws -> [UInt8] {
    let name = try EntryName(path)
    let digest = SideDigest()
    try writer?.addStream(name, size: size) { sink in
      try body { bytes in
        digest.update(bytes)
        try sink.write(bytes)
        progress(UInt64(bytes.count))
      }
    }
    let value = digest.finalize()
    note(value)
    return value
  }

  /// Adds an entry with everything that `read` gives, while `work` has it too, and returns the SHA-256
  /// of what was written. Each byte is read once.
  func addContent(
    _ path: String, size: UInt64, from read: ByteReader, beside work: any PassingWork
  ) throws -> [UInt8] {
    let name = try EntryName(path)
    let digest = Digest256.Work()
    try writer?.addStream(name, size: size) { sink in
      try forEachPiece(of: read, byteCount: size, beside: [digest, work]) { piece in
        try sink.write(piece)
        progress(UInt64(piece.count))
      }
    }
    let value = digest.digest.finalize()
    note(value)
    return value
  }

  /// Adds a copy of an entry of another container, zeros in the place of `holes` and from its end
  /// to `size`, and returns the SHA-256 of what was written.
  ///
  /// Copied by ``ContainerWriter/addCopy(of:in:as:size:zeroing:in:observe:)``: what the entry held is
  /// checked against its CRC-32 on the way.
  @discardableResult
  func addCopy(
    _ path: String, of entry: Entry, in container: ContainerReader, size: UInt64? = nil,
    zeroing holes: [Range<UInt64>] = []
  ) throws -> [UInt8] {
    let name = try EntryName(path)
    let digest = Digest256.Work()
    let size = size ?? entry.size
    let pass = size > Pass.inlineBytes ? Pass(beside: [digest]) : nil
    let memory = { [memory] in try pass?.memory() ?? memory }
    try writer?.addCopy(
      of: entry, in: container, as: name, size: size, zeroing: holes, in: memory,
      observe: { bytes in
        if let pass { pass.hand(bytes) } else { digest.take(bytes) }
        progress(UInt64(bytes.count))
      })
    try pass?.finish()
    let value = digest.digest.finalize()
    note(value)
    return value
  }

  /// Keeps room for an entry whose bytes are known only later, in its place in the order.
  func reserve(_ path: String, size: Int) throws {
    try writer?.reserve(EntryName(path), size: size)
  }

  func fill(_ path: String, _ bytes: [UInt8]) throws {
    let name = try EntryName(path)
    try writer?.fill(name, bytes: bytes)
    var digest = Digest256()
    digest.update(bytes)
    if let place = writer?.place(of: name) { digests[place] = digest.finalize() }
  }

  /// The SHA-256 of an entry that was added or filled.
  func digest(of path: String) -> [UInt8]? {
    guard let name = try? EntryName(path), let place = writer?.place(of: name) else { return nil }
    return digests[place]
  }

  /// Signs the entries at these paths with manifest and signature of this number.
  func sign(
    _ number: Int, over paths: [String], by signatory: Signatory, commitment: Commitment,
    at time: Int64
  ) throws {
    try sign(number, places(of: paths), by: signatory, commitment: commitment, at: time)
  }

  /// The carrier seal: every file outside META-INF but mimetype, in the container's order.
  func signAsCarrier(_ signatory: Signatory, at time: Int64) throws {
    let all = (1..<(writer?.entryCount ?? 1)).filter {
      writer?.name(at: $0).path.hasPrefix("META-INF/") == false
    }
    try sign(Layout.carrierManifest, all, by: signatory, commitment: .proofOfSender, at: time)
  }

  /// Where the entries at these paths stand, in the container's order.
  private func places(of paths: [String]) throws -> [Int] {
    try paths.compactMap { try writer?.place(of: EntryName($0)) }.sorted()
  }

  /// Ends the container, and returns its size in bytes.
  func finish() throws -> UInt64 {
    guard let writer = writer.take() else { return 0 }
    return try writer.finish()
  }

  /// The manifest goes into the container piece by piece: over very many entries it is larger than
  /// everything else that is in memory.
  private func sign(
    _ number: Int, _ places: [Int], by signatory: Signatory, commitment: Commitment, at time: Int64
  ) throws {
    let signature = try EntryName(Layout.signature(number))
    let digest = SideDigest()
    try writer?.addStream(EntryName(Layout.manifest(number)), size: nil) { sink in
      let names = sink
      try writeManifest(signature, places, names.name(at:)) { bytes in
        digest.update(bytes)
        try sink.write(bytes)
        progress(UInt64(bytes.count))
      }
    }
    let value = digest.finalize()
    note(value)
    // Where the key wants another digest, the manifest is made once more.
    let content = DetachedContent(sha256: value) { [self] write in
      try writeManifest(
        signature, places,
        { place in
          guard let name = writer?.name(at: place) else { preconditionFailure("not finished yet") }
          return name
        }, to: write)
    }
    let p7s = try signed(
      over: content, by: signatory, commitment: commitment, at: time)
    level = min(level, signatureLevel(p7s))
    try add(Layout.signature(number), p7s)
  }

  private func writeManifest(
    _ signature: EntryName, _ places: [Int], _ name: (Int) -> EntryName,
    to write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    try withoutActuallyEscaping(write) { write in
      var manifest = ManifestWriter(signature: signature, write: write)
      for place in places {
        guard let digest = digests[place] else { throw EvidenceError.missing(name(place).path) }
        try manifest.add(DataObjectReference(name: name(place), digest: digest))
      }
      try manifest.finish()
    }
  }

  /// Once the authority wasn't reached, it isn't asked again for the same container.
  private func signed(
    over content: DetachedContent, by signatory: Signatory, commitment: Commitment, at time: Int64
  ) throws -> [UInt8] {
    if outage == nil {
      do {
        return try signatory.sign(content, commitment: commitment, at: time)
      } catch {
        guard signatory.mayWait, case .timestampUnavailable? = error as? CAdESError else {
          throw error
        }
        outage = error as? CAdESError
      }
    }
    return try signatory.signWithoutTimestamp(content, commitment: commitment, at: time)
  }

  /// An archive manifest over these entries, with its time-stamp.
  ///
  /// - Parameters:
  ///   - number: the number of the time-stamp, from 1.
  ///   - rootfile: the archive manifest before this one, which Annex A.7 has marked.
  func archive(
    _ number: Int, over paths: [String], rootfile: String?, by signatory: Signatory
  ) throws {
    let root = try rootfile.flatMap { try writer?.place(of: EntryName($0)) }
    let objects = try places(of: paths).map { place in
      guard let name = writer?.name(at: place), let digest = digests[place] else {
        throw EvidenceError.missing("entry \(place)")
      }
      return DataObjectReference(name: name, isRootfile: place == root, digest: digest)
    }
    let manifest = Manifest(
      signature: try EntryName(Layout.timestamp(number)),
      signatureMediaType: Manifest.timestampMediaType, objects: objects)
    let bytes = manifest.xml
    try add(Layout.archiveManifest, bytes)
    try add(Layout.timestamp(number), signatory.archiveTimestamp(over: bytes))
  }

  /// Keeps the digest of the entry that was added last.
  private func note(_ digest: [UInt8]) {
    if let count = writer?.entryCount { digests[count - 1] = digest }
  }
}
