import Synchronization

/// The plaintext of an age file that can be read at any offset.
///
/// Every chunk but the last has the same length, so a part is decrypted without what lies before it.
/// No byte of a chunk is given out before the chunk was authenticated. That the file ends where it
/// should was checked when this value was made: its last chunk says that it is the last. Chunks
/// that nobody reads stay unchecked.
///
/// Files with ASCII armor can't be read so.
public final class PayloadReader: Sendable {
  /// Reads up to a buffer's size from an offset, and returns how many bytes; 0 at the end only.
  public typealias ReadAt = @Sendable (UnsafeMutableRawBufferPointer, UInt64) throws -> Int

  /// Which identity opened which stanza.
  public let opening: Opening
  /// The plaintext's bytes.
  public let byteCount: UInt64

  private let chunks: ChunkMemory
  private let turn = Mutex(())

  /// Reads the header and opens it, and makes sure that the file is complete.
  ///
  /// - Parameters:
  ///   - size: the file's bytes.
  ///   - identities: Tried in order on each X25519 or hybrid stanza.
  ///   - passphrase: Tried on a scrypt stanza.
  /// - Throws: ``AgeError``, ``AgeError/armored`` among them, or what `readAt` throws.
  public init(
    size: UInt64, identities: [Identity] = [], passphrase: Passphrase? = nil,
    readingAt readAt: @escaping ReadAt
  ) throws {
    var position: UInt64 = 0
    let source = ByteSource { buffer in
      let count = try readAt(buffer, position)
      position += UInt64(count)
      return count
    }
    guard try !ArmorReader.isNext(in: source) else { throw AgeError.armored }
    let (cipher, opening) = try Decryptor.open(
      source, identities: identities, passphrase: passphrase)
    self.opening = opening
    let start = UInt64(source.offset)
    let memory = try ChunkMemory(cipher: cipher, start: start, size: size, readAt: readAt)
    try memory.load(memory.count - 1)
    byteCount = memory.byteCount
    chunks = memory
  }

  /// Fills the buffer from an offset of the plaintext, and returns how many bytes; 0 at the end only.
  ///
  /// - Throws: ``AgeError/payloadFailure(chunk:)``, or what the reader of the file throws.
  public func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws -> Int {
    try turn.withLock { _ in
      var done = 0
      while done < buffer.count, offset + UInt64(done) < byteCount {
        let place = offset + UInt64(done)
        let plain = try chunks.load(place / UInt64(PayloadCipher.chunkByteCount))
        let part = plain[Int(place % UInt64(PayloadCipher.chunkByteCount))...]
          .prefix(buffer.count - done)
        UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: part))
        done += part.count
      }
      return done
    }
  }
}

/// Where the chunks are, and the one that was decrypted last.
///
/// Unchecked, since the compiler can't see the turns: after it was made, whoever has the reader's turn
/// uses it alone.
private final class ChunkMemory: @unchecked Sendable {
  let count: UInt64
  let byteCount: UInt64

  private let cipher: PayloadCipher
  private let start: UInt64
  private let lastSealedCount: Int
  private let readAt: PayloadReader.ReadAt
  private let sealed = SecretBuffer(byteCount: CipherSlot.sealedByteCount)
  private let plain = SecretBuffer(byteCount: PayloadCipher.chunkByteCount)
  private var loaded: UInt64?

  init(
    cipher: PayloadCipher, start: UInt64, size: UInt64, readAt: @escaping PayloadReader.ReadAt
  ) throws(AgeError) {
    let (full, tag) = (UInt64(CipherSlot.sealedByteCount), UInt64(PayloadCipher.tagByteCount))
    guard size >= start, size - start >= tag else { throw .payloadFailure(chunk: 0) }
    let sealedCount = size - start
    count = (sealedCount + full - 1) / full
    let last = sealedCount - (count - 1) * full
    // Only an empty file has an empty chunk: one plaintext, one ciphertext length.
    guard last > tag || count == 1 else { throw .payloadFailure(chunk: count - 1) }
    byteCount = sealedCount - count * tag
    lastSealedCount = Int(last)
    self.cipher = cipher
    self.start = start
    self.readAt = readAt
  }

  /// The plaintext of a chunk, authenticated.
  @discardableResult
  func load(_ chunk: UInt64) throws -> UnsafeRawBufferPointer {
    let isLast = chunk == count - 1
    let sealedCount = isLast ? lastSealedCount : CipherSlot.sealedByteCount
    let plainCount = sealedCount - PayloadCipher.tagByteCount
    if loaded != chunk {
      loaded = nil
      let bytes = UnsafeMutableRawBufferPointer(rebasing: sealed.bytes[..<sealedCount])
      try fill(bytes, at: start + chunk * UInt64(CipherSlot.sealedByteCount), chunk)
      guard
        cipher.open(
          UnsafeRawBufferPointer(bytes), into: plain.bytes, chunk: chunk, isLast: isLast)
      else { throw AgeError.payloadFailure(chunk: chunk) }
      loaded = chunk
    }
    return UnsafeRawBufferPointer(rebasing: plain.bytes[..<plainCount])
  }

  private func fill(
    _ bytes: UnsafeMutableRawBufferPointer, at offset: UInt64, _ chunk: UInt64
  ) throws {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
      let count = try readAt(rest, offset + UInt64(done))
      // A file that became shorter since its size was taken.
      guard (1...rest.count).contains(count) else { throw AgeError.payloadFailure(chunk: chunk) }
      done += count
    }
  }
}
