import DurableFiles
import Glibc

/// Renders an HTML page of ours to PDF with WeasyPrint (Docs/Decisions/0025), run as decoders are: a
/// page that it can't cope with ends it, not us.
///
/// - Parameters:
///   - html: the page; it names nothing outside of itself.
///   - descriptor: an empty file.
///   - path: the file's path, beside which the page lies meanwhile, without a name.
/// - Throws: ``PDFError``, `FileError`.
public func renderPDF(_ html: String, into descriptor: Int32, at path: String) throws {
  guard let renderer = DecoderPrograms.path(of: "weasyprint") else { throw PDFError.noRenderer }
  let page = try UnnamedFile(beside: path)
  try html.withContiguousBytes { try write($0, to: page.fileDescriptor, path) }
  var limits = DecoderLimits()
  limits.addressSpaceBytes = maximumMemory
  limits.cpuSeconds = maximumSeconds
  limits.wallSeconds = maximumSeconds
  limits.outputBytes = maximumOutput
  limits.fileBytes = maximumFile
  var start: [UInt8] = []
  do {
    try runDecoder(
      [renderer, "--quiet", "--encoding", "utf-8", "--pdf-variant", "pdf/ua-1", "-", "-"],
      input: page.fileDescriptor, limits: limits
    ) { piece in
      start += piece.prefix(max(0, signature.count - start.count))
      try write(piece, to: descriptor, path)
    }
  } catch let fault as DecoderFault {
    throw fault == .tooSlow ? PDFError.tookTooLong : PDFError.failed
  }
  guard start == signature else { throw PDFError.failed }
}

/// Why there is no PDF.
public enum PDFError: Error, Hashable, Sendable {
  /// WeasyPrint isn't installed.
  case noRenderer
  /// It took longer than its limit.
  case tookTooLong
  /// It ended without a PDF, or would have needed more memory than its limit.
  case failed
}

extension String {
  fileprivate func withContiguousBytes(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    try Array(utf8).withUnsafeBytes(body)
  }
}

private func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String) throws {
  var rest = bytes
  while !rest.isEmpty {
    let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { throw FileError.failed(.write, path: path, errno: errno) }
    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
  }
}

private let signature = Array("%PDF-".utf8)
/// A thousand places take some ten seconds; a log of many thousands is for a spreadsheet.
private let maximumSeconds: UInt64 = 300
/// Python, fonts, and the boxes of some ten thousand rows.
private let maximumMemory: UInt64 = 4 << 30
/// It puts fonts and a part of its output into temporary files.
private let maximumFile: UInt64 = 1 << 30
/// A page has about 20 KiB.
private let maximumOutput: UInt64 = 1 << 30
