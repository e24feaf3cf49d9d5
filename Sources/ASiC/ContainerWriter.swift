/// Writes a container, entry by entry, in the order of the calls.
///
/// Everything is stored, so that evidence has the same bytes in the container as outside, and
/// everything that the format leaves open is fixed: versions, times, attributes, flags. The same
/// entries give the same bytes. Memory doesn't depend on sizes; an entry costs some forty bytes, and
/// its name.
///
/// After an error the file is no container; the caller removes it. Nothing is synchronised to disk.
public struct ContainerWriter: ~Copyable {
  private let output: ContainerOutput
  private let comment: [UInt8]
  private var names: NameTable
  private var facts: [Facts]

  /// What is kept of an entry beside its name.
  private struct Facts {
    var offset: UInt64
    var size: UInt64
    var crc32: UInt32
    var reservesZIP64: Bool
    var isFilled = true
  }

  /// Starts a container with its `mimetype` in an empty, seekable file, which stays the caller's.
  ///
  /// - Parameter entryCount: how many entries are to come, a guess that saves memory.
  public init(
    fileDescriptor: Int32, kind: ContainerKind = .asicE, expecting entryCount: Int = 0
  ) throws(ContainerError) {
    let output = try ContainerOutput(fileDescriptor: fileDescriptor)
    let value = Array(kind.mediaType.utf8)
    let crc32 = value.withUnsafeBytes { checksum($0) }
    let mimetype = try EntryRecord(
      name: EntryName("mimetype"), size: UInt64(value.count), offset: 0, crc32: crc32)
    var names = NameTable(
      count: entryCount + 1, byteCount: entryCount * Self.usualNameByteCount)
    try names.insert(mimetype.name)
    try output.write(mimetype.localHeader + value)
    // Last, and at once: an initializer of a noncopyable type can't throw half way.
    self.output = output
    self.names = names
    comment = kind.comment
    facts = []
    facts.reserveCapacity(entryCount + 1)
    facts.append(
      Facts(offset: 0, size: mimetype.size, crc32: mimetype.crc32, reservesZIP64: false))
  }

  /// The number of entries so far, `mimetype` among them.
  public var entryCount: Int { facts.count }

  /// The name of the entry at a place, from 0.
  public func name(at place: Int) -> EntryName { names[place] }

  /// The place of the entry with exactly this name.
  public func place(of name: EntryName) -> Int? { names.place(of: name) }

  /// Adds an entry.
  public mutating func add(_ name: EntryName, bytes: [UInt8]) throws(ContainerError) {
    let crc32 = bytes.withUnsafeBytes { checksum($0) }
    try begin(name, size: UInt64(bytes.count), crc32: crc32)
    try output.write(bytes)
  }

  /// Adds an entry whose bytes `body` writes.
  ///
  /// A `size` is a promise: another number of bytes is an error. Without one the entry may have up
  /// to 4 GiB - 2 bytes, or any number if `reservingZIP64`; but a small entry with a ZIP64 field
  /// deviates from what a bundle of ours may have, so announce sizes that are known.
  public mutating func addStream(
    _ name: EntryName, size: UInt64?, reservingZIP64: Bool = false,
    body: (inout EntrySink) throws -> Void
  ) throws {
    let limit = size ?? (reservingZIP64 ? UInt64(Int64.max) : ZIP.limit32 - 1)
    try begin(name, size: size ?? 0, reservesZIP64: size == nil && reservingZIP64)
    var sink = EntrySink(output: output, names: names, limit: limit, isAnnounced: size != nil)
    try body(&sink)
    if let size, sink.count != size {
      throw ContainerError.announcedSizeMissed(name, announced: size)
    }
    try complete(facts.count - 1, size: sink.count, crc32: sink.crc32)
  }

  /// Keeps the place for an entry of `size` bytes that are known later.
  public mutating func reserve(_ name: EntryName, size: Int) throws(ContainerError) {
    try begin(name, size: UInt64(size))
    facts[facts.count - 1].isFilled = false
    let zeros = [UInt8](repeating: 0, count: min(size, ContainerOutput.bufferSize / 4))
    var rest = size
    while rest > 0 {
      try output.write(rest < zeros.count ? Array(zeros.prefix(rest)) : zeros)
      rest -= min(rest, zeros.count)
    }
  }

  /// Writes the bytes of a reserved entry, exactly as many as were reserved, once.
  public mutating func fill(_ name: EntryName, bytes: [UInt8]) throws(ContainerError) {
    guard let place = names.place(of: name), !facts[place].isFilled else {
      throw .unfilledSlot(name)
    }
    let size = facts[place].size
    guard UInt64(bytes.count) == size else {
      throw .announcedSizeMissed(name, announced: size)
    }
    facts[place].crc32 = bytes.withUnsafeBytes { checksum($0) }
    facts[place].isFilled = true
    try output.patch(record(place).localHeader + bytes, at: facts[place].offset)
  }

  /// Writes the directory and returns the container's size.
  @discardableResult
  public consuming func finish() throws(ContainerError) -> UInt64 {
    if let place = facts.firstIndex(where: { !$0.isFilled }) { throw .unfilledSlot(names[place]) }
    let start = output.position
    for place in facts.indices { try output.write(record(place).centralHeader) }
    let end = EndRecords(
      count: UInt64(facts.count), directoryOffset: start,
      directorySize: output.position - start, comment: comment)
    try output.write(end.bytes)
    try output.finish()
    return output.position
  }

  private mutating func begin(
    _ name: EntryName, size: UInt64, crc32: UInt32 = 0, reservesZIP64: Bool = false
  ) throws(ContainerError) {
    let limit = ContainerLimits.standard.maximumEntries
    guard facts.count < limit else { throw .tooManyEntries(UInt64(limit) + 1, limit: limit) }
    try names.insert(name)
    facts.append(
      Facts(offset: output.position, size: size, crc32: crc32, reservesZIP64: reservesZIP64))
    try output.write(record(facts.count - 1).localHeader)
  }

  private mutating func complete(
    _ index: Int, size: UInt64, crc32: UInt32
  ) throws(ContainerError) {
    facts[index].size = size
    facts[index].crc32 = crc32
    try output.patch(record(index).localHeader, at: facts[index].offset)
  }

  private func record(_ place: Int) -> EntryRecord {
    let facts = facts[place]
    return EntryRecord(
      name: names[place], size: facts.size, offset: facts.offset, crc32: facts.crc32,
      reservesZIP64: facts.reservesZIP64)
  }

  /// `disclosure/12345.leaves`, and of items a little more.
  private static var usualNameByteCount: Int { 32 }
}

/// Takes the bytes of one entry.
public struct EntrySink {
  private let output: ContainerOutput
  /// Those of the container, the open entry's last.
  private let names: NameTable
  private let limit: UInt64
  private let isAnnounced: Bool
  /// Bytes written so far.
  public private(set) var count: UInt64 = 0
  private(set) var crc32: UInt32 = 0

  init(output: ContainerOutput, names: NameTable, limit: UInt64, isAnnounced: Bool) {
    self.output = output
    self.names = names
    self.limit = limit
    self.isAnnounced = isAnnounced
  }

  /// The name of the container's entry at a place, for content that speaks of other entries.
  public func name(at place: Int) -> EntryName { names[place] }

  /// Appends to the entry.
  public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(ContainerError) {
    try makeRoom(for: bytes.count)
    crc32 = checksum(bytes, continuing: crc32)
    try output.write(bytes)
  }

  /// Appends bytes whose CRC-32 is known.
  mutating func write(
    _ bytes: UnsafeRawBufferPointer, crc32 known: UInt32
  ) throws(ContainerError) {
    try makeRoom(for: bytes.count)
    crc32 = checksum(crc32, followedBy: known, byteCount: bytes.count)
    try output.write(bytes)
  }

  private mutating func makeRoom(for byteCount: Int) throws(ContainerError) {
    guard UInt64(byteCount) <= limit - count else {
      let name = names[names.count - 1]
      throw isAnnounced
        ? .announcedSizeMissed(name, announced: limit) : .tooLargeWithoutZIP64(name)
    }
    count += UInt64(byteCount)
  }

  /// Appends to the entry.
  public mutating func write(_ bytes: [UInt8]) throws(ContainerError) {
    try bytes.withUnsafeBufferPointer { bytes throws(ContainerError) in
      try write(UnsafeRawBufferPointer(bytes))
    }
  }
}
