/// Where the central directory is, as the records after it say.
struct EndOfArchive {
  let count: UInt64
  let directoryOffset: UInt64
  let directorySize: UInt64
  /// The kind that the comment names; nil without a comment.
  let commentKind: ContainerKind?
  /// Whether the records differ from those that we write.
  let deviates: Bool

  /// Finds the end record at the end of the file and nowhere else, and reads it.
  init(in source: ContainerSource) throws(ContainerError) {
    let (offset, kind) = try Self.locate(in: source)
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
    if end.needsZIP64 {
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
    commentKind = kind
    let ours = EndRecords(
      count: count, directoryOffset: directoryOffset, directorySize: directorySize,
      comment: kind?.comment ?? [])
    deviates = try ours.bytes != source.bytes(at: stated, count: Int(source.size - stated))
  }

  /// The offset of the end record, and what the comment after it says.
  private static func locate(
    in source: ContainerSource
  ) throws(ContainerError) -> (UInt64, ContainerKind?) {
    let length = UInt64(ZIP.endLength)
    guard source.size >= length else {
      throw try startsLikeArchive(source) ? .truncated(offset: source.size) : .notAnArchive
    }
    if try isEnd(at: source.size - length, comment: [], in: source) {
      return (source.size - length, nil)
    }
    for kind in ContainerKind.allCases {
      let total = length + UInt64(kind.comment.count)
      guard source.size >= total else { continue }
      if try isEnd(at: source.size - total, comment: kind.comment, in: source) {
        return (source.size - total, kind)
      }
    }
    throw try whyThereIsNoEnd(in: source)
  }

  private static func isEnd(
    at offset: UInt64, comment: [UInt8], in source: ContainerSource
  ) throws(ContainerError) -> Bool {
    let bytes = try source.bytes(at: offset, count: ZIP.endLength + comment.count)
    return bytes.little(at: 0) == ZIP.endSignature
      && Int(bytes.little(at: 20, as: UInt16.self)) == comment.count
      && bytes[ZIP.endLength...].elementsEqual(comment)
  }

  /// Looks for an end record where another reader would search for one.
  private static func whyThereIsNoEnd(
    in source: ContainerSource
  ) throws(ContainerError) -> ContainerError {
    let count = min(source.size, UInt64(ZIP.endLength) + ZIP.limit16)
    let start = source.size - count
    let tail = try source.bytes(at: start, count: Int(count))
    for position in stride(from: tail.count - ZIP.endLength, through: 0, by: -1)
    where tail[position] == 0x50 && tail.little(at: position) == ZIP.endSignature {
      let end =
        position + ZIP.endLength + Int(tail.little(at: position + 20, as: UInt16.self))
      if end == tail.count { return .unexpectedComment }
      if end < tail.count { return .dataAfterArchive(offset: start + UInt64(end)) }
      return .truncated(offset: source.size)
    }
    return try startsLikeArchive(source) ? .truncated(offset: source.size) : .notAnArchive
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
