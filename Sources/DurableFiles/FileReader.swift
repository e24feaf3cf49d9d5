#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a path leads to.
public enum FileKind: Hashable, Sendable {
  /// A file with bytes.
  case regular
  /// A directory.
  case directory
  /// A symbolic link; only where links aren't followed.
  case symbolicLink
  /// A device, a pipe, a socket.
  case other
}

/// What the file system says about a file.
public struct FileFacts: Hashable, Sendable {
  /// What it is.
  public let kind: FileKind
  /// Bytes.
  public let size: UInt64
  /// When the content was changed last, in nanoseconds since 1970.
  public let modified: Int64
  /// When content or attributes were changed last, in nanoseconds since 1970; can't be set back.
  public let changed: Int64
  /// The number of the file in its file system.
  public let inode: UInt64
  /// The file system.
  public let device: UInt64
  /// The permission bits.
  public let mode: UInt32

  init(_ status: stat) {
    kind =
      switch status.st_mode & mode_t(S_IFMT) {
      case mode_t(S_IFREG): .regular
      case mode_t(S_IFDIR): .directory
      case mode_t(S_IFLNK): .symbolicLink
      default: .other
      }
    size = UInt64(max(0, status.st_size))
    #if canImport(Darwin)
      modified = nanoseconds(status.st_mtimespec)
      changed = nanoseconds(status.st_ctimespec)
    #else
      modified = nanoseconds(status.st_mtim)
      changed = nanoseconds(status.st_ctim)
    #endif
    inode = UInt64(status.st_ino)
    device = UInt64(truncatingIfNeeded: status.st_dev)
    mode = UInt32(status.st_mode & 0o7777)
  }
}

private func nanoseconds(_ time: timespec) -> Int64 {
  // A file system can hold times that the product can't.
  let (seconds, overflow) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
  return overflow ? Int64.max : seconds &+ Int64(time.tv_nsec)
}

/// Asks for the facts of a file without opening it.
public func facts(
  ofFile path: String, followingLinks: Bool = false
) throws(FileError) -> FileFacts {
  var status = stat()
  let result = followingLinks ? stat(path, &status) : lstat(path, &status)
  guard result == 0 else { throw .failed(.read, path: path, errno: errno) }
  return FileFacts(status)
}

/// Asks for the facts of an open file.
///
/// - Parameter path: for the error.
public func facts(ofDescriptor descriptor: Int32, path: String) throws(FileError) -> FileFacts {
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw .failed(.read, path: path, errno: errno) }
  return FileFacts(status)
}

/// An open regular file, and what it was when it was opened.
public final class FileReader: Sendable {
  /// The path it was opened at.
  public let path: String
  /// Open for reading until the reader goes away.
  public let fileDescriptor: Int32
  /// The facts when it was opened.
  public let facts: FileFacts

  /// Opens a regular file; a link as the last component only if `followingLinks`.
  public init(at path: String, followingLinks: Bool = false) throws(FileError) {
    // Not blocking, or a pipe put in the file's place would hold us up for ever.
    let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followingLinks ? 0 : O_NOFOLLOW)
    let descriptor = open(path, flags)
    guard descriptor >= 0 else {
      if errno == ELOOP, !followingLinks { throw .notRegular(path: path) }
      throw .failed(.open, path: path, errno: errno)
    }
    do throws(FileError) {
      facts = try DurableFiles.facts(ofDescriptor: descriptor, path: path)
      guard facts.kind == .regular else { throw .notRegular(path: path) }
    } catch {
      close(descriptor)
      throw error
    }
    self.path = path
    fileDescriptor = descriptor
  }

  deinit {
    close(fileDescriptor)
  }

  /// Reads what comes next, up to the buffer's size; 0 at the end.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    try retrying {
      #if canImport(Darwin)
        Darwin.read(fileDescriptor, buffer.baseAddress, buffer.count)
      #elseif canImport(Musl)
        Musl.read(fileDescriptor, buffer.baseAddress, buffer.count)
      #else
        Glibc.read(fileDescriptor, buffer.baseAddress, buffer.count)
      #endif
    }
  }

  /// Reads from an offset, without moving where ``read(into:)`` reads; 0 at the end.
  public func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws(FileError) -> Int {
    // Nothing is behind the largest offset that the system knows.
    guard let offset = off_t(exactly: offset) else { return 0 }
    return try retrying { pread(fileDescriptor, buffer.baseAddress, buffer.count, offset) }
  }

  /// Makes sure that what was read is one state of the file, and the one that has the path now.
  public func checkUnchanged() throws(FileError) {
    guard try DurableFiles.facts(ofDescriptor: fileDescriptor, path: path) == facts else {
      throw .changed(path: path)
    }
  }

  private func retrying(_ call: () -> Int) throws(FileError) -> Int {
    while true {
      let count = call()
      if count >= 0 { return count }
      if errno != EINTR { throw .failed(.read, path: path, errno: errno) }
    }
  }
}

/// Reads a file that has at most `limit` bytes, such as a key or a configuration.
public func readSmallFile(
  _ path: String, limit: Int, followingLinks: Bool = false
) throws(FileError) -> [UInt8] {
  let file = try FileReader(at: path, followingLinks: followingLinks)
  guard file.facts.size <= UInt64(max(0, limit)) else {
    throw .tooLarge(path: path, limit: limit)
  }
  // Read to its end all the same: it may grow, and files in /proc say that they are empty.
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 16 * 1024)
  while true {
    let count = try chunk.withUnsafeMutableBufferPointer { buffer throws(FileError) in
      try file.read(into: UnsafeMutableRawBufferPointer(buffer))
    }
    if count == 0 { return bytes }
    guard count <= limit - bytes.count else { throw .tooLarge(path: path, limit: limit) }
    bytes.append(contentsOf: chunk.prefix(count))
  }
}

/// The names in a directory, in no order, without `.` and `..`.
func names(inDirectory path: String) throws(FileError) -> [String] {
  guard let directory = opendir(path) else { throw .failed(.read, path: path, errno: errno) }
  defer { closedir(directory) }
  var names: [String] = []
  while true {
    errno = 0
    guard let entry = readdir(directory) else {
      if errno != 0 { throw .failed(.read, path: path, errno: errno) }
      return names
    }
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if let name, name != ".", name != ".." { names.append(name) }
  }
}
