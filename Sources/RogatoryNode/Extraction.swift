import DurableFiles
public import Evidence

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
/// Each file is written whole or not at all, and compared with what the verification read.
///
/// - Throws: ``NodeError/outputNotEmpty(_:)``, `EvidenceError.unsafeName` for a sealed name that
///   would leave the folder.
public func extract(
  _ bundle: EvidenceBundle, _ verification: Verification, to folder: String,
  progress: @escaping (UInt64) -> Void = { _ in }
) throws -> Extraction {
  try ensureDirectory(folder, mode: 0o755)
  guard try listFiles(folder).isEmpty else { throw NodeError.outputNotEmpty(folder) }
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
  return Extraction(rows: rows)
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
  if let slash = path.lastIndex(of: "/") {
    try ensureDirectory(String(path[..<slash]), mode: 0o755)
  }
  let file = try AtomicFile(at: path, mode: 0o644)
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
  defer { buffer.deallocate() }
  while true {
    let count = try read(buffer)
    if count == 0 { break }
    try file.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    progress(UInt64(count))
  }
  try file.commit(replacing: false)
}
