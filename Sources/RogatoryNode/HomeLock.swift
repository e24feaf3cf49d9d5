import DurableFiles
import Glibc

/// Held by the one program that serves from a home, or changes all its keys.
public struct HomeLock: ~Copyable {
  private let descriptor: Int32

  /// Takes the lock of a home; it ends with the value, and with the process whatever happens to it.
  ///
  /// - Throws: ``NodeError/nodeRuns`` where another program has it.
  public init(_ home: NodeHome) throws {
    let path = home.file("serve.lock")
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError.failed(.open, path: path, errno: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let failure = errno
      close(descriptor)
      guard failure == EWOULDBLOCK else {
        throw FileError.failed(.open, path: path, errno: failure)
      }
      throw NodeError.nodeRuns
    }
  }

  /// Called where it isn't needed any more: a value may end after its last use, not only with its scope.
  public borrowing func keep() {}

  deinit { close(descriptor) }

  /// Whether somebody has it now.
  static func isHeld(_ home: NodeHome) -> Bool {
    do {
      _ = try HomeLock(home)
      return false
    } catch { return (error as? NodeError) == .nodeRuns }
  }
}
