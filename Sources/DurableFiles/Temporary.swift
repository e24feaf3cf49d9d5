#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file without a name: gone with its descriptor, whatever happens to the process.
public final class UnnamedFile: Sendable {
  /// Open for reading and writing for as long as this value lives.
  public let fileDescriptor: Int32

  /// Opens a new, empty file on the file system that this folder is on.
  public init(in folder: String) throws(FileError) {
    #if os(Linux)
      // It never has a name, so nothing is left where the process ends at once. Not every file system can.
      let unnamed = open(folder, O_RDWR | O_CLOEXEC | O_DIRECTORY | temporaryFile, 0o600)
      if unnamed >= 0 {
        fileDescriptor = unnamed
        return
      }
    #endif
    let template = folder + "/.rogatory-scratch-" + placeholder
    var path = Array(template.utf8CString)
    fileDescriptor = mkstemp(&path)
    guard fileDescriptor >= 0 else {
      throw .failed(.open, path: folder, errno: errno)
    }
    // A child has no business with it.
    _ = fcntl(fileDescriptor, F_SETFD, FD_CLOEXEC)
    unlink(&path)
  }

  /// The same, beside a file that is to be written.
  public convenience init(beside path: String) throws(FileError) {
    try self.init(in: parent(of: path))
  }

  deinit { close(fileDescriptor) }
}

/// Makes a new folder of a name that nobody else has, mode 0700, and returns its path.
public func createTemporaryDirectory(
  in folder: String, prefix: String
) throws(FileError) -> String {
  let template = folder + "/" + prefix + placeholder
  var path = Array(template.utf8CString)
  guard mkdtemp(&path) != nil else { throw .failed(.open, path: folder, errno: errno) }
  return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

#if os(Linux)
  /// `__O_TMPFILE` of Linux, which is too much of a macro for Swift; with `O_DIRECTORY` it is `O_TMPFILE`.
  private let temporaryFile: Int32 = 0o20000000
#endif

/// What `mkstemp` and `mkdtemp` replace by letters that make the name new: six of them, by POSIX.
private let placeholder = String(repeating: "X", count: 6)
