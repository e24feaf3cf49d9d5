import DurableFiles
public import Evidence
import Glibc
import Redaction

/// A file that is to be sealed, and where it lies.
public struct CollectedFile {
  /// What is sealed.
  public let source: SourceItem
  /// Its path as it can be opened.
  let path: String
  /// Its media type, by its name and first bytes.
  let mediaType: String
  /// What its first bytes say, where companions can be made of it.
  let input: DecoderInput?
}

/// Finds the files that a person names: files as they are, folders with everything below them.
///
/// A symbolic link or special file is refused by name rather than followed or left out: what a
/// person meant to seal must be in the bundle, or they must know.
public func collect(_ paths: [String]) throws -> CollectedFiles {
  var sources = CollectedFiles()
  for path in paths {
    let facts = try facts(ofFile: path)
    switch facts.kind {
    case .regular: try add(path, name: lastComponent(path), facts, to: &sources)
    case .directory: try collectFolder(path, prefix: "", into: &sources)
    default: throw NodeError.notAFile(path)
    }
  }
  return sources
}

private func collectFolder(
  _ path: String, prefix: String, into sources: inout CollectedFiles
) throws {
  for entry in try listFiles(path).sorted() {
    let full = path + "/" + entry
    let name = prefix + entry
    let facts = try facts(ofFile: full)
    switch facts.kind {
    case .regular: try add(full, name: name, facts, to: &sources)
    case .directory: try collectFolder(full, prefix: name + "/", into: &sources)
    default: throw NodeError.notAFile(full)
    }
  }
}

private func add(
  _ path: String, name: String, _ facts: FileFacts, to sources: inout CollectedFiles
) throws {
  // Opened once now, so that a file that can't be read is known before anything is written.
  let head = try firstBytes(of: FileReader(at: path))
  let mediaType = mediaType(fileName: name, head: head)
  sources.append(
    path, name: name, facts, mediaType: mediaType,
    input: DecoderInput(head: head, mediaType: mediaType))
}

/// As many as tell the media type.
private func firstBytes(of file: FileReader) throws -> [UInt8] {
  var head = [UInt8](repeating: 0, count: 4096)
  var count = 0
  while count < head.count {
    let got = try head.withUnsafeMutableBytes {
      try file.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[count...]))
    }
    if got == 0 { break }
    count += got
  }
  return Array(head[..<count])
}

private func lastComponent(_ path: String) -> String {
  // By bytes: to a String, a slash before a combining mark is no slash.
  path.utf8.split(separator: UInt8(ascii: "/")).last.flatMap { String($0) } ?? path
}

/// An unlinked file for intermediate bytes, beside the output, gone with the process.
public func makeScratch(beside path: String) throws -> ScratchFile {
  let file = try UnnamedFile(beside: path)
  return ScratchFile(fileDescriptor: file.fileDescriptor, keeping: file)
}
