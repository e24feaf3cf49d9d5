import DurableFiles
import Glibc

/// A program started by this one, its output in files of a folder: a full pipe can't stop it.
final class ChildProgram {
  let process: pid_t
  private let outputPath: String
  private let errorPath: String

  /// Starts a program with arguments (its name not among them).
  init(_ program: String, _ arguments: [String], output: String, error: String) throws {
    outputPath = output
    errorPath = error
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, error, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Threads of this program block signals, and a child would inherit that: it couldn't be stopped.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGINT)
    sigaddset(&defaults, SIGTERM)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    words.append(nil)
    var started: pid_t = 0
    let code = posix_spawnp(&started, program, &actions, &attributes, words, environ)
    guard code == 0 else { throw FileError.failed(.open, path: program, errno: code) }
    process = started
  }

  /// Waits for its end and returns its exit code; a signal counts as 128 and its number.
  func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
  }

  /// Asks it to end, and waits.
  func stop() -> Int32 {
    kill(process, SIGTERM)
    return wait()
  }

  /// What it wrote to stdout so far.
  var output: String { text(outputPath) }
  /// What it wrote to stderr so far.
  var error: String { text(errorPath) }

  private func text(_ path: String) -> String {
    (try? readSmallFile(path, limit: 64 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}

/// Three ports of the loopback that were free a moment ago.
func freePorts(_ count: Int) -> [Int] {
  var sockets: [Int32] = []
  defer { for socket in sockets { close(socket) } }
  return (0..<count).map { _ in
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    sockets.append(descriptor)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, length)
        getsockname(descriptor, $0, &length)
      }
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
