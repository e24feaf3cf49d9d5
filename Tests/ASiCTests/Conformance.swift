import ASiC

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Other programs' containers, which aren't part of the repository.
enum Conformance {
  /// The folder `asic`, or nil, said aloud, where the vectors aren't there.
  static func folder(_ name: String, file: StaticString = #filePath) -> String? {
    let root = String("\(file)".split(separator: "/").dropLast(3).joined(separator: "/"))
    let given = getenv("ROGATORY_CONFORMANCE").map { String(cString: $0) }
    let folder = (given ?? "/\(root)/../shared/conformance") + "/asic/\(name)"
    guard access(folder, R_OK) == 0 else {
      print("skipped: no vectors in \(folder); ROGATORY_CONFORMANCE names their place")
      return nil
    }
    return folder
  }

  /// The names in `folder` that look like containers, sorted.
  static func containers(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if [".asice", ".asics", ".sce"].contains(where: name.hasSuffix) { names.append(name) }
    }
    return names.sorted()
  }

  static func read(_ path: String) -> [UInt8] {
    let file = open(path, O_RDONLY)
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 22)
    let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
    return Array(bytes.prefix(max(0, count)))
  }
}
