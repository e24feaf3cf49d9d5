import Foundation

/// The limits of a script.
enum ScriptLimits {
  /// The longest that a program may run: the slowest honest one, a demonstration of three nodes
  /// on a busy machine, takes a quarter of it.
  static let programSeconds = 120.0
  /// The longest that `await` waits for a line of a program in the background.
  static let awaitSeconds = 60.0
  /// The longest that a program may take to end after SIGTERM.
  static let stopSeconds = 30.0
  /// As much of an output as a script can look at; more is a failure, not a silent cut.
  static let outputBytes = 64 << 20
}

/// What a program printed, and how it ended.
struct ProgramOutput {
  var status: Int32 = 0
  var signal: Int32?
  var outBytes = Data()
  var errBytes = Data()

  var out: String { String(decoding: outBytes, as: UTF8.self) }
  var err: String { String(decoding: errBytes, as: UTF8.self) }
}

/// A program that was started, with its output in two files.
final class RunningProgram {
  private let process = Process()
  private let ended = DispatchSemaphore(value: 0)
  private let files: [URL]

  /// Starts a program.
  ///
  /// - Parameter output: The beginning of the paths of the two files that take its output.
  init(
    _ url: URL, arguments: [String], folder: URL, environment: [String: String], output: URL
  ) throws {
    files = [output.appendingPathExtension("out"), output.appendingPathExtension("err")]
    for file in files { try Data().write(to: file) }
    process.executableURL = url
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    let handles = try files.map(FileHandle.init(forWritingTo:))
    (process.standardOutput, process.standardError) = (handles[0], handles[1])
    let ended = ended
    process.terminationHandler = { _ in ended.signal() }
    // Worker threads block signals, a child inherits that, and then SIGTERM would not reach it.
    var none = sigset_t()
    var mask = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &mask)
    defer { pthread_sigmask(SIG_SETMASK, &mask, nil) }
    do {
      try process.run()
    } catch {
      throw ScriptRun.Reason(text: "\(url.path) cannot be run: \(error)")
    }
    for handle in handles { try handle.close() }
  }

  /// What was printed so far; the status only where the program has ended.
  func output() throws -> ProgramOutput {
    var result = ProgramOutput()
    if !process.isRunning {
      result.status = process.terminationStatus
      if process.terminationReason == .uncaughtSignal { result.signal = result.status }
    }
    let data = try files.map { file in
      let handle = try FileHandle(forReadingFrom: file)
      defer { try? handle.close() }
      return try handle.read(upToCount: ScriptLimits.outputBytes + 1) ?? Data()
    }
    guard data.allSatisfy({ $0.count <= ScriptLimits.outputBytes }) else {
      throw ScriptRun.Reason(text: "more output than \(ScriptLimits.outputBytes) bytes")
    }
    (result.outBytes, result.errBytes) = (data[0], data[1])
    return result
  }

  /// Waits for the end; a program that takes longer is killed, and that is a failure.
  func wait(seconds: Double) throws -> ProgramOutput {
    if ended.wait(timeout: .now() + seconds) == .timedOut {
      kill(process.processIdentifier, SIGKILL)
      ended.wait()
      throw ScriptRun.Reason(text: "not finished after \(seconds) seconds")
    }
    ended.signal()
    return try output()
  }

  /// Waits until either output holds what is wanted; false where the program ends without it.
  func wait(until holds: (String) -> Bool) throws -> Bool {
    let deadline = Date(timeIntervalSinceNow: ScriptLimits.awaitSeconds)
    while Date() < deadline {
      let running = process.isRunning
      let output = try output()
      if holds(output.out) || holds(output.err) { return true }
      if !running { return false }
      Thread.sleep(forTimeInterval: 0.02)
    }
    return false
  }

  /// Sends a signal, and waits for the end.
  func stop(signal: Int32) throws -> ProgramOutput {
    if process.isRunning { kill(process.processIdentifier, signal) }
    return try wait(seconds: ScriptLimits.stopSeconds)
  }
}

/// A TCP port of 127.0.0.1 that nobody listened on a moment ago.
func freePort() throws -> UInt16 {
  #if canImport(Darwin)
    let descriptor = socket(AF_INET, SOCK_STREAM, 0)
  #else
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  #endif
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let found = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
    }
  }
  guard found else { throw ScriptRun.Reason(text: "no free port") }
  return UInt16(bigEndian: address.sin_port)
}
