import ASiC
import AuditLog
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

  /// - Parameter signing: whether a signature is to stand beside each file.
  init(_ paths: [String], signing: Bool) throws {
    files = try paths.map { path in
      let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
      guard let form = Form(rawValue: ending), path.contains(".") else {
        throw Failure(.usage, "a report's name ends in .html, .pdf, .json or .txt, unlike \(path)")
      }
      for name in signing ? [path, path + Self.signatureEnding] : [path] {
        if (try? facts(ofFile: name)) != nil { throw FileError.alreadyExists(path: name) }
      }
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

  /// Writes each file whole or not at all, its signature first: a report that should be signed is
  /// never there without.
  ///
  /// - Parameter signatory: the node that signs the reports; nil where none does.
  func write(_ report: CourtReport, signedBy signatory: Signatory?, at now: Int64) throws
    -> [Written]
  {
    try files.map { path, form in
      let digest = try writeOutput(to: path) { descriptor in
        try fill(descriptor, with: report, form, path)
        return try fileDigest(descriptor, path: path)
      } checking: { descriptor, _ in
        guard let signatory else { return }
        let signature = try signatory.sign(
          try Self.bytes(of: descriptor, path), commitment: .proofOfOrigin, at: now)
        try AtomicFile.write(
          signature, to: path + Self.signatureEnding, mode: 0o644, replacing: false)
      }
      return Written(path: path, sha256: digest, digest: report.digest)
    }
  }

  private func fill(
    _ descriptor: Int32, with report: CourtReport, _ form: Form, _ path: String
  ) throws {
    let writer = DescriptorWriter(descriptor, path: path)
    let text: String
    switch form {
    case .html: text = report.html
    case .json:
      try report.json.writePretty(to: writer.write)
      text = "\n"
    case .txt: text = report.text
    case .pdf:
      do {
        return try renderPDF(report.htmlForPDF, into: descriptor, at: path)
      } catch let error as PDFError {
        throw Failure(pdf: error, instead: "a report that ends in .html")
      }
    }
    try Array(text.utf8).withUnsafeBytes { try writer.write($0) }
  }

  /// What is signed is what is on disk.
  private static func bytes(of descriptor: Int32, _ path: String) throws -> [UInt8] {
    let size = try facts(ofDescriptor: descriptor, path: path).size
    guard size <= maximumSigned else {
      throw Failure(
        .failed, "the report is too long to be signed: \(size) bytes",
        safe: "no report was written", hint: "leave out --sign, and sign its digest elsewhere")
    }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    var done = 0
    while done < bytes.count {
      let count = bytes[done...].withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress, $0.count, off_t(done))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw FileError.failed(.read, path: path, errno: errno) }
      done += count
    }
    return bytes
  }

  private static let signatureEnding = ".p7s"
  /// What a CMS signature is made of in memory.
  private static let maximumSigned: UInt64 = 16 << 20
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
  if let container {
    for entry in container.entries {
      let name = entry.name.path
      if name.hasPrefix("custody/") { examined.custody.append(name) }
      guard name.hasPrefix("META-INF/"), entry.size <= maximumExaminedEntry else { continue }
      if name.hasSuffix(".p7s") {
        let bytes = try? container.bytes(of: entry, limit: Int(maximumExaminedEntry))
        if let bytes { examined.signatures[name] = SignatureFile(bytes) }
      } else if name.hasSuffix(".xml"), let digest = try? fileDigest(of: entry, in: container) {
        examined.manifests.append((name, digest))
      }
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

/// Proofs that entries are in a log, each with its entry in a file of that name and `.json`.
func readLogAnchors(_ paths: [String], keys: [String]) throws -> [LogAnchor] {
  guard !paths.isEmpty else { return [] }
  guard !keys.isEmpty else {
    throw Failure(
      .usage, "a log's proof is checked with its key: name it with --log-key",
      hint:
        "`rogatory log export --tiles DIR` writes it to DIR/vkey; get it from the node, not with the proof"
    )
  }
  let trusted = try keys.map { try VerifierKey($0) }
  return try paths.map { path in
    try LogAnchor(
      path: path, proof: readSmallFile(path, limit: 1 << 20, followingLinks: true),
      entry: readSmallFile(path + ".json", limit: 1 << 16, followingLinks: true), keys: trusted)
  }
}

/// SHA-256 of an entry's bytes, in hexadecimal: over very many files a manifest is long.
private func fileDigest(of entry: Entry, in container: ContainerReader) throws -> String {
  let reader = container.open(entry)
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
  defer { buffer.deallocate() }
  var digest = Digest256()
  while true {
    let count = try reader.read(into: buffer)
    if count == 0 { return digest.hexadecimal }
    digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
  }
}

/// What the computer says of the clock that dates a report.
func clockState() -> ReportOrder.ClockState? {
  let clock = ClockReading.system()
  guard clock.source == .synchronised, let error = clock.errorMilliseconds else {
    return .notSynchronised
  }
  return .synchronised(maximumError: error * 1000)
}

extension Digest256 {
  fileprivate var hexadecimal: String {
    finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// The longest manifest or signature that the verifier reads.
private let maximumExaminedEntry: UInt64 = 64 << 20
