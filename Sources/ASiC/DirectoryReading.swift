/// Walks through the central directory and, beside it, through the file.
struct DirectoryReading {
  private(set) var entries = EntryTable(count: 0, byteCount: 0)
  private(set) var deviations: [ContainerDeviation] = []
  /// Whether the first entry is stored without extra field or descriptor.
  private(set) var mimetypeIsPlain = false

  private let end: EndOfArchive
  private let source: ContainerSource
  private let limits: ContainerLimits
  private var directory: SourceWindow
  private var headers: SourceWindow
  /// Where the data of the entry before ends, and who it is.
  private var dataEnd: UInt64 = 0
  private var previous: (record: DirectoryRecord, local: LocalHeader)?
  private var totalSize: UInt64 = 0

  init(of end: EndOfArchive, in source: ContainerSource, _ limits: ContainerLimits) {
    self.end = end
    self.source = source
    self.limits = limits
    directory = SourceWindow(on: source, length: Self.directoryWindow)
    headers = SourceWindow(on: source, length: Self.headerWindow)
  }

  mutating func readAll() throws(ContainerError) {
    let maximumEntries = min(limits.maximumEntries, NameTable.maximumCount)
    guard end.count <= UInt64(max(0, maximumEntries)) else {
      throw .tooManyEntries(end.count, limit: maximumEntries)
    }
    let maximumSize = min(limits.maximumDirectorySize, NameTable.maximumByteCount)
    guard end.directorySize <= maximumSize else {
      throw .directoryTooLarge(end.directorySize, limit: maximumSize)
    }
    if end.commentKind == nil { report(end.comment.isEmpty ? .noComment : .comment) }
    if end.deviates { report(.endRecord) }
    // So that a count that isn't true can't reserve more than the directory could hold.
    let count = min(Int(end.count), Int(end.directorySize) / ZIP.centralLength)
    entries = EntryTable(
      count: count, byteCount: Int(end.directorySize) - count * ZIP.centralLength)

    let directoryEnd = end.directoryOffset + end.directorySize
    var position = end.directoryOffset
    for _ in 0..<end.count {
      let record = try DirectoryRecord(at: position, end: directoryEnd, window: &directory)
      position += UInt64(record.bytes.count)
      try read(record)
    }
    guard position == directoryEnd else { throw .gap(offset: position) }
    try closeData(before: end.directoryOffset)
  }

  private mutating func read(_ record: DirectoryRecord) throws(ContainerError) {
    if previous == nil, record.offset != 0 {
      throw try EndOfArchive.startsLikeArchive(source) ? .mimetypeNotFirst : .dataBeforeArchive
    }
    try closeData(before: record.offset)
    guard record.offset < end.directoryOffset else { throw .overlap(offset: record.offset) }
    let local = try LocalHeader(of: record, before: end.directoryOffset, window: &headers)
    dataEnd = local.dataOffset + record.compressedSize

    if previous == nil {
      mimetypeIsPlain =
        record.methodNumber == Entry.Method.stored.rawValue && !record.hasExtraField
        && !local.hasExtraField
    }
    try checkSize(of: record)
    try addName(of: record, local)
    previous = (record, local)
  }

  /// The next record has to start where the data, and its descriptor, end.
  private mutating func closeData(before next: UInt64) throws(ContainerError) {
    guard next >= dataEnd else { throw .overlap(offset: next) }
    guard let previous, previous.record.hasDescriptor else {
      guard next == dataEnd else { throw .gap(offset: dataEnd) }
      return
    }
    let record = previous.record
    // With or without its signature, with short or long sizes (APPNOTE 4.3.9): four lengths.
    let sizeLength = previous.local.isZIP64 ? 8 : 4
    let length = 4 + 2 * sizeLength
    guard next - dataEnd == UInt64(length) || next - dataEnd == UInt64(length + 4) else {
      throw .malformedDescriptor(record.name)
    }
    var bytes = try headers.bytes(at: dataEnd, count: Int(next - dataEnd))
    if bytes.count > length {
      guard bytes.little(at: 0) == ZIP.descriptorSignature else {
        throw .malformedDescriptor(record.name)
      }
      bytes.removeFirst(4)
    }
    let sizes: [UInt64] = [4, 4 + sizeLength].map {
      sizeLength == 8 ? bytes.little(at: $0) : UInt64(bytes.little(at: $0, as: UInt32.self))
    }
    guard bytes.little(at: 0) == record.crc32, sizes == [record.compressedSize, record.size] else {
      throw .malformedDescriptor(record.name)
    }
  }

  private mutating func checkSize(of record: DirectoryRecord) throws(ContainerError) {
    guard record.size <= limits.maximumTotalSize - totalSize else {
      throw .contentTooLarge(limit: limits.maximumTotalSize)
    }
    totalSize += record.size
    if record.methodNumber == Entry.Method.deflated.rawValue, record.size > limits.ratioFreeSize,
      record.size / limits.maximumRatio >= max(1, record.compressedSize)
    {
      throw .suspiciousRatio(record.name)
    }
  }

  private mutating func addName(
    of record: DirectoryRecord, _ local: LocalHeader
  ) throws(ContainerError) {
    if record.isDirectory {
      // Nothing, deflated: a final block that ends at once. Other bytes would be content.
      if record.compressedSize > 0 {
        guard try headers.bytes(at: local.dataOffset, count: 2) == [3, 0] else {
          throw .impossibleSize(record.name)
        }
      }
      try entries.appendDirectory(record.name)
      report(.directory(record.name))
      return
    }
    guard let method = Entry.Method(rawValue: record.methodNumber) else {
      throw .unsupportedMethod(record.name, record.methodNumber)
    }
    let entry = Entry(
      name: record.name, size: record.size, compressedSize: record.compressedSize,
      offset: record.offset, dataOffset: local.dataOffset, crc32: record.crc32, method: method)
    try entries.append(entry)
    compare(record, local)
  }

  /// Reports how an entry's headers differ from those that we write.
  private mutating func compare(_ record: DirectoryRecord, _ local: LocalHeader) {
    let ours = EntryRecord(
      name: record.name, size: record.size, offset: record.offset, crc32: record.crc32)
    let oursLocal = ours.localHeader
    let oursCentral = ours.centralHeader
    if record.bytes == oursCentral, local.bytes == oursLocal { return }

    let name = record.name
    let before = deviations.count
    if record.versionMadeBy != ZIP.versionMadeBy {
      report(.versionMadeBy(name, record.versionMadeBy))
    }
    let version: UInt16 = oursCentral.little(at: 6)
    if record.versionNeeded != version || local.versionNeeded != version {
      report(.versionNeeded(name, record.versionNeeded))
    }
    if record.flags != ZIP.flags { report(.flags(name, record.flags)) }
    if record.methodNumber != Entry.Method.stored.rawValue { report(.deflated(name)) }
    let time = UInt32(ZIP.date) << 16 | UInt32(ZIP.time)
    if record.time != time || local.time != time { report(.time(name)) }
    if record.internalAttributes != 0 || record.externalAttributes != ZIP.externalAttributes {
      report(.attributes(name))
    }
    if record.commentLength > 0 { report(.entryComment(name)) }
    if !record.nameIsDecodable { report(.undecodableName(name)) }
    let lengths = [record.bytes.count - Int(record.commentLength), local.bytes.count]
    if lengths != [oursCentral.count, oursLocal.count] { report(.extraField(name)) }
    if deviations.count == before { report(.header(name)) }
  }

  private mutating func report(_ deviation: ContainerDeviation) {
    if deviations.count < ContainerReader.maximumDeviations { deviations.append(deviation) }
  }

  private static let directoryWindow = 64 * 1024
  /// A page: small entries share one, and for large ones more would be read in vain.
  private static let headerWindow = 4096
}
