/// Decrypts a file chunk by chunk; ``decrypt(identities:passphrase:encoding:read:write:)`` in steps.
///
///     init: armor? → header → a stanza opens → HMAC → nonce ──▶ next … next ──▶ complete
///
/// Holds one chunk, whatever the size of the file. The file is whole when ``next(write:)`` has
/// returned false, and not before.
public struct Decryptor: ~Copyable {
  /// Which identity opened which stanza.
  public let opening: Opening

  private enum State { case open, complete, failed }

  private let source: ByteSource
  private let cipher: PayloadCipher
  private var state = State.open
  private var chunk: UInt64 = 0

  /// A sealed chunk and the byte behind it, which tells that the chunk isn't the last.
  private let sealed = SecretBuffer(byteCount: Self.sealedByteCount + 1)
  private var held = 0

  private let plain = SecretBuffer(byteCount: PayloadCipher.chunkByteCount)

  /// Reads the header and opens it.
  ///
  /// - Parameters:
  ///   - identities: Tried in order on each X25519 or hybrid stanza.
  ///   - passphrase: Tried on a scrypt stanza.
  ///   - encoding: Whether the file is armored; by default it says so itself.
  ///   - read: Fills the buffer with up to its size in bytes; 0 means the end.
  /// - Throws: ``AgeError``, or what `read` throws.
  public init(
    identities: [Identity] = [], passphrase: Passphrase? = nil, encoding: Encoding = .automatic,
    read: @escaping (UnsafeMutableRawBufferPointer) throws -> Int
  ) throws {
    guard identities.count <= AgeLimits.maximumIdentities else {
      throw AgeError.tooMany(.identities, limit: AgeLimits.maximumIdentities)
    }
    let source = try Self.source(reading: read, encoding: encoding)
    let header = try Header(parsing: source)
    let (fileKey, opening) = try header.open(identities: identities, passphrase: passphrase)
    guard fileKey.isMAC(header.mac, of: header.authenticated) else { throw AgeError.macFailure }

    let nonceOffset = source.offset
    let nonce = try Array(source.peek(Self.nonceByteCount))
    guard nonce.count == Self.nonceByteCount else {
      throw AgeError.headerFailure(offset: nonceOffset, .truncated)
    }
    source.skip(nonce.count)
    cipher = try PayloadCipher(key: fileKey.payloadKey(nonce: nonce))
    self.source = source
    self.opening = opening
  }

  /// Authenticates the next chunk, and only then writes it.
  ///
  /// - Returns: Whether more chunks follow. False means that the file is complete, to its last byte.
  /// - Throws: ``AgeError/payloadFailure(chunk:)``, ``AgeError/armorFailure(line:)``, or what `read`
  ///   and `write` throw. Nothing more can be read then.
  public mutating func next(write: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
    switch state {
    case .open: break
    case .complete: return false
    case .failed: throw AgeError.payloadFailure(chunk: chunk)
    }
    state = .failed
    held += try source.read(into: UnsafeMutableRawBufferPointer(rebasing: sealed.bytes[held...]))
    let isFollowed = held > Self.sealedByteCount
    let count = isFollowed ? Self.sealedByteCount : held
    // Only an empty file has an empty chunk: one plaintext, one ciphertext length.
    guard count > PayloadCipher.tagByteCount || (count == PayloadCipher.tagByteCount && chunk == 0)
    else { throw AgeError.payloadFailure(chunk: chunk) }

    if try release(count, isLast: !isFollowed, write: write) {
      guard isFollowed else {
        state = .complete
        return false
      }
      sealed.bytes[0] = sealed.bytes[Self.sealedByteCount]
      held = 1
      chunk += 1
      state = .open
      return true
    }
    // A full chunk that says it is the last, with something behind it: the chunk is authentic, and
    // is released as the reference implementation does; the file is not.
    if isFollowed { _ = try release(count, isLast: true, write: write) }
    throw AgeError.payloadFailure(chunk: chunk)
  }

  /// Writes the chunk if it's authentic.
  private func release(
    _ count: Int, isLast: Bool, write: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool {
    let input = UnsafeRawBufferPointer(rebasing: sealed.bytes[..<count])
    guard cipher.open(input, into: plain.bytes, chunk: chunk, isLast: isLast) else { return false }
    if count > PayloadCipher.tagByteCount {
      let output = plain.bytes[..<(count - PayloadCipher.tagByteCount)]
      try write(UnsafeRawBufferPointer(rebasing: output))
    }
    return true
  }

  private static func source(
    reading read: @escaping (UnsafeMutableRawBufferPointer) throws -> Int, encoding: Encoding
  ) throws -> ByteSource {
    let source = ByteSource(read)
    let isArmored =
      switch encoding {
      case .binary: false
      case .armored: true
      case .automatic: try ArmorReader.isNext(in: source)
      }
    return isArmored ? ByteSource(try ArmorReader(source).read) : source
  }

  private static let sealedByteCount = PayloadCipher.chunkByteCount + PayloadCipher.tagByteCount
  private static let nonceByteCount = 16
}

extension Header {
  /// Tries the identities and the passphrase on the stanzas.
  fileprivate func open(
    identities: [Identity], passphrase: Passphrase?
  ) throws(AgeError) -> (FileKey, Opening) {
    let types = stanzas.map(\.type)
    for (index, stanza) in stanzas.enumerated() {
      for (number, identity) in identities.enumerated() {
        if let fileKey = stanza.unwrap(with: identity) {
          return (fileKey, Opening(stanza: index, identity: number, stanzaTypes: types))
        }
      }
      if let passphrase, let fileKey = try stanza.unwrap(with: passphrase) {
        return (fileKey, Opening(stanza: index, identity: nil, stanzaTypes: types))
      }
    }
    throw .noMatch
  }
}
