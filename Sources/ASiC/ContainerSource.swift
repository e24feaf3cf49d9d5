#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The bytes of a container, at any offset.
struct ContainerSource: Sendable {
  typealias Read =
    @Sendable (UnsafeMutableRawBufferPointer, UInt64) throws(ContainerError) -> Int

  /// Bytes of the file. Below 2^62, so that offsets and sizes within it can be added.
  let size: UInt64
  private let readAt: Read

  init(size: UInt64, readAt: @escaping Read) throws(ContainerError) {
    guard size < Self.maximumSize else { throw .contentTooLarge(limit: Self.maximumSize) }
    self.size = size
    self.readAt = readAt
  }

  init(fileDescriptor: Int32) throws(ContainerError) {
    var status = stat()
    guard fstat(fileDescriptor, &status) == 0 else { throw .readFailed(errno: errno) }
    try self.init(size: UInt64(max(0, status.st_size))) {
      buffer, offset throws(ContainerError) in
      while true {
        let count = pread(fileDescriptor, buffer.baseAddress, buffer.count, off_t(offset))
        if count >= 0 { return count }
        if errno != EINTR { throw .readFailed(errno: errno) }
      }
    }
  }

  /// Fills `buffer` from `offset`; bytes past the end are an error.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(ContainerError) {
    var done = 0
    while done < buffer.count {
      let position = offset + UInt64(done)
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let count = try readAt(rest, position)
      // A file that became shorter since its size was taken.
      guard (1...rest.count).contains(count) else { throw .truncated(offset: position) }
      done += count
    }
  }

  /// The `count` bytes at `offset`.
  func bytes(at offset: UInt64, count: Int) throws(ContainerError) -> [UInt8] {
    guard offset <= size, UInt64(count) <= size - offset else { throw .truncated(offset: offset) }
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBufferPointer { buffer throws(ContainerError) in
      try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
    }
    return bytes
  }

  private static let maximumSize: UInt64 = 1 << 62
}

/// Reads records that lie near each other with few calls.
struct SourceWindow {
  let source: ContainerSource
  private let length: Int
  private var start: UInt64 = 0
  private var buffer: [UInt8] = []

  /// A window of `length` bytes.
  init(on source: ContainerSource, length: Int) {
    self.source = source
    self.length = length
  }

  /// The `count` bytes at `offset`.
  mutating func bytes(at offset: UInt64, count: Int) throws(ContainerError) -> [UInt8] {
    guard offset <= source.size, UInt64(count) <= source.size - offset else {
      throw .truncated(offset: offset)
    }
    if offset < start || offset + UInt64(count) > start + UInt64(buffer.count) {
      let available = min(UInt64(max(length, count)), source.size - offset)
      buffer = try source.bytes(at: offset, count: Int(available))
      start = offset
    }
    let from = Int(offset - start)
    return Array(buffer[from..<from + count])
  }
}
