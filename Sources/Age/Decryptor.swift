/// Decrypts a file chunk by chunk; ``decrypt(identities:passphrase:encoding:read:write:)`` in steps.
///
///     init: armor? → header → a stanza opens → HMAC → nonce ──▶ next … next ──▶ complete
///
/// Reads ahead by a megabyte at most, whatever the size of the file. The file is whole when ``next(write:)`` has
/// returned false, and not before.
public struct Decryptor: ~Copyable {
  /// Which identity opened which stanza.
  public let opening: Opening

  private enum State { case open, complete, failed }

  private let source: ByteSource
  private let slots: CipherSlots
  private var state = State.open
  /// The chunk that is released next, and the one that is read next.
  private var chunk: UInt64 = 0
  private var nextRead: UInt64 = 0
  /// The byte that told that the chunk read last isn't the file's last: the next one's first.
  private var carried: UInt8?
  /// Why nothing more can be read: the file has ended, or an error that comes after what was read.
  private var end: Result<Void, any Error>?

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
    slots = try CipherSlots(PayloadCipher(key: fileKey.payloadKey(nonce: nonce)), opening: true)
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
    readAhead()
    guard slots.handedOver > 0 else {
      try end?.get()
      throw AgeError.payloadFailure(chunk: chunk)
    }
    let slot = slots.takeBack()
    if slot.isDone {
      try release(slot, write: write)
      guard !slot.isLast else {
        state = .complete
        return false
      }
      chunk += 1
      state = .open
      return true
    }
    // A full chunk that says it is the last, with something behind it: the chunk is authentic, and
    // is released as the reference implementation does; the file is not.
    if !slot.isLast, slots.openAsLast(slot) { try release(slot, write: write) }
    throw AgeError.payloadFailure(chunk: chunk)
  }

  /// Gives chunks to the cipher as long as it has room and the file goes on.
  private mutating func readAhead() {
    while end == nil, slots.hasRoom {
      do {
        try readChunk()
      } catch {
        // What came before is authentic, or isn't: that is found out first.
        end = .failure(error)
      }
    }
  }

  private mutating func readChunk() throws {
    let slot = slots.current
    var held = 0
    if let carried {
      slot.input[0] = carried
      held = 1
    }
    held += try source.read(into: UnsafeMutableRawBufferPointer(rebasing: slot.input[held...]))
    let isFollowed = held > CipherSlot.sealedByteCount
    let count = isFollowed ? CipherSlot.sealedByteCount : held
    let tag = PayloadCipher.tagByteCount
    // Only an empty file has an empty chunk: one plaintext, one ciphertext length.
    guard count > tag || (count == tag && nextRead == 0) else {
      throw AgeError.payloadFailure(chunk: nextRead)
    }
    carried = isFollowed ? slot.input[CipherSlot.sealedByteCount] : nil
    (slot.count, slot.chunk, slot.isLast) = (count, nextRead, !isFollowed)
    slots.handOver(isAlone: nextRead == 0 && !isFollowed)
    nextRead += 1
    if !isFollowed { end = .success(()) }
  }

  private func release(
    _ slot: CipherSlot, write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    if !slot.output.isEmpty { try write(slot.output) }
  }

  static func source(
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
