import DurableFiles
public import Evidence
import Glibc

/// The labels of one case, kept in the home: `pseudonyms/<digest of the case>.txt`, mode 0600.
///
/// Whoever holds it holds its lock: two redactions at the same time would give one label to two
/// people. Labels are stored before the copy that shows them gets its name. A crash in between
/// leaves labels that nobody has seen, which harms nothing; the other order could give one away
/// twice.
public final class PseudonymFile {
  /// The labels as they were when the file was opened; none yet in a new one.
  public let pseudonyms: Pseudonyms
  private let path: String
  private let lock: Int32

  fileprivate init(_ path: String, lock: Int32) throws {
    self.path = path
    self.lock = lock
    guard let kept = try Self.kept(path) else {
      pseudonyms = Pseudonyms(key: randomKey())
      return
    }
    let mode = try facts(ofFile: path).mode & 0o777
    guard mode & 0o077 == 0 else {
      throw NodeError.openKey(path, mode: String(mode, radix: 8))
    }
    guard let labels = try? Pseudonyms(parsing: kept) else { throw NodeError.malformed(path) }
    pseudonyms = labels
  }

  /// The bytes of the file; nil where there is none yet.
  private static func kept(_ path: String) throws -> [UInt8]? {
    do {
      return try readSmallFile(path, limit: Pseudonyms.maximumByteCount)
    } catch {
      if error.isNotFound { return nil }
      throw error
    }
  }

  deinit { close(lock) }

  /// Stores labels; when it returns, the disk has them.
  public func store(_ pseudonyms: Pseudonyms) throws {
    let file = try AtomicFile(at: path, mode: 0o600)
    try file.write(pseudonyms.bytes)
    try file.commit(replacing: true)
  }
}

extension NodeHome {
  /// Opens the labels of a case, and waits while another program has them.
  ///
  /// - Parameter reference: the case's reference, as terms name it.
  public func pseudonyms(ofCase reference: String) throws -> PseudonymFile {
    let folder = file("pseudonyms")
    try ensureDirectory(folder)
    let lockPath = "\(folder)/lock"
    let lock = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw FileError.failed(.open, path: lockPath, errno: errno) }
    while flock(lock, LOCK_EX) != 0 {
      guard errno == EINTR else {
        let error = errno
        close(lock)
        throw FileError.failed(.open, path: lockPath, errno: error)
      }
    }
    return try PseudonymFile("\(folder)/\(Pseudonyms.fileName(ofCase: reference))", lock: lock)
  }
}

private func randomKey() -> [UInt8] {
  var generator = SystemRandomNumberGenerator()
  return (0..<Pseudonyms.keyByteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
}
