import Age
import Crypto
import Testing

@Suite struct StreamTests {
  /// Of a file that goes through encryption and decryption, little is anywhere between at any time.
  ///
  /// What is counted is bytes that went in and did not come out yet; the memory of the process would
  /// tell of the tests beside this one.
  @Test(arguments: zip([64 << 20, 16 << 20], [false, true]))
  func bigStreamsAreNeverHeld(size: Int, armor: Bool) throws {
    let identity = Identity.generateX25519()
    let pipeline = try Pipeline(to: identity.recipient, size: size, armor: armor)
    var decrypted = SHA256()
    var released = 0
    var most = 0
    try decrypt(identities: [identity], read: pipeline.read) {
      most = max(most, pipeline.made - released)
      decrypted.update(bufferPointer: $0)
      released += $0.count
    }
    #expect(released == size)
    #expect(Array(decrypted.finalize()) == Array(pipeline.plain.finalize()))
    // A megabyte on each side, and the pieces in hand.
    #expect(most < 5 << 19)
  }
}

/// An encryptor that makes its own plaintext, and is read from like a file.
private final class Pipeline {
  private(set) var plain = SHA256()
  private var encryptor: Encryptor?
  private var remaining: Int
  /// The plaintext bytes that were made.
  private(set) var made = 0
  private var block = [UInt8](repeating: 7, count: 100_000)
  private var ready: [UInt8] = []

  init(to recipient: Recipient, size: Int, armor: Bool) throws {
    encryptor = try Encryptor(recipients: [recipient], armor: armor)
    remaining = size
  }

  func read(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while ready.isEmpty, try advance() {}
    let count = min(buffer.count, ready.count)
    buffer.copyBytes(from: ready[..<count])
    ready.removeFirst(count)
    return count
  }

  /// Encrypts one more block, or finishes; false when there is nothing more to do.
  private func advance() throws -> Bool {
    guard remaining > 0 else {
      guard let last = encryptor.take() else { return false }
      try last.finish { ready += $0 }
      return true
    }
    let count = min(block.count, remaining)
    remaining -= count
    made += count
    block[0] &+= 1
    try block.withUnsafeBytes {
      let part = UnsafeRawBufferPointer(rebasing: $0[..<count])
      plain.update(bufferPointer: part)
      try encryptor?.update(part) { ready += $0 }
    }
    return true
  }
}
