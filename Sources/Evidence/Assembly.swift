import ASiC
import CAdES
import Redaction

/// A container that is being written, and the digests of what was written: the carrier seal needs
/// them all.
final class Assembly {
  /// Nil once the container is finished.
  private var writer: ContainerWriter?
  private var digests: [DataObjectReference] = []
  private var slots: [String: (slot: Slot, index: Int)] = [:]
  private let progress: (UInt64) -> Void
  /// For what is copied on one thread, entry after entry.
  private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
  /// The lowest level among the signatures made here.
  private(set) var level = SignatureLevel.longTerm
  /// Why a signature had to do without time-stamp.
  private(set) var outage: CAdESError?

  /// Begins a container in an empty file; `progress` is told the bytes of each entry written.
  init(fileDescriptor: Int32, progress: @escaping (UInt64) -> Void) throws {
    writer = try ContainerWriter(fileDescriptor: fileDescriptor)
    self.progress = progress
  }

  deinit { memory.deallocate() }

  func add(_ path: String, _ bytes: [UInt8]) throws {
    let name = try EntryName(path)
    try writer?.add(name, bytes: bytes)
    var digest = Digest256()
    digest.update(bytes)
    note(name, digest.finalize())
  }

  /// The same for bytes whose SHA-256 is known.
  func add(_ path: String, _ bytes: [UInt8], digest: [UInt8]) throws {
    let name = try EntryName(path)
    try writer?.add(name, bytes: bytes)
    note(name, digest)
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
    note(name, value)
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
    note(name, value)
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
    note(name, value)
    return value
  }

  /// Keeps room for an entry whose bytes are known only later, in its place in the order.
  func reserve(_ path: String, size: Int) throws {
    let name = try EntryName(path)
    guard let slot = try writer?.reserve(name, size: size) else {
      throw EvidenceError.missing(path)
    }
    digests.append(DataObjectReference(name: name, digest: []))
    slots[path] = (slot, digests.count - 1)
  }

  func fill(_ path: String, _ bytes: [UInt8]) throws {
    guard let (slot, index) = slots.removeValue(forKey: path) else {
      throw EvidenceError.missing(path)
    }
    try writer?.fill(slot, bytes: bytes)
    var digest = Digest256()
    digest.update(bytes)
    digests[index] = DataObjectReference(name: digests[index].name, digest: digest.finalize())
  }

  /// Signs the entries at these paths with manifest and signature of this number.
  func sign(
    _ number: Int, over paths: [String], by signatory: Signatory, commitment: Commitment,
    at time: Int64
  ) throws {
    let objects = digests.filter { paths.contains($0.name.path) }
    try sign(number, objects, by: signatory, commitment: commitment, at: time)
  }

  /// The carrier seal: every file outside META-INF but mimetype, in the container's order.
  func signAsCarrier(_ signatory: Signatory, at time: Int64) throws {
    let objects = digests.filter { !$0.name.path.hasPrefix("META-INF/") }
    try sign(
      Layout.carrierManifest, objects, by: signatory, commitment: .proofOfSender, at: time)
  }

  /// Ends the container, and returns its size in bytes.
  func finish() throws -> UInt64 {
    guard let writer = writer.take() else { return 0 }
    return try writer.finish()
  }

  private func sign(
    _ number: Int, _ objects: [DataObjectReference], by signatory: Signatory,
    commitment: Commitment, at time: Int64
  ) throws {
    let manifest = Manifest(
      signature: try EntryName(Layout.signature(number)), objects: objects)
    let bytes = manifest.xml
    try add(Layout.manifest(number), bytes)
    let signature = try signature(over: bytes, by: signatory, commitment: commitment, at: time)
    level = min(level, signatureLevel(signature))
    try add(Layout.signature(number), signature)
  }

  /// Once the authority wasn't reached, it isn't asked again for the same container.
  private func signature(
    over bytes: [UInt8], by signatory: Signatory, commitment: Commitment, at time: Int64
  ) throws -> [UInt8] {
    if outage == nil {
      do {
        return try signatory.sign(bytes, commitment: commitment, at: time)
      } catch {
        guard signatory.mayWait, case .timestampUnavailable? = error as? CAdESError else {
          throw error
        }
        outage = error as? CAdESError
      }
    }
    return try signatory.signWithoutTimestamp(bytes, commitment: commitment, at: time)
  }

  /// An archive manifest over these entries, with its time-stamp.
  ///
  /// - Parameters:
  ///   - number: the number of the time-stamp, from 1.
  ///   - rootfile: the archive manifest before this one, which Annex A.7 has marked.
  func archive(
    _ number: Int, over paths: [String], rootfile: String?, by signatory: Signatory
  ) throws {
    let wanted = Set(paths)
    let objects = digests.filter { wanted.contains($0.name.path) }.map { object in
      DataObjectReference(
        name: object.name, isRootfile: object.name.path == rootfile, digest: object.digest)
    }
    let manifest = Manifest(
      signature: try EntryName(Layout.timestamp(number)),
      signatureMediaType: Manifest.timestampMediaType, objects: objects)
    let bytes = manifest.xml
    try add(Layout.archiveManifest, bytes)
    try add(Layout.timestamp(number), signatory.archiveTimestamp(over: bytes))
  }

  private func note(_ name: EntryName, _ digest: [UInt8]) {
    digests.append(DataObjectReference(name: name, digest: digest))
  }
}
