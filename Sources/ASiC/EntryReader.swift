/// Reads the bytes of one entry, and checks their number and CRC-32 before it says that they end.
public final class EntryReader {
  /// What is read.
  public let entry: Entry

  private let source: ContainerSource
  private var crc32: UInt32 = 0
  /// Bytes that are still to be delivered.
  private var remaining: UInt64
  private var isChecked = false
  private var inflater: Inflater?

  init(_ entry: Entry, in source: ContainerSource) {
    self.entry = entry
    self.source = source
    remaining = entry.size
    if entry.method == .deflated {
      inflater = Inflater(
        offset: entry.dataOffset, size: entry.compressedSize, source: source, name: entry.name)
    }
  }

  /// Fills `buffer` from its start and returns how many bytes it has written there; 0 at the end.
  ///
  /// The call that delivers the last byte has checked the whole entry.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(ContainerError) -> Int {
    let piece = try deliver(into: buffer)
    crc32 = checksum(piece, continuing: crc32)
    try check()
    return piece.count
  }

  /// The same for a copier: returns the bytes with a CRC-32 of their own, which serves the entry
  /// that is read and the entry that is written.
  func readPiece(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(ContainerError) -> (bytes: UnsafeMutableRawBufferPointer, crc32: UInt32) {
    let piece = try deliver(into: buffer)
    let own = checksum(piece)
    crc32 = checksum(crc32, followedBy: own, byteCount: piece.count)
    try check()
    return (UnsafeMutableRawBufferPointer(rebasing: buffer[..<piece.count]), own)
  }

  private func deliver(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(ContainerError) -> UnsafeRawBufferPointer {
    let count = Int(min(UInt64(buffer.count), remaining))
    let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    if count > 0 {
      if let inflater {
        try inflater.read(into: part)
      } else {
        try source.read(into: part, at: entry.dataOffset + (entry.size - remaining))
      }
      remaining -= UInt64(count)
    }
    return UnsafeRawBufferPointer(part)
  }

  private func check() throws(ContainerError) {
    guard remaining == 0, !isChecked else { return }
    try inflater?.finish()
    guard crc32 == entry.crc32 else { throw .checksumMismatch(entry.name) }
    isChecked = true
  }

  /// All bytes of an entry that is known to be small.
  func readAll() throws(ContainerError) -> [UInt8] {
    // Stored bytes are in the file, as many as the directory says. Else grown with what comes: a
    // deflated entry's size is only what it says.
    if entry.method == .stored {
      var bytes = [UInt8](repeating: 0, count: Int(remaining))
      _ = try bytes.withUnsafeMutableBufferPointer { buffer throws(ContainerError) in
        try read(into: UnsafeMutableRawBufferPointer(buffer))
      }
      return bytes
    }
    var bytes: [UInt8] = []
    while true {
      var chunk = [UInt8](repeating: 0, count: Int(max(1, min(remaining, Self.chunkSize))))
      let count = try chunk.withUnsafeMutableBufferPointer { buffer throws(ContainerError) in
        try read(into: UnsafeMutableRawBufferPointer(buffer))
      }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk.prefix(count))
      if remaining == 0 { return bytes }
    }
  }

  private static let chunkSize: UInt64 = 1 << 20
}

/// Inflates raw deflate data (RFC 1951) from a range of the file.
private final class Inflater {
  private let source: ContainerSource
  private let name: EntryName
  private var position: UInt64
  private let end: UInt64
  private var input = [UInt8](repeating: 0, count: 64 * 1024)
  private var pending: Range<Int> = 0..<0
  private let inflation = Inflation(.none)
  private var isAtEnd = false

  init(offset: UInt64, size: UInt64, source: ContainerSource, name: EntryName) {
    self.source = source
    self.name = name
    position = offset
    end = offset + size
  }

  /// Fills `buffer`; data that ends before is corrupt.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ContainerError) {
    var done = 0
    while done < buffer.count {
      let count = try inflateSome(into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
      done += count
      if isAtEnd, done < buffer.count { throw .corruptData(name) }
    }
  }

  /// Makes sure that neither output nor input is left.
  func finish() throws(ContainerError) {
    while !isAtEnd {
      var spare: UInt8 = 0
      let count = try withUnsafeMutableBytes(of: &spare) { buffer throws(ContainerError) in
        try inflateSome(into: buffer)
      }
      if count > 0 { throw .corruptData(name) }
    }
    guard position == end, pending.isEmpty else { throw .corruptData(name) }
  }

  private func inflateSome(
    into buffer: UnsafeMutableRawBufferPointer
  ) throws(ContainerError) -> Int {
    guard !isAtEnd else { throw .corruptData(name) }
    if pending.isEmpty { try refill() }
    let (used, made, outcome) = input.withUnsafeBytes { input in
      inflation.inflate(UnsafeRawBufferPointer(rebasing: input[pending]), into: buffer)
    }
    pending = pending.lowerBound + used..<pending.upperBound
    isAtEnd = outcome == .end
    guard outcome != .damaged, isAtEnd || used > 0 || made > 0 else { throw .corruptData(name) }
    return made
  }

  private func refill() throws(ContainerError) {
    let count = Int(min(UInt64(input.count), end - position))
    try input.withUnsafeMutableBufferPointer { buffer throws(ContainerError) in
      try source.read(
        into: UnsafeMutableRawBufferPointer(
          start: buffer.baseAddress, count: count), at: position)
    }
    position += UInt64(count)
    pending = 0..<count
  }
}
