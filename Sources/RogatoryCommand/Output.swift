import ArgumentParser
import CanonicalJSON
import DurableFiles
import Evidence
import Glibc
import RogatoryNode

/// The path of an output as an option takes it. `-`, by which other programs mean stdout, is refused: what
/// comes out of a pipe is used before everything is checked, and nobody wants a file of that name.
func outputPath(_ text: String) throws -> String {
  guard text != "-" else {
    throw ValidationError(
      "an output is a file or folder, there whole or not at all, and never a stream; name one "
        + "(./- for one called -)")
  }
  return text
}

/// Writes an output file whole or not at all: `body` fills a temporary file; when it is complete,
/// `checking` may read it and refuse it, then `before` runs, and only then it gets its name.
func writeOutput<Result>(
  to path: String, mode: UInt32 = 0o644, replacing: Bool = false,
  _ body: (Int32) throws -> Result, checking: (Int32, Result) throws -> Void = { _, _ in },
  before: (Result) throws -> Void = { _ in }
) throws -> Result {
  if !replacing, (try? facts(ofFile: path)) != nil { throw FileError.alreadyExists(path: path) }
  let file = try AtomicFile(at: path, mode: mode)
  let result = try body(file.fileDescriptor)
  try checking(file.fileDescriptor, result)
  try before(result)
  try file.commit(replacing: replacing)
  return result
}

extension JSON {
  /// An object of the pairs whose value is known.
  static func object(known pairs: [String: JSON?]) -> JSON {
    .object(pairs.compactMapValues { $0 })
  }

  /// The object with one more member.
  func adding(_ key: String, _ value: JSON) -> JSON {
    var object = self.object ?? [:]
    object[key] = value
    return .object(object)
  }
}

/// A copy of a file under another name, whole or not at all.
func copyFile(_ source: String, to path: String) throws {
  let input = try FileReader(at: source)
  try writeOutput(to: path, mode: 0o600) { descriptor in
    let sink = DescriptorWriter(descriptor, path: path)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
    defer { buffer.deallocate() }
    while true {
      let count = try input.read(into: buffer)
      if count == 0 { break }
      try sink.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}
