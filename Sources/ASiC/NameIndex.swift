/// Something in a container that has a name.
protocol Named {
  var name: EntryName { get }
}

extension Entry: Named {}
extension EntryRecord: Named {}

/// The names of a container: finds one, and finds two that a file system would take for one.
///
/// Names are compared after folding case and normalisation. The table holds hashes only, since the
/// names are in the entries already, which each method is given; a hash that two names share costs
/// a look at all of them, which a sender can't arrange as `Hasher` is seeded per process.
struct NameIndex {
  private var files: [Int: Int32] = [:]
  /// Entries whose hash was taken by another name.
  private var collisions: [Int32] = []
  /// Directories that a file's name has shown to exist.
  private var directories: Set<Int> = []
  /// Directories with entries of their own. Two hashes that meet by chance refuse a container from
  /// elsewhere, once in 2^30.
  private var declared: Set<Int> = []

  init(capacity: Int = 0) {
    files.reserveCapacity(capacity)
  }

  /// Adds the name of the entry that comes next.
  mutating func insert(
    _ name: EntryName, after entries: [some Named]
  ) throws(ContainerError) {
    let folded = Self.fold(name.path)
    let hash = folded.hashValue
    if let other = find(folded, in: entries) { throw .duplicateName(entries[other].name) }
    if declared.contains(hash) { throw .fileAndDirectory(name) }
    if directories.contains(hash), isDirectory(folded, in: entries) {
      throw .fileAndDirectory(name)
    }
    try insertParents(of: name, entries)
    if files[hash] == nil {
      files[hash] = Int32(entries.count)
    } else {
      collisions.append(Int32(entries.count))
    }
  }

  /// Adds the name of a directory that has an entry of its own.
  mutating func insertDirectory(
    _ name: EntryName, after entries: [some Named]
  ) throws(ContainerError) {
    let folded = Self.fold(name.path)
    if find(folded, in: entries) != nil { throw .fileAndDirectory(name) }
    try insertParents(of: name, entries)
    guard declared.insert(folded.hashValue).inserted else { throw .duplicateName(name) }
  }

  /// The number of the entry with exactly this name.
  func index(of name: EntryName, in entries: [some Named]) -> Int? {
    guard let found = find(Self.fold(name.path), in: entries), entries[found].name == name else {
      return nil
    }
    return found
  }

  private func find(_ folded: String, in entries: [some Named]) -> Int? {
    guard let first = files[folded.hashValue] else { return nil }
    if Self.fold(entries[Int(first)].name.path) == folded { return Int(first) }
    return collisions.first { Self.fold(entries[Int($0)].name.path) == folded }.map { Int($0) }
  }

  private mutating func insertParents(
    of name: EntryName, _ entries: [some Named]
  ) throws(ContainerError) {
    var path = name.path[...]
    while let slash = path.lastIndex(of: "/") {
      path = path[..<slash]
      let folded = Self.fold(String(path))
      if find(folded, in: entries) != nil { throw .fileAndDirectory(name) }
      // A directory that is known has known parents.
      if !directories.insert(folded.hashValue).inserted { return }
    }
  }

  private func isDirectory(_ folded: String, in entries: [some Named]) -> Bool {
    entries.contains { Self.fold($0.name.path).hasPrefix(folded + "/") }
  }

  /// Upper case first, so that ß and SS meet. `String` compares and hashes by canonical
  /// equivalence, which covers NFC and NFD.
  private static func fold(_ path: String) -> String {
    path.uppercased().lowercased()
  }
}
