import DurableFiles
import Glibc

/// The right to work on a transfer that goes out, for one program at a time. The system takes it
/// back when the program ends, however it ends.
final class OutboxLock: Sendable {
  private let file: FileReader

  init(_ path: String, _ id: TransferID) throws {
    file = try FileReader(at: path)
    guard flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw ExchangeError.busy(id.text)
    }
  }

  /// The same for a transfer whose file may be gone: nil then, as nobody can work on it.
  static func ifPresent(_ path: String, _ id: TransferID) throws -> OutboxLock? {
    do {
      return try OutboxLock(path, id)
    } catch let error as FileError {
      guard error.isNotFound else { throw error }
      return nil
    }
  }

  func release() { flock(file.fileDescriptor, LOCK_UN) }
}
