import Glibc

/// Namespaces for a decoder, made by bubblewrap: no network, no process but its own, and of the file
/// system what programs, libraries and fonts need, for reading only (Docs/Decisions/0063).
///
/// All of it goes with the decoder's first process, however that ends.
package enum DecoderSandbox: Hashable, Sendable {
  /// The program at this path makes them.
  case bubblewrap(String)
  /// bubblewrap isn't installed.
  case notInstalled
  /// It is, and the kernel gives this user no namespaces, as in many containers.
  case refused

  /// What there is here, tried out.
  package static func find() -> DecoderSandbox {
    guard let program = DecoderPrograms.path(of: "bwrap") else { return .notInstalled }
    let sandbox = DecoderSandbox.bubblewrap(program)
    let empty = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer { close(empty) }
    guard let words = sandbox.words(),
      (try? runDecoder(words + ["/usr/bin/true"], input: empty) { _ in }) != nil
    else { return .refused }
    return sandbox
  }

  /// What stands before a program and its arguments; nil where there are no namespaces.
  package func words() -> [String]? {
    guard case .bubblewrap(let program) = self else { return nil }
    return [program] + Self.namespaces + Self.files + Self.sealed + ["--"]
  }

  /// The same for a program that has to write files: into memory, which goes with it.
  ///
  /// - Parameters:
  ///   - bytes: how much it may write altogether.
  ///   - processes: how many processes and threads it may have. The kernel doesn't ask root.
  package func words(writing bytes: UInt64, processes: Int) -> [String]? {
    guard case .bubblewrap(let program) = self else { return nil }
    let memory: [String] = [
      "--size", String(bytes), "--tmpfs", Self.folder, "--chdir", Self.folder, "--setenv", "HOME",
      Self.folder,
    ]
    let launcher = ["--", DecoderPrograms.launcher, "--nproc=\(processes)", "--"]
    return [program] + Self.namespaces + Self.files + memory + Self.sealed + launcher
  }

  /// The only folder that can be written to, and only where ``words(writing:processes:)`` says so.
  static let folder = "/tmp"
  /// Network, processes, users, names and semaphores of its own, no rights in any of them; killed with
  /// whoever started it; no terminal to type into.
  private static let namespaces = [
    "--unshare-all", "--cap-drop", "ALL", "--die-with-parent", "--new-session",
  ]
  /// No home, no evidence, no keys: `/usr`, what names libraries and fonts, `/dev` with the null
  /// device and its like, and its own `/proc`, without which LibreOffice doesn't start.
  private static let files: [String] = [
    "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib",
    "--symlink", "usr/lib64", "/lib64", "--ro-bind-try", "/etc/alternatives", "/etc/alternatives",
    "--ro-bind-try", "/etc/fonts", "/etc/fonts", "--ro-bind-try", "/etc/ld.so.cache",
    "/etc/ld.so.cache", "--ro-bind-try", "/etc/libreoffice", "/etc/libreoffice", "--ro-bind-try",
    "/var/cache/fontconfig", "/var/cache/fontconfig", "--dev", "/dev", "--proc", "/proc",
  ]
  /// What bubblewrap itself made in memory, once everything is there: nothing is written to it.
  private static let sealed = ["--remount-ro", "/dev", "--remount-ro", "/"]
}
