import DurableFiles
import Glibc
import Merkle
import NIOCore
import Redaction
import Synchronization

/// An upload in quarantine: the bytes on the disk, and the digest of those before the offset.
final class PartFile: Sendable {
  let turn: UploadTurn
  private let path: String
  private let descriptor: Int32
  private let progress: Mutex<Progress>

  private struct Progress {
    var offset: UInt64
    var digest: Digest256
  }

  /// Opens the file of a transfer to go on at its stored offset.
  init(_ path: String, _ row: TransferRow, _ turn: UploadTurn) throws {
    self.path = path
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
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw FileError.failed(.open, path: path, errno: errno) }
  }

  deinit { close(descriptor) }

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

  /// Waits until the disk has every byte; returns how many there are and the digest's state.
  func sync() throws -> (offset: UInt64, state: [UInt8]) {
    try turn.whileMine {
      guard fdatasync(descriptor) == 0 else {
        throw FileError.failed(.sync, path: path, errno: errno)
      }
      return progress.withLock { ($0.offset, $0.digest.savedState) }
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
      if count > 0 {
        done += count
      } else if count == 0 || errno != EINTR {
        let code = count == 0 ? ENOSPC : errno
        if code == ENOSPC || code == EDQUOT {
          throw PeerAnswer(.init(code: 507, reasonPhrase: "Insufficient Storage"), "DISK")
        }
        throw FileError.failed(.write, path: path, errno: code)
      }
    }
  }
}
