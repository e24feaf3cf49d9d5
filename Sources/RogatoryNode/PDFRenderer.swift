import DurableFiles
import Glibc

/// Renders an HTML page of ours to PDF with WeasyPrint (Docs/Decisions/0025), a program of its own
/// with limits on time and memory: a page that it can't cope with ends it, not us.
///
/// - Parameters:
///   - html: the page; it names nothing outside of itself.
///   - descriptor: an empty file.
///   - path: the file's path, beside which the page lies meanwhile, without a name.
/// - Throws: ``PDFError``, `FileError`.
public func renderPDF(_ html: String, into descriptor: Int32, at path: String) throws {
  let page = try UnnamedFile(beside: path)
  try write(html, to: page.fileDescriptor, path)
  guard lseek(page.fileDescriptor, 0, SEEK_SET) == 0 else {
    throw FileError.failed(.read, path: path, errno: errno)
  }
  guard let renderer = pathOfProgram("weasyprint") else { throw PDFError.noRenderer }
  let process = try startRenderer(renderer, input: page.fileDescriptor, output: descriptor)
  guard try wait(for: process) == 0 else { throw PDFError.failed }
  var start = [UInt8](repeating: 0, count: 5)
  guard pread(descriptor, &start, start.count, 0) == start.count, start == Array("%PDF-".utf8)
  else {
    throw PDFError.failed
  }
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

private func write(_ text: String, to descriptor: Int32, _ path: String) throws {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { throw FileError.failed(.write, path: path, errno: errno) }
    rest = rest.dropFirst(count)
  }
}

private func startRenderer(_ renderer: String, input: Int32, output: Int32) throws -> pid_t {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_adddup2(&actions, input, 0)
  posix_spawn_file_actions_adddup2(&actions, output, 1)
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  // Threads of this program block signals, and a child would inherit that: it couldn't be stopped.
  var none = sigset_t()
  sigemptyset(&none)
  posix_spawnattr_setsigmask(&attributes, &none)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
  let words = [
    "prlimit", "--cpu=\(maximumSeconds)", "--as=\(maximumMemory)", "--fsize=\(maximumOutput)",
    "--core=0", "--", renderer, "--quiet", "--encoding", "utf-8", "--pdf-variant", "pdf/ua-1", "-",
    "-",
  ]
  var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
  defer { for argument in arguments { free(argument) } }
  arguments.append(nil)
  var process: pid_t = 0
  let code = posix_spawn(&process, launcher, &actions, &attributes, arguments, environ)
  guard code == 0 else { throw FileError.failed(.open, path: launcher, errno: code) }
  return process
}

/// Where a program is, by `PATH`.
private func pathOfProgram(_ name: String) -> String? {
  let folders = getenv("PATH").map { String(cString: $0) } ?? ""
  return folders.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
}

/// The exit code; a signal counts as failure.
private func wait(for process: pid_t) throws -> Int32 {
  var status: Int32 = 0
  for _ in 0..<(Int(maximumSeconds) * 20) {
    let ended = waitpid(process, &status, WNOHANG)
    if ended == process { return status & 0x7f == 0 ? (status >> 8) & 0xff : 1 }
    guard ended == 0 || errno == EINTR else { return 1 }
    usleep(50_000)
  }
  kill(process, SIGKILL)
  while waitpid(process, &status, 0) < 0, errno == EINTR {}
  throw PDFError.tookTooLong
}

/// Sets the limits and becomes the renderer; a part of util-linux, which every Debian has.
private let launcher = "/usr/bin/prlimit"
/// A log of a thousand places takes about ten seconds; one of many thousands is for a spreadsheet.
private let maximumSeconds: UInt = 300
/// Python, fonts, and the boxes of some ten thousand rows.
private let maximumMemory: UInt = 4 << 30
/// A page has about 20 KiB.
private let maximumOutput: UInt = 1 << 30
