/// Where the central directory is, as the records after it say.
struct EndOfArchive {
  let count: UInt64
  let directoryOffset: UInt64
  let directorySize: UInt64
  /// The archive's comment; empty where there is none.
  let comment: [UInt8]
  /// Whether the records differ from those that we write.
  let deviates: Bool

  /// The kind that the comment names; nil without a comment, or with another.
  var commentKind: ContainerKind? { ContainerKind.allCases.first { $0.comment == comment } }

  /// Finds the end record at the end of the file and nowhere else, and reads it.
  init(in source: ContainerSource) throws(ContainerError) {
    let offset: UInt64
    (offset, comment) = try Self.locate(in: source)
    let record = try source.bytes(at: offset, count: ZIP.endLength)
    guard record.little(at: 4, as: UInt32.self) == 0 else { throw .multipleDisks }
    var end = Self.Fields(
      count: UInt64(record.little(at: 10, as: UInt16.self)),
      size: UInt64(record.little(at: 12, as: UInt32.self)),
      offset: UInt64(record.little(at: 16, as: UInt32.self)))
    guard record.little(at: 8, as: UInt16.self) == record.little(at: 10, as: UInt16.self) else {
      throw .multipleDisks
    }
    var directoryEnd = offset
    let isMarked = try Self.hasLocator(before: offset, in: source, after: end)
    if end.needsZIP64 || isMarked {
      directoryEnd = try end.readZIP64(before: offset, in: source)
    }

    guard end.offset <= directoryEnd, end.size <= directoryEnd else {
      throw .malformedRecord(offset: offset)
    }
    let stated = end.offset + end.size
    guard stated >= directoryEnd else { throw .gap(offset: stated) }
    guard stated == directoryEnd else { throw .overlap(offset: directoryEnd) }
    count = end.count
    directoryOffset = end.offset
    directorySize = end.size
    let ours = EndRecords(
      count: count, directoryOffset: directoryOffset, directorySize: directorySize,
      comment: comment)
    deviates = try ours.bytes != source.bytes(at: stated, count: Int(source.size - stated))
  }

  /// The offset of the end record, and the comment after it.
  ///
  /// A comment in which another reader could find a second end record is refused.
  private static func locate(
    in source: ContainerSource
  ) throws(ContainerError) -> (UInt64, [UInt8]) {
    let length = UInt64(ZIP.endLength)
    if source.size >= length {
      let count = min(source.size, length + ZIP.limit16)
      let start = source.size - count
      let tail = try source.bytes(at: start, count: Int(count))
      var reason: ContainerError?
      for position in stride(from: tail.count - ZIP.endLength, through: 0, by: -1)
      where tail[position] == 0x50 && tail.little(at: position) == ZIP.endSignature {
        let end = position + ZIP.endLength + Int(tail.little(at: position + 20, as: UInt16.self))
        guard end == tail.count else {
          // It may be a number inside the record that has the signature's value.
          let isCut = end > tail.count
          reason =
            reason
            ?? (isCut
              ? .truncated(offset: source.size) : .dataAfterArchive(offset: start + UInt64(end)))
          continue
        }
        let comment = Array(tail[(position + ZIP.endLength)...])
        guard
          !comment.indices.dropLast(3).contains(where: {
            comment.little(at: $0) == ZIP.endSignature
          })
        else { throw .unexpectedComment }
        return (start + UInt64(position), comment)
      }
      if let reason { throw reason }
    }
    throw try startsLikeArchive(source) ? .truncated(offset: source.size) : .notAnArchive
  }

  /// Whether ZIP64 records stand before the end record though none of its fields asks for them.
  private static func hasLocator(
    before offset: UInt64, in source: ContainerSource, after end: Fields
  ) throws(ContainerError) -> Bool {
    let (length, needed) = (UInt64(ZIP.zip64LocatorLength), UInt64(ZIP.zip64EndLength))
    guard end.offset + end.size + needed + length == offset else { return false }
    return try source.bytes(at: offset - length, count: 4).little(at: 0)
      == ZIP.zip64LocatorSignature
  }

  static func startsLikeArchive(_ source: ContainerSource) throws(ContainerError) -> Bool {
    guard source.size >= 4 else { return false }
    return try source.bytes(at: 0, count: 4).little(at: 0) == ZIP.localSignature
  }
}

extension EndOfArchive {
  /// What the end record and its ZIP64 sibling both hold.
  private struct Fields {
    var count: UInt64
    var size: UInt64
    var offset: UInt64

    var needsZIP64: Bool { count == ZIP.limit16 || size == ZIP.limit32 || offset == ZIP.limit32 }

    /// Takes the values of the ZIP64 records before `end` and returns where these start.
    mutating func readZIP64(
      before end: UInt64, in source: ContainerSource
    ) throws(ContainerError) -> UInt64 {
      let length = UInt64(ZIP.zip64EndLength + ZIP.zip64LocatorLength)
      guard end >= length else { throw .malformedRecord(offset: end) }
      let start = end - length
      let record = try source.bytes(at: start, count: Int(length))
      let locator = Array(record[ZIP.zip64EndLength...])
      guard
        record.little(at: 0) == ZIP.zip64EndSignature,
        record.little(at: 4) == UInt64(ZIP.zip64EndLength - 12),
        locator.little(at: 0) == ZIP.zip64LocatorSignature,
        locator.little(at: 8) == start
      else { throw .malformedRecord(offset: start) }
      guard
        record.little(at: 16, as: UInt64.self) == 0,
        record.little(at: 24, as: UInt64.self) == record.little(at: 32, as: UInt64.self),
        locator.little(at: 4, as: UInt32.self) == 0, locator.little(at: 16, as: UInt32.self) == 1
      else { throw .multipleDisks }
      let wide = Fields(
        count: record.little(at: 32), size: record.little(at: 40), offset: record.little(at: 48))
      guard
        count == min(wide.count, ZIP.limit16) || count == ZIP.limit16,
        size == min(wide.size, ZIP.limit32) || size == ZIP.limit32,
        offset == min(wide.offset, ZIP.limit32) || offset == ZIP.limit32
      else { throw .malformedRecord(offset: start) }
      self = wide
      return start
    }
  }
}
