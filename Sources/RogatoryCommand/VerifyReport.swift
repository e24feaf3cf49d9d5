import ASiC
import CanonicalJSON
import DurableFiles
import Evidence
import Glibc
import Redaction
import Report
import RogatoryNode

/// The report files that a call asks for. Their names are looked at before the work begins, since a
/// report is never written over another file.
struct ReportFiles {
  private enum Form: String { case html, pdf, json, txt }
  private let files: [(path: String, form: Form)]

  var isEmpty: Bool { files.isEmpty }

  init(_ paths: [String]) throws {
    files = try paths.map { path in
      let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
      guard let form = Form(rawValue: ending), path.contains(".") else {
        throw Failure(.usage, "a report's name ends in .html, .pdf, .json or .txt, unlike \(path)")
      }
      if (try? facts(ofFile: path)) != nil { throw FileError.alreadyExists(path: path) }
      return (path, form)
    }
  }

  /// A report that was written.
  struct Written {
    let path: String
    let sha256: String
    let digest: String

    var json: JSON {
      ["file": .string(path), "sha256": .string(sha256), "digest": .string(digest)]
    }

    var line: String { "Report   \(printable(path)), sha256 \(sha256)" }
  }

  /// Writes each file whole or not at all.
  func write(_ report: CourtReport) throws -> [Written] {
    try files.map { path, form in
      let digest =
        switch form {
        case .html: try write(report.html, to: path)
        case .json: try write(report.json.prettyText + "\n", to: path)
        case .txt: try write(report.text, to: path)
        case .pdf: try writePDF(report.html, to: path)
        }
      return Written(path: path, sha256: digest, digest: report.digest)
    }
  }

  private func write(_ text: String, to path: String) throws -> String {
    try writeOutput(to: path) { descriptor in
      try Array(text.utf8).withUnsafeBytes { bytes in
        try DescriptorWriter(descriptor, path: path).write(bytes)
        var digest = Digest256()
        digest.update(bytes)
        return digest.hexadecimal
      }
    }
  }

  private func writePDF(_ page: String, to path: String) throws -> String {
    do {
      return try writeOutput(to: path) { descriptor in
        try renderPDF(page, into: descriptor, at: path)
        return try fileDigest(descriptor, path: path)
      }
    } catch let error as PDFError {
      throw Failure(pdf: error, instead: "a report that ends in .html")
    }
  }
}

/// What is to be said of an examined file beside its verdict: the digest of all its bytes, its
/// manifests, where its time stamps lie.
///
/// - Parameter container: nil for a file that is none.
func examine(
  _ file: FileReader, _ container: ContainerReader?, path: String
) throws -> ExaminedFile {
  var examined = ExaminedFile(
    path: path, size: file.facts.size, sha256: try fileDigest(file.fileDescriptor, path: path))
  for entry in container?.entries ?? [] {
    let name = entry.name.path
    if name.hasPrefix("custody/") { examined.custody.append(name) }
    guard name.hasPrefix("META-INF/"), entry.size <= maximumExaminedEntry,
      let bytes = try? container?.bytes(of: entry, limit: Int(maximumExaminedEntry))
    else { continue }
    if name.hasSuffix(".p7s") {
      examined.signatures[name] = SignatureFile(bytes)
    } else if name.hasSuffix(".xml") {
      var digest = Digest256()
      digest.update(bytes)
      examined.manifests.append((name, digest.hexadecimal))
    }
  }
  // The digest must be that of the bytes which were verified.
  try file.checkUnchanged()
  return examined
}

/// SHA-256 of this program's own file, where it can be read.
func programDigest() -> String? {
  let path = "/proc/self/exe"
  guard let file = try? FileReader(at: path, followingLinks: true) else { return nil }
  return try? fileDigest(file.fileDescriptor, path: path)
}

/// SHA-256 of all bytes of an open file, in hexadecimal.
private func fileDigest(_ descriptor: Int32, path: String) throws -> String {
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
  defer { buffer.deallocate() }
  var digest = Digest256()
  while true {
    let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(digest.byteCount))
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { throw FileError.failed(.read, path: path, errno: errno) }
    if count == 0 { return digest.hexadecimal }
    digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
  }
}

/// What the computer says of the clock that dates a report.
func clockState() -> ReportOrder.ClockState? {
  switch SystemClock.state {
  case .synchronised(let error): .synchronised(maximumError: error)
  case .notSynchronised: .notSynchronised
  case nil: nil
  }
}

extension Digest256 {
  fileprivate var hexadecimal: String {
    finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// The longest manifest or signature that the verifier reads.
private let maximumExaminedEntry: UInt64 = 64 << 20
