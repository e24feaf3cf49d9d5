/// Reads a container whose structure leaves nothing open.
///
/// Construction checks every header: the file is local headers and data, one after the other from
/// its first byte, then the central directory in the same order, then the end record; both
/// descriptions of each entry agree. Whatever two programs could read differently is refused.
/// What is merely unlike ours is told in ``deviations``. Content is checked when it is read.
///
/// The directory is streamed: memory is some forty bytes for each entry, and its name.
public final class ContainerReader: Sendable {
  /// What `mimetype` says.
  public let kind: ContainerKind
  /// The files in the order of the file, `mimetype` first; directories are left out.
  public let entries: EntryTable
  /// What ``ContainerWriter`` would have written differently, at most ``maximumDeviations``.
  public let deviations: [ContainerDeviation]
  /// What is wrong with `mimetype`, in a container that was read all the same.
  public let flaw: ContainerError?

  private let source: ContainerSource

  /// Reads from a file that can be read at any offset.
  ///
  /// The descriptor stays the caller's, who keeps it open as long as the reader is used. Its
  /// position doesn't matter.
  ///
  /// - Parameter tolerant: reads a container whose `mimetype` isn't in its place or plain, as many
  ///   programs make it, so that its signatures can be judged; ``flaw`` tells what is wrong. All
  ///   other rules hold.
  public convenience init(
    fileDescriptor: Int32, limits: ContainerLimits = .standard, tolerant: Bool = false
  ) throws(ContainerError) {
    try self.init(ContainerSource(fileDescriptor: fileDescriptor), limits, tolerant)
  }

  /// Reads `size` bytes through `readingAt`, which fills a buffer from an offset and returns how
  /// many bytes it has read, 0 at the end only.
  public convenience init(
    size: UInt64, limits: ContainerLimits = .standard, tolerant: Bool = false,
    readingAt:
      @escaping @Sendable (UnsafeMutableRawBufferPointer, UInt64) throws(ContainerError)
      -> Int
  ) throws(ContainerError) {
    try self.init(ContainerSource(size: size, readAt: readingAt), limits, tolerant)
  }

  /// Reads a container that is in memory.
  public convenience init(
    bytes: [UInt8], limits: ContainerLimits = .standard, tolerant: Bool = false
  ) throws(ContainerError) {
    try self.init(size: UInt64(bytes.count), limits: limits, tolerant: tolerant) { buffer, offset in
      guard offset < UInt64(bytes.count) else { return 0 }
      let part = bytes[Int(offset)...].prefix(buffer.count)
      buffer.copyBytes(from: part)
      return part.count
    }
  }

  private init(
    _ source: ContainerSource, _ limits: ContainerLimits, _ tolerant: Bool
  ) throws(ContainerError) {
    let end = try EndOfArchive(in: source)
    var reading = DirectoryReading(of: end, in: source, limits)
    try reading.readAll()
    do throws(ContainerError) {
      kind = try Self.kind(reading, end, source)
      flaw = nil
    } catch {
      guard tolerant else { throw error }
      kind = end.commentKind ?? Self.presumedKind(reading.entries, in: source)
      flaw = error
    }
    self.source = source
    entries = reading.entries
    deviations = reading.deviations
  }

  private static func kind(
    _ reading: DirectoryReading, _ end: EndOfArchive, _ source: ContainerSource
  ) throws(ContainerError) -> ContainerKind {
    guard let first = reading.entries.first, first.name.path == "mimetype", first.offset == 0 else {
      throw .mimetypeNotFirst
    }
    guard reading.mimetypeIsPlain else { throw .mimetypeNotPlain }
    let value = try content(of: first, in: source)
    guard let kind = ContainerKind.allCases.first(where: { value.elementsEqual($0.mediaType.utf8) })
    else { throw .unknownMediaType }
    if let comment = end.commentKind, comment != kind { throw .unexpectedComment }
    return kind
  }

  /// What it seems to be: by `mimetype` wherever that is, else by its manifests.
  private static func presumedKind(
    _ entries: EntryTable, in source: ContainerSource
  ) -> ContainerKind {
    if let mimetype = entries.first(where: { $0.name.path == "mimetype" }),
      let value = try? content(of: mimetype, in: source),
      let kind = ContainerKind.allCases.first(where: { value.elementsEqual($0.mediaType.utf8) })
    {
      return kind
    }
    let hasManifest = entries.contains {
      $0.name.path.hasPrefix("META-INF/") && $0.name.path.contains("ASiCManifest")
    }
    return hasManifest ? .asicE : .asicS
  }

  private static func content(
    of mimetype: Entry, in source: ContainerSource
  ) throws(ContainerError) -> [UInt8] {
    let lengths = ContainerKind.allCases.map { UInt64($0.mediaType.utf8.count) }
    guard lengths.contains(mimetype.size) else { throw .unknownMediaType }
    return try EntryReader(mimetype, in: source).readAll()
  }

  /// The entry with exactly this name.
  public func entry(named name: EntryName) -> Entry? {
    entries.place(of: name).map { entries[$0] }
  }

  /// Starts to read an entry; any number can be read at the same time.
  public func open(_ entry: Entry) -> EntryReader {
    EntryReader(entry, in: source)
  }

  /// An entry's bytes at any offset; nil where it is deflated.
  public func storedBytes(of entry: Entry) -> StoredBytes? {
    StoredBytes(entry, in: source)
  }

  /// All of an entry's bytes, if they aren't more than `limit`.
  public func bytes(of entry: Entry, limit: Int) throws(ContainerError) -> [UInt8] {
    guard entry.size <= UInt64(max(0, limit)) else {
      throw .entryTooLarge(entry.name, size: entry.size, limit: limit)
    }
    return try open(entry).readAll()
  }

  /// More than these say nothing new, and a sender chooses how many there are.
  public static let maximumDeviations = 1000
}
