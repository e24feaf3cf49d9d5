/// What was done with a file when it failed.
public enum FileOperation: Hashable, Sendable {
  /// Opening or creating.
  case open
  /// Reading, listing or asking for facts.
  case read
  /// Writing.
  case write
  /// Waiting until the disk has it.
  case sync
  /// Giving a file its final name.
  case rename
  /// Removing.
  case remove
}

/// Why something on the file system didn't happen.
public enum FileError: Error, Hashable, Sendable {
  /// The system refused.
  case failed(FileOperation, path: String, errno: Int32)
  /// There is something at the path, and nothing was to be replaced.
  case alreadyExists(path: String)
  /// The path leads to a directory, a link, a device, a pipe.
  case notRegular(path: String)
  /// The file has more bytes than the caller takes.
  case tooLarge(path: String, limit: Int)
  /// The file isn't what it was when it was opened.
  case changed(path: String)

  /// Whether room on the disk, or a quota, is what is missing.
  public var isOutOfSpace: Bool {
    if case .failed(_, _, let errno) = self { errno == ENOSPC || errno == EDQUOT } else { false }
  }

  /// Whether there is nothing at the path.
  public var isNotFound: Bool {
    if case .failed(_, _, let errno) = self { errno == ENOENT || errno == ENOTDIR } else { false }
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
