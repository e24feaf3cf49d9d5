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
  public let rows: Rows

  /// The rows, made when they are asked for: of a very large bundle their paths alone would take more
  /// memory than everything else.
  public struct Rows: RandomAccessCollection, Sendable {
    fileprivate let items: ItemReports
    fileprivate var numbers: [Int32] = []
    /// Those that aren't called as their names are.
    fileprivate var renamed: [Int32: String] = [:]
    /// Those of which nothing is here.
    fileprivate var absent: Set<Int32> = []

    fileprivate init(of items: ItemReports) { self.items = items }

    /// The place of the first row.
    public var startIndex: Int { 0 }
    /// The number of rows.
    public var endIndex: Int { numbers.count }

    /// The row at a place.
    public subscript(place: Int) -> Row {
      let number = numbers[place]
      let item = items[Int(number) - 1]
      let path =
        absent.contains(number) ? nil : renamed[number] ?? item.name.map(safePath(forName:))
      return Row(number: Int(number), path: path, state: item.state)
    }

    /// How many items were written.
    public var writtenCount: Int { numbers.count - absent.count }
  }
}

/// Writes the items of a bundle below a new or empty folder, under their sealed names.
///
/// The files are written into a folder of another name beside it, which gets its name when all of
/// them are complete and on disk: a folder of that name always holds everything.
///
/// - Parameter wanted: the numbers of the items to write; nil for all.
/// - Throws: ``NodeError/outputNotEmpty(_:)``, `EvidenceError.unsafeName` for a sealed name that
///   would leave the folder.
public func extract(
  _ bundle: EvidenceBundle, _ verification: Verification, only wanted: Set<Int>? = nil,
  to folder: String, progress: @escaping (UInt64) -> Void = { _ in }
) throws -> Extraction {
  let folder = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
  if (try? facts(ofFile: folder)) != nil, try !listFiles(folder).isEmpty {
    throw NodeError.outputNotEmpty(folder)
  }
  let staging = folder + ".partial-\(getpid())"
  try unfinished.withLock { unfinished in
    // Nothing may come to be behind an interruption that has removed what was there.
    guard !unfinished.isClosed else {
      throw FileError.failed(.open, path: staging, errno: ECANCELED)
    }
    unfinished.folders.insert(staging)
    try ensureDirectory(staging, mode: 0o755)
  }
  defer {
    unfinished.withLock { _ = $0.folders.remove(staging) }
    removeTree(staging)
  }
  let rows = try write(bundle, verification.items, only: wanted, below: staging, progress)
  try unfinished.withLock { unfinished in
    // What an interruption is removing must not get its name.
    guard !unfinished.isClosed else {
      throw FileError.failed(.rename, path: folder, errno: ECANCELED)
    }
    // An empty folder of that name gives way; one with anything in it doesn't.
    guard rename(staging, folder) == 0 else {
      throw FileError.failed(.rename, path: folder, errno: errno)
    }
    unfinished.folders.remove(staging)
  }
  return Extraction(rows: rows)
}

/// Removes what an extraction that was interrupted has written so far; none can begin afterwards.
public func removeUnfinishedExtractions() {
  let folders = unfinished.withLock { unfinished in
    unfinished.isClosed = true
    return unfinished.folders
  }
  for folder in folders {
    // The extraction may still write, and be quicker than one removal.
    for _ in 0..<removals where (try? facts(ofFile: folder)) != nil { removeTree(folder) }
  }
}

private let removals = 100

/// Removes a folder of our own with everything in it; symbolic links are not followed.
public func removeTree(_ path: String) {
  try? FileManager.default.removeItem(atPath: path)
}

/// Global, because an interrupt must find them without any of the values on the stack.
private let unfinished = Mutex(Unfinished())

private struct Unfinished {
  var folders: Set<String> = []
  var isClosed = false
}

private func write(
  _ bundle: EvidenceBundle, _ items: ItemReports, only wanted: Set<Int>?, below folder: String,
  _ progress: (UInt64) -> Void
) throws -> Extraction.Rows {
  var rows = Extraction.Rows(of: items)
  var taken: Set<Int> = []
  let most = wanted?.count ?? items.count - items.count(of: .withheld)
  let isEachSynced = most <= filesSyncedAlone
  var directories: Set<String> = []
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
  defer { buffer.deallocate() }
  for item in items where wanted?.contains(item.number) ?? true {
    let number = Int32(item.number)
    rows.numbers.append(number)
    guard item.state != .withheld, item.path != nil,
      let read = bundle.content(ofItem: item.number, name: item.name)
    else {
      rows.absent.insert(number)
      continue
    }
    let path = try outputPath(of: item, &taken)
    if path != item.name.map(safePath(forName:)) { rows.renamed[number] = path }
    let target = folder + "/" + path
    // By bytes: to a String, a slash before a combining mark is no slash.
    if let slash = target.utf8.lastIndex(of: UInt8(ascii: "/")),
      directories.insert(String(target[..<slash])).inserted
    {
      try ensureDirectory(String(target[..<slash]), mode: 0o755)
    }
    try write(read, to: target, through: buffer, isSynced: isEachSynced, progress)
  }
  if isEachSynced {
    try syncDirectory(folder)
    for path in directories { try syncDirectory(path) }
  } else {
    // Waits for everything that anybody has written; for very many files still the least.
    sync()
  }
  return rows
}

/// So few files are brought to the disk one by one, whatever else it is to write.
private let filesSyncedAlone = 256

private func outputPath(of item: ItemReport, _ taken: inout Set<Int>) throws -> String {
  guard let name = item.name else { return unique("item-\(item.number)", item, &taken) }
  guard isItemName(name) else { throw EvidenceError.unsafeName(name) }
  return unique(safePath(forName: name), item, &taken)
}

/// Two sealed names can meet only in a bundle of a hostile sealer; both are kept. Of the names that are
/// taken the hashes are enough: two that met by chance would only add a number to a name.
private func unique(_ path: String, _ item: ItemReport, _ taken: inout Set<Int>) -> String {
  let isNew = taken.insert(Array(path.utf8).hashValue).inserted
  if isNew { return path }
  let numbered = "\(path)-item-\(item.number)"
  taken.insert(Array(numbered.utf8).hashValue)
  return numbered
}

private func write(
  _ read: (UnsafeMutableRawBufferPointer) throws -> Int, to path: String,
  through buffer: UnsafeMutableRawBufferPointer, isSynced: Bool, _ progress: (UInt64) -> Void
) throws {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
  guard descriptor >= 0 else { throw FileError.failed(.open, path: path, errno: errno) }
  defer { close(descriptor) }
  var count = try fill(buffer, read)
  if count < buffer.count {
    try writeAll(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: descriptor, path)
    progress(UInt64(count))
  } else {
    // What doesn't fit is written beside the reading.
    let sink = SideWriter(fileDescriptor: descriptor, path: path)
    while count > 0 {
      try sink.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      progress(UInt64(count))
      count = try read(buffer)
    }
    try sink.finish()
  }
  if isSynced, fsync(descriptor) != 0 {
    throw FileError.failed(.sync, path: path, errno: errno)
  }
}

/// Reads until the buffer is full, or nothing comes any more.
private func fill(
  _ buffer: UnsafeMutableRawBufferPointer,
  _ read: (UnsafeMutableRawBufferPointer) throws -> Int
) throws -> Int {
  var count = 0
  while count < buffer.count {
    let got = try read(UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
    if got == 0 { break }
    count += got
  }
  return count
}

private func writeAll(
  _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String
) throws {
  var rest = bytes
  while !rest.isEmpty {
    let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
    if count < 0, errno == EINTR { continue }
    guard count > 0 else {
      throw FileError.failed(.write, path: path, errno: count == 0 ? ENOSPC : errno)
    }
    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
  }
}
