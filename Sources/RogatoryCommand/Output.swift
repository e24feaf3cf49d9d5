import CanonicalJSON
import DurableFiles
import Evidence
import Glibc
import RogatoryNode

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

/// How far a long act is, on a terminal only: bytes done, of how many, at what rate.
final class Progress {
  private let label: String
  private let total: UInt64
  private let isShown: Bool
  private var done: UInt64 = 0
  private var shown: UInt64 = 0
  private let began = monotonicSeconds()

  init(_ label: String, total: UInt64, quiet: Bool) {
    self.label = label
    self.total = total
    isShown = !quiet && isatty(STDERR_FILENO) == 1 && total > Self.step
  }

  func advance(_ bytes: UInt64) {
    done += bytes
    guard isShown, done - shown >= Self.step else { return }
    shown = done
    let elapsed = max(monotonicSeconds() - began, 0.001)
    let rate = Double(done) / elapsed
    let left = rate > 0 ? Double(total > done ? total - done : 0) / rate : 0
    let percent = total > 0 ? min(100, done * 100 / total) : 100
    let text = "\r\(label) \(percent) %  \(Int(rate / 1_000_000)) MB/s  \(Int(left)) s left   "
    _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
  }

  func finish() {
    if isShown, shown > 0 { printNote("") }
  }

  /// A line every 16 MiB is often enough to be seen moving.
  private static let step: UInt64 = 16 << 20
}

private func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
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
