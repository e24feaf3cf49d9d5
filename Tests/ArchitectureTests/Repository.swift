import Foundation

/// The checkout that these tests were compiled from.
enum Repository {
  static let root: String = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/")
  }()

  static func text(_ path: String) throws -> String {
    try String(contentsOfFile: root + "/" + path, encoding: .utf8)
  }

  /// The names of the folders right below `path`.
  static func folders(in path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root + "/" + path).filter { name in
      !name.hasPrefix(".") && isFolder(root + "/" + path + "/" + name)
    }
  }

  /// All paths below `path`, folders too, relative to the root.
  static func allPaths(in path: String) throws -> [String] {
    var found: [String] = []
    for name in try FileManager.default.contentsOfDirectory(atPath: root + "/" + path).sorted()
    where !name.hasPrefix(".") {
      let full = path + "/" + name
      found.append(full)
      if isFolder(root + "/" + full) { found += try allPaths(in: full) }
    }
    return found
  }

  static func swiftFiles(in path: String) throws -> [SourceFile] {
    try allPaths(in: path).filter { $0.hasSuffix(".swift") }
      .map { SourceFile(path: $0, text: try text($0)) }
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}

/// A file of Swift, as far as these tests understand it.
struct SourceFile {
  let path: String
  let text: String

  var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

  /// The folder below `Sources`.
  var module: String {
    let parts = path.split(separator: "/")
    return parts.count > 1 ? String(parts[1]) : ""
  }

  /// The lines that aren't comments, by number.
  var code: [(number: Int, line: Substring)] {
    zip(1..., lines).filter { !$0.1.drop { $0 == " " }.hasPrefix("//") }
      .map { (number: $0.0, line: $0.1) }
  }

  /// The modules that it imports.
  var imports: Set<String> {
    let statement =
      #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias|actor)\s+)?(\w+)/#
    return Set(code.compactMap { $0.line.firstMatch(of: statement).map { String($0.output.1) } })
  }
}
