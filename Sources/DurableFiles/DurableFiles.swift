// Files that are there completely or not at all, after a crash too.
//
// Implements no standard but the order that POSIX asks for: write a temporary file in the same
// directory, `fsync` it, `rename` it, `fsync` the directory. Without the first sync a crash can
// leave an empty file under the final name; without the second it can leave the old one.
// `AtomicFileTests` shows what each step leaves.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Removes a file, and returns when the disk knows.
public func removeDurably(_ path: String) throws(FileError) {
  guard unlink(path) == 0 else { throw .failed(.remove, path: path, errno: errno) }
  try syncDirectory(parent(of: path))
}

/// Creates one directory, durably; its parent has to exist.
public func createDirectory(_ path: String, mode: UInt32 = 0o700) throws(FileError) {
  guard mkdir(path, mode_t(mode)) == 0 else {
    if errno == EEXIST { throw .alreadyExists(path: path) }
    throw .failed(.open, path: path, errno: errno)
  }
  try syncDirectory(parent(of: path))
}

/// Creates a directory and those above it, durably, where they don't exist.
public func ensureDirectory(_ path: String, mode: UInt32 = 0o700) throws(FileError) {
  do {
    try createDirectory(path, mode: mode)
  } catch FileError.alreadyExists {
    let facts = try facts(ofFile: path, followingLinks: true)
    guard facts.kind == .directory else { throw .alreadyExists(path: path) }
  } catch  where error.isNotFound && parent(of: path) != path {
    try ensureDirectory(parent(of: path), mode: mode)
    try ensureDirectory(path, mode: mode)
  }
}

/// Returns when the disk has the directory's names.
public func syncDirectory(_ path: String) throws(FileError) {
  let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { throw .failed(.sync, path: path, errno: errno) }
  defer { close(descriptor) }
  guard fsync(descriptor) == 0 else { throw .failed(.sync, path: path, errno: errno) }
}

/// The directory that a path's last component is in.
func parent(of path: String) -> String {
  let path = path.trimmingTrailingSlashes
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
  let parent = String(path[..<slash]).trimmingTrailingSlashes
  return parent.isEmpty ? "/" : parent
}

/// A path's last component.
func lastComponent(of path: String) -> String {
  let path = path.trimmingTrailingSlashes
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
  return String(path[path.utf8.index(after: slash)...])
}

extension String {
  fileprivate var trimmingTrailingSlashes: String {
    var text = self[...]
    while text.count > 1, text.last == "/" { text.removeLast() }
    return String(text)
  }
}
