import DurableFiles
import Evidence
import Glibc
import Redaction

/// Where companions lie until they are sealed: one file without a name for all of them, gone with
/// the process. One file, since a case may have more pictures than a process may open files.
final class CompanionStore {
  private let file: UnnamedFile
  private let path: String
  private(set) var byteCount: UInt64 = 0
  private var buffer: [UInt8] = []

  /// An empty store beside a file that is to be written: there is room for every pixel.
  init(beside path: String) throws {
    self.path = path
    file = try UnnamedFile(beside: path)
    buffer.reserveCapacity(2 * Self.bufferByteCount)
  }

  /// Another, empty store in the same place.
  func another() throws -> CompanionStore { try CompanionStore(beside: path) }

  /// Opens everything that was written, for a child to read and nobody to write.
  func openForReading() throws -> FileReader {
    try flush()
    return try FileReader(
      at: "/proc/self/fd/\(file.fileDescriptor)", followingLinks: true)
  }

  /// Adds bytes at the end.
  func append(_ bytes: UnsafeRawBufferPointer) throws {
    buffer.append(contentsOf: bytes)
    byteCount += UInt64(bytes.count)
    if buffer.count >= Self.bufferByteCount { try flush() }
  }

  /// Takes back everything after this many bytes.
  func truncate(to count: UInt64) throws {
    try flush()
    guard ftruncate(file.fileDescriptor, off_t(count)) == 0 else {
      throw ScratchError(errno: errno)
    }
    byteCount = count
  }

  /// Reads a range that was written, from its beginning.
  func reader(of range: Range<UInt64>) throws -> ByteReader {
    try flush()
    var offset = range.lowerBound
    return { [file] buffer in
      let wanted = min(UInt64(buffer.count), range.upperBound - offset)
      guard wanted > 0 else { return 0 }
      let count = try Self.read(
        file, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(wanted)]), at: offset)
      offset += UInt64(count)
      return count
    }
  }

  /// Fills a buffer from an offset.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws {
    var filled = 0
    while filled < buffer.count {
      filled += try Self.read(
        file, into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]),
        at: offset + UInt64(filled))
    }
  }

  /// Writes what is in memory; before it, what was added last can't be read.
  func flush() throws {
    var done = 0
    let start = byteCount - UInt64(buffer.count)
    while done < buffer.count {
      let count = buffer.withUnsafeBytes {
        pwrite(
          file.fileDescriptor, $0.baseAddress?.advanced(by: done), $0.count - done,
          off_t(start) + off_t(done))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw ScratchError(errno: errno) }
      done += count
    }
    buffer.removeAll(keepingCapacity: true)
  }

  private static func read(
    _ file: UnnamedFile, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws -> Int {
    while true {
      let count = pread(file.fileDescriptor, buffer.baseAddress, buffer.count, off_t(offset))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw ScratchError(errno: count == 0 ? EIO : errno) }
      return count
    }
  }

  private static let bufferByteCount = 1 << 18
}
