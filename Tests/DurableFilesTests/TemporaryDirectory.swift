import DurableFiles

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Gives an empty directory that disappears with what is in it.
func withTemporaryDirectory(_ body: (String) throws -> Void) throws {
  var template = Array("/tmp/rogatory-files-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else {
    throw FileError.failed(.open, path: "/tmp", errno: errno)
  }
  let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  defer { removeTree(path) }
  try body(path)
}

private func removeTree(_ path: String) {
  for name in contents(of: path) {
    if unlink("\(path)/\(name)") != 0 { removeTree("\(path)/\(name)") }
  }
  rmdir(path)
}

/// The names in a directory, sorted.
func contents(of path: String) -> [String] {
  guard let directory = opendir(path) else { return [] }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}
