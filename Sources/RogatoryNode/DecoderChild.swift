// Other people's decoders, run where a hostile file can do least: Docs/Decisions/0017. A child
// gets the file as its standard input and gives its output through a pipe. It can't open more
// files than a program needs to start, write files, gain rights, use more memory or time than the
// limits below, or outlive them. `DecoderChildTests` shows each limit.

import DurableFiles
import Glibc

/// What a decoder may use.
package struct DecoderLimits: Hashable, Sendable {
  /// Address space. The largest picture that we take, twice, in three bytes a pixel, and libraries.
  package var addressSpaceBytes: UInt64 = 2 << 30
  /// Processor time. A page or picture within the other limits takes a few seconds.
  package var cpuSeconds: UInt64 = 60
  /// Time on the clock, for a child that waits instead of working.
  package var wallSeconds: UInt64 = 120
  /// What it may give: 200 megapixels of three samples of 16 bits, and some text.
  package var outputBytes: UInt64 = 6 * PixmapHeader.maximumPixels + 1024
  /// The longest file that it may write: its output is a pipe, so none.
  package var fileBytes: UInt64 = 0
  /// Open files: three, the libraries while they are loaded, and what fontconfig opens.
  package var openFiles = 64

  /// The limits above.
  package init() {}
}

/// Why a decoder gave nothing to be used.
package enum DecoderFault: Error, Hashable, Sendable {
  /// It can't be started.
  case notStarted(errno: Int32)
  /// It refused the file, or was ended by a limit of the system: exit status or signal.
  case failed(status: Int32)
  /// It was ended after the time on the clock that it may take.
  case tooSlow
  /// It gave more than it may.
  case tooMuchOutput
  /// It gave something else than it should.
  case malformedOutput
  /// The picture has more pixels than ``PixmapHeader/maximumPixels``, or too long a side.
  case tooLarge
}

/// Runs a decoder over an open file and hands on what it gives, in order, in pieces.
///
/// - Parameters:
///   - words: the program, by its whole path, and its arguments.
///   - input: a regular file, open for reading; the child has a file offset of its own only if the
///     descriptor isn't shared, so it is set to the beginning first.
///   - mergingErrors: whether what it says on its standard error is a part of its output.
///   - body: what it throws ends the child.
/// - Throws: ``DecoderFault``, where the child didn't end by itself with status 0; what `body`
///   throws.
package func runDecoder(
  _ words: [String], input: Int32, limits: DecoderLimits = DecoderLimits(),
  mergingErrors: Bool = false, _ body: (UnsafeRawBufferPointer) throws -> Void
) throws {
  guard lseek(input, 0, SEEK_SET) == 0 else { throw DecoderFault.notStarted(errno: errno) }
  let child = try DecoderChild(
    launcher(limits) + words, input: input, mergingErrors: mergingErrors)
  do {
    try child.forEachPiece(limits, body)
  } catch {
    child.kill()
    throw error
  }
  let status = child.wait(until: monotonicNanoseconds() + 1_000_000_000)
  guard status == 0 else { throw DecoderFault.failed(status: status) }
}

/// The program that sets the limits and becomes the decoder.
private func launcher(_ limits: DecoderLimits) -> [String] {
  var words = [
    DecoderPrograms.launcher, "--as=\(limits.addressSpaceBytes)", "--cpu=\(limits.cpuSeconds)",
    "--fsize=\(limits.fileBytes)", "--nofile=\(limits.openFiles)", "--core=0", "--",
  ]
  if let withoutRights = DecoderPrograms.path(of: "setpriv") {
    words += [withoutRights, "--no-new-privs", "--"]
  }
  return words
}

/// One child with a pipe from its output.
private final class DecoderChild {
  private let process: pid_t
  private let output: Int32
  private var isRunning = true

  init(_ words: [String], input: Int32, mergingErrors: Bool) throws(DecoderFault) {
    var pipe: [Int32] = [-1, -1]
    guard Glibc.pipe(&pipe) == 0 else { throw .notStarted(errno: errno) }
    output = pipe[0]
    for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(pipe[1]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
    // What a decoder says about a hostile file is of no use to a person.
    if mergingErrors {
      posix_spawn_file_actions_adddup2(&actions, pipe[1], 2)
    } else {
      posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    }
    for descriptor in Self.openDescriptors where descriptor > 2 {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    var environment: [UnsafeMutablePointer<CChar>?] = Self.environment.map { strdup($0) }
    environment.append(nil)
    defer { for text in arguments + environment { free(text) } }
    var started: pid_t = 0
    let code = posix_spawn(&started, words[0], &actions, &attributes, arguments, environment)
    guard code == 0 else {
      close(output)
      throw .notStarted(errno: code)
    }
    process = started
  }

  deinit {
    kill()
    close(output)
  }

  /// Reads until the child closes its end.
  func forEachPiece(
    _ limits: DecoderLimits, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let deadline = monotonicNanoseconds() + limits.wallSeconds * 1_000_000_000
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
    defer { buffer.deallocate() }
    var total: UInt64 = 0
    while try waitForOutput(until: deadline) {
      let count = read(output, buffer.baseAddress, buffer.count)
      if count == 0 { return }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw DecoderFault.notStarted(errno: errno)
      }
      total += UInt64(count)
      guard total <= limits.outputBytes else { throw DecoderFault.tooMuchOutput }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  private func waitForOutput(until deadline: UInt64) throws(DecoderFault) -> Bool {
    while true {
      let now = monotonicNanoseconds()
      guard now < deadline else { throw .tooSlow }
      var poll = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      let wait = Int32(clamping: (deadline - now) / 1_000_000 + 1)
      let ready = Glibc.poll(&poll, 1, wait)
      if ready > 0 { return true }
      guard ready == 0 || errno == EINTR else { throw .notStarted(errno: errno) }
    }
  }

  /// Waits for its end and returns its exit status; a signal counts as 128 and its number. After
  /// `deadline` it is killed.
  func wait(until deadline: UInt64) -> Int32 {
    var status: Int32 = 0
    while isRunning {
      let ended = waitpid(process, &status, WNOHANG)
      if ended == process || ended < 0 && errno != EINTR { break }
      if monotonicNanoseconds() >= deadline {
        kill()
        return 128 + SIGKILL
      }
      // It has closed its output: what is left to it takes a moment at most.
      usleep(1000)
    }
    isRunning = false
    // Children of its own, if it made any, end with it.
    Glibc.kill(-process, SIGKILL)
    return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
  }

  /// Ends it with all of its group, and waits.
  func kill() {
    guard isRunning else { return }
    isRunning = false
    Glibc.kill(-process, SIGKILL)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
  }

  /// What is open now; closing what another thread has closed meanwhile does nothing.
  private static var openDescriptors: [Int32] {
    ((try? listFiles("/proc/self/fd")) ?? []).compactMap { Int32($0) }
  }

  private static let environment = ["LC_ALL=C", "PATH=/usr/bin:/bin", "HOME=/nonexistent"]
}

private func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
