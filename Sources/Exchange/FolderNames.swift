import DurableFiles
import Glibc

/// The names in a folder of the node's own, unsorted.
func names(inFolder path: String) throws -> [String] {
  guard let directory = opendir(path) else {
    throw FileError.failed(.open, path: path, errno: errno)
  }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let bytes = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
    let name = String(decoding: bytes, as: UTF8.self)
    if name != ".", name != ".." { names.append(name) }
  }
  return names
}

/// Removes a file that may be gone already, and returns when the disk knows.
func removeIfPresent(_ path: String) throws(FileError) {
  do {
    try removeDurably(path)
  } catch {
    guard error.isNotFound else { throw error }
  }
}
