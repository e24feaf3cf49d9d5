import DurableFiles
public import Evidence
import Foundation
import Glibc
import Synchronization

/// Where the items of a bundle were written.
public struct Extraction: Sendable {
  /// One item that was written, or that has no file.
  public struct Row: Sendable {
    /// The item's number.
    public let number: Int
    /// Its path below the folder, or nil where nothing of its content is here.
    public let path: String?
    /// How much of it is disclosed.
    public let state: ItemReport.State
  }
  /// The items by number.
  public let rows: [Row]
}

/// Writes the items of a bundle below a new or empty folder, under their sealed names.
///
/// The files are written into a folder of another name beside it, which gets its name when all of
/// them are complete and on disk: a folder of that name always holds everything.
///
/// - Throws: ``NodeError/outputNotEmpty(_:)``, `EvidenceError.unsafeName` for a sealed name that
///   would leave the folder.
public func extract(
  _ bundle: EvidenceBundle, _ verification: Verification, to folder: String,
  progress: @escaping (UInt64) -> Void = { _ in }
) throws -> Extraction {
  let folder = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
  if (try? facts(ofFile: folder)) != nil, try !listFiles(folder).isEmpty {
    throw NodeError.outputNotEmpty(folder)
  }
  let staging = folder + ".partial-\(getpid())"
  try ensureDirectory(staging, mode: 0o755)
  unfinishedFolders.withLock { _ = $0.insert(staging) }
  defer {
    unfinishedFolders.withLock { _ = $0.remove(staging) }
    removeTree(staging)
  }
  let rows = try write(bundle, verification, below: staging, progress)
  sync()
  // An empty folder of that name gives way; one with anything in it doesn't.
  guard rename(staging, folder) == 0 else {
    throw FileError.failed(.rename, path: folder, errno: errno)
  }
  return Extraction(rows: rows)
}

/// Removes what an extraction that was interrupted has written so far.
public func removeUnfinishedExtractions() {
  for folder in unfinishedFolders.withLock({ $0 }) { removeTree(folder) }
}

/// Removes a folder of our own with everything in it; symbolic links are not followed.
public func removeTree(_ path: String) {
  try? FileManager.default.removeItem(atPath: path)
}

/// Global, because an interrupt must find them without any of the values on the stack.
private let unfinishedFolders = Mutex<Set<String>>([])

private func write(
  _ bundle: EvidenceBundle, _ verification: Verification, below folder: String,
  _ progress: (UInt64) -> Void
) throws -> [Extraction.Row] {
  var rows: [Extraction.Row] = []
  var taken: Set<[UInt8]> = []
  for item in verification.items {
    guard item.state != .withheld, item.path != nil,
      let read = bundle.content(ofItem: item.number, name: item.name)
    else {
      rows.append(Extraction.Row(number: item.number, path: nil, state: item.state))
      continue
    }
    let path = try outputPath(of: item, &taken)
    try write(read, to: folder + "/" + path, progress)
    rows.append(Extraction.Row(number: item.number, path: path, state: item.state))
  }
  return rows
}

private func outputPath(of item: ItemReport, _ taken: inout Set<[UInt8]>) throws -> String {
  guard let name = item.name else { return unique("item-\(item.number)", item, &taken) }
  guard isItemName(name) else { throw EvidenceError.unsafeName(name) }
  return unique(safePath(forName: name), item, &taken)
}

/// Two sealed names can meet only in a bundle of a hostile sealer; both are kept.
private func unique(_ path: String, _ item: ItemReport, _ taken: inout Set<[UInt8]>) -> String {
  let result = taken.contains(Array(path.utf8)) ? "\(path)-item-\(item.number)" : path
  taken.insert(Array(result.utf8))
  return result
}

private func write(
  _ read: (UnsafeMutableRawBufferPointer) throws -> Int, to path: String,
  _ progress: (UInt64) -> Void
) throws {
  // By bytes: to a String, a slash before a combining mark is no slash.
  if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
    try ensureDirectory(String(path[..<slash]), mode: 0o755)
  }
  let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
  guard descriptor >= 0 else { throw FileError.failed(.open, path: path, errno: errno) }
  defer { close(descriptor) }
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
  defer { buffer.deallocate() }
  while true {
    let count = try read(buffer)
    if count == 0 { return }
    var rest = UnsafeRawBufferPointer(rebasing: buffer[..<count])
    while !rest.isEmpty {
      let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw FileError.failed(.write, path: path, errno: errno) }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
    progress(UInt64(count))
  }
}
