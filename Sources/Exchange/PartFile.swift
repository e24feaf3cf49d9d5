import DurableFiles
import Glibc
import Merkle
import NIOCore
import Redaction
import Synchronization

/// What has come of a transfer: the bytes on the disk, and the digest of those before the offset.
final class PartFile: Sendable {
  let turn: IntakeTurn
  private let lock: PartLock
  private let progress: Mutex<Progress>

  private struct Progress {
    var offset: UInt64
    var digest: Digest256
  }

  /// Goes on at the stored offset of a transfer.
  init(_ lock: PartLock, _ row: TransferRow, _ turn: IntakeTurn) throws {
    self.lock = lock
    self.turn = turn
    let offset = row.state.offset
    var digest = Digest256()
    if offset > 0 {
      guard let saved = row.digestState.flatMap({ Digest256(savedState: $0) }),
        saved.byteCount == offset
      else { throw ExchangeError.malformed("digest_state") }
      digest = saved
    }
    progress = Mutex(Progress(offset: offset, digest: digest))
  }

  /// How many bytes there are.
  var offset: UInt64 { progress.withLock { $0.offset } }

  /// The digest of everything so far.
  var digest: Hash { progress.withLock { $0.digest.hash } }

  /// Writes and hashes the next bytes, unless another request has taken the turn. Blocks.
  func append(_ buffers: [ByteBuffer]) throws {
    try turn.whileMine {
      try progress.withLock { progress in
        for buffer in buffers {
          try buffer.withUnsafeReadableBytes { bytes in
            try write(bytes, at: progress.offset)
            progress.digest.update(bytes)
            progress.offset += UInt64(bytes.count)
          }
        }
      }
    }
  }

  /// Waits until the disk has every byte that was written before; returns how many those are, and the
  /// digest's state at their end. More may be written meanwhile.
  func sync() throws -> (offset: UInt64, state: [UInt8]) {
    let written = try turn.whileMine {
      progress.withLock { ($0.offset, $0.digest.savedState) }
    }
    guard fdatasync(lock.descriptor) == 0 else {
      throw FileError.failed(.sync, path: lock.path, errno: errno)
    }
    return written
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = pwrite(lock.descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
      if count > 0 {
        done += count
      } else if count == 0 || errno != EINTR {
        let code = count == 0 ? ENOSPC : errno
        if code == ENOSPC || code == EDQUOT {
          throw PeerAnswer.disk
        }
        throw FileError.failed(.write, path: lock.path, errno: code)
      }
    }
  }
}

/// The open file of a transfer that comes in, held by one program at a time: `serve` and a person who
/// fetches by hand may want the same. The system takes the lock back when a program ends.
final class PartLock: Sendable {
  let path: String
  let descriptor: Int32

  /// - Throws: ``ExchangeError/busy(_:)`` where another program holds it.
  init(_ path: String, _ id: TransferID, creating: Bool) throws {
    self.path = path
    descriptor = open(
      path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (creating ? O_CREAT : 0), 0o600)
    guard descriptor >= 0 else { throw FileError.failed(.open, path: path, errno: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw ExchangeError.busy(id.text)
    }
  }

  deinit { close(descriptor) }

  func release() { flock(descriptor, LOCK_UN) }
}
