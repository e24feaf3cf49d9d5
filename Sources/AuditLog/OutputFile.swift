import Foundation

/// Where an export is written: a name that nobody looks for, until all of it is there.
struct TemporaryName {
  let path: String
  let final: String

  /// Fails when the final name exists; `final` may be a file or a folder.
  init(for name: String) throws {
    // `a/` and `a` are one folder; the temporary one stands beside it.
    var final = name
    while final.count > 1, final.last == "/" { final.removeLast() }
    guard !exists(final) else { throw AuditLogError.fileExists(final) }
    self.final = final
    path = final + ".partial-" + hexadecimal(systemRandom(8))
  }

  /// Gives a file its final name, unless another took it meanwhile: `link` never replaces.
  func commitFile() throws {
    guard link(path, final) == 0 else {
      if errno == EEXIST { throw AuditLogError.fileExists(final) }
      throw AuditLogError.file(final, errno: errno)
    }
    unlink(path)
  }

  /// Gives a folder its final name. `rename` replaces nothing but an empty folder.
  func commitFolder() throws {
    guard rename(path, final) == 0 else { throw AuditLogError.file(final, errno: errno) }
  }

  /// Removes what is left under the temporary name.
  func discard() {
    try? FileManager.default.removeItem(atPath: path)
  }
}

func exists(_ path: String) -> Bool {
  var status = stat()
  return lstat(path, &status) == 0
}

/// Writes a new file, to the disk.
func writeFile(_ path: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
  guard descriptor >= 0 else { throw AuditLogError.file(path, errno: errno) }
  defer { close(descriptor) }
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { throw AuditLogError.file(path, errno: errno) }
    rest = rest.dropFirst(count)
  }
  guard fsync(descriptor) == 0 else { throw AuditLogError.file(path, errno: errno) }
}

/// Waits until the disk has a file that another wrote.
func syncFile(_ path: String) throws {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw AuditLogError.file(path, errno: errno) }
  defer { close(descriptor) }
  guard fsync(descriptor) == 0 else { throw AuditLogError.file(path, errno: errno) }
}

/// Waits until the disk has a file's name.
func syncFolder(of path: String) throws {
  let end = path.lastIndex(of: "/")
  try syncFile(end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".")
}

/// Reads a whole file of at most `limit` bytes.
func readFile(_ path: String, limit: Int) throws -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw AuditLogError.file(path, errno: errno) }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { throw AuditLogError.file(path, errno: errno) }
    if count == 0 { return bytes }
    bytes += buffer[..<count]
    guard bytes.count <= limit else { throw AuditLogError.tooLarge(limit: limit) }
  }
}
