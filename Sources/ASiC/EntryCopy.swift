extension ContainerWriter {
  /// Copies an entry of another container under a name of its own, and puts zero bytes in the place
  /// of some of its bytes.
  ///
  /// Each byte is read once, goes through CRC-32 once and is written once: the checksum of a piece
  /// that stays serves the entry that is read, which is checked as ``EntryReader`` does, and the
  /// copy. Only pieces that change get a second one.
  ///
  /// - Parameters:
  ///   - size: the copy's bytes, at least the entry's; what goes beyond is zero bytes.
  ///   - holes: where zeros go, ascending, apart from each other, within the entry.
  ///   - memory: lends memory for the next piece; the one before was written then.
  ///   - observe: is given the copy, piece by piece, before a piece is written. Its memory doesn't
  ///     change before `memory` lends it again.
  public mutating func addCopy(
    of entry: Entry, in container: ContainerReader, as name: EntryName, size: UInt64,
    zeroing holes: [Range<UInt64>], in memory: () throws -> UnsafeMutableRawBufferPointer,
    observe: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let reader = container.open(entry)
    try addStream(name, size: size) { sink in
      var rest = holes[...]
      while true {
        let offset = sink.count
        let (bytes, crc32) = try reader.readPiece(into: memory())
        if bytes.isEmpty { break }
        let isChanged = zero(bytes, at: offset, &rest)
        let piece = UnsafeRawBufferPointer(bytes)
        try observe(piece)
        try sink.write(piece, crc32: isChanged ? checksum(piece) : crc32)
      }
      while sink.count < size {
        let buffer = try memory()
        let count = Int(min(size - sink.count, UInt64(buffer.count)))
        let zeros = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
        zeros.initializeMemory(as: UInt8.self, repeating: 0)
        try observe(UnsafeRawBufferPointer(zeros))
        try sink.write(UnsafeRawBufferPointer(zeros))
      }
    }
  }
}

/// Puts zeros where holes lie in the bytes at `offset`; forgets the holes that end there.
private func zero(
  _ bytes: UnsafeMutableRawBufferPointer, at offset: UInt64,
  _ holes: inout ArraySlice<Range<UInt64>>
) -> Bool {
  let place = offset..<offset + UInt64(bytes.count)
  var isChanged = false
  while let hole = holes.first, hole.lowerBound < place.upperBound {
    let part = hole.clamped(to: place)
    if !part.isEmpty {
      let inside = Int(part.lowerBound - offset)..<Int(part.upperBound - offset)
      UnsafeMutableRawBufferPointer(rebasing: bytes[inside])
        .initializeMemory(as: UInt8.self, repeating: 0)
      isChanged = true
    }
    if hole.upperBound > place.upperBound { break }
    holes.removeFirst()
  }
  return isChanged
}

/// The bytes of a stored entry at any offset, checked against nothing.
///
/// For work that touches a few places of a large entry which was checked before.
public struct StoredBytes: Sendable {
  /// How many there are.
  public let count: UInt64
  private let start: UInt64
  private let source: ContainerSource

  init?(_ entry: Entry, in source: ContainerSource) {
    guard entry.method == .stored else { return nil }
    count = entry.size
    start = entry.dataOffset
    self.source = source
  }

  /// Fills `buffer` with the bytes from `offset` on; bytes past the entry's end are an error.
  public func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws(ContainerError) {
    guard offset <= count, UInt64(buffer.count) <= count - offset else {
      throw .truncated(offset: start + min(offset, count))
    }
    try source.read(into: buffer, at: start + offset)
  }
}
