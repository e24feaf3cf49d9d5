/// Encrypts a file that is pushed in piece by piece; ``encrypt(recipients:armor:read:write:)`` in
/// steps.
///
/// Holds a megabyte at most, whatever the size of the file. A file that isn't finished doesn't
/// decrypt.
public struct Encryptor: ~Copyable {
  private let slots: CipherSlots
  private var armor: ArmorWriter?

  /// The header and the nonce, until they are written.
  private var start: [UInt8]

  /// How much of the current slot is filled.
  private var held = 0
  private var chunk: UInt64 = 0

  /// Starts a file for all `recipients`, which are X25519 or hybrid, never both.
  ///
  /// - Throws: ``AgeError/noRecipients``, ``AgeError/mixedRecipients`` or
  ///   ``AgeError/tooMany(_:limit:)``.
  public init(recipients: [Recipient], armor: Bool = false) throws(AgeError) {
    guard let first = recipients.first else { throw .noRecipients }
    guard recipients.allSatisfy({ $0.kind == first.kind }) else { throw .mixedRecipients }
    guard recipients.count <= AgeLimits.maximumStanzas else {
      throw .tooMany(.recipients, limit: AgeLimits.maximumStanzas)
    }
    let fileKey = FileKey()
    var stanzas: [Stanza] = []
    for recipient in recipients {
      stanzas.append(try Stanza(wrapping: fileKey, for: recipient))
    }
    try self.init(fileKey: fileKey, stanzas: stanzas, armor: armor)
  }

  /// Starts a file under a passphrase.
  ///
  /// - Parameter workFactor: Base-2 logarithm of scrypt's cost, 1 to
  ///   ``AgeLimits/maximumWorkFactor``.
  /// - Throws: ``AgeError/workFactorOutOfRange(limit:)``.
  public init(
    passphrase: Passphrase, workFactor: Int = AgeLimits.defaultWorkFactor, armor: Bool = false
  ) throws(AgeError) {
    let fileKey = FileKey()
    let stanza = try Stanza(wrapping: fileKey, under: passphrase, workFactor: workFactor)
    try self.init(fileKey: fileKey, stanzas: [stanza], armor: armor)
  }

  private init(fileKey: FileKey, stanzas: [Stanza], armor: Bool) throws(AgeError) {
    let nonce = randomBytes(16)
    slots = try CipherSlots(PayloadCipher(key: fileKey.payloadKey(nonce: nonce)), opening: false)
    start = Header.serialize(stanzas, fileKey: fileKey) + nonce
    self.armor = armor ? ArmorWriter() : nil
  }

  /// Encrypts `bytes`, of any size, and writes the chunks that they complete.
  public mutating func update(
    _ bytes: UnsafeRawBufferPointer, write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let space = freeSpace
      let part = rest.prefix(space.count)
      space.copyMemory(from: UnsafeRawBufferPointer(rebasing: part))
      rest = rest.dropFirst(part.count)
      try hold(part.count, write: write)
    }
  }

  /// Encrypts what one call of `read` gives, without a copy; false at the end.
  mutating func update(
    reading read: (UnsafeMutableRawBufferPointer) throws -> Int,
    write: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool {
    let space = freeSpace
    let count = try read(space)
    precondition(0...space.count ~= count, "Encryptor: the caller's closure counts its own bytes")
    try hold(count, write: write)
    return count > 0
  }

  /// Writes the last chunk and the end of the armor.
  public consuming func finish(write: (UnsafeRawBufferPointer) throws -> Void) throws {
    handOver(count: held, isLast: true)
    while slots.handedOver > 0 { try writeOldest(write: write) }
    try armor?.finish(write: write)
  }

  /// Never empty: the buffer takes one byte more than a chunk, because a full chunk may be the
  /// last one, and only the byte behind it tells.
  private var freeSpace: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(
      rebasing: slots.current.input[held...PayloadCipher.chunkByteCount])
  }

  private mutating func hold(
    _ count: Int, write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    held += count
    guard held > PayloadCipher.chunkByteCount else { return }
    let next = slots.current.input[PayloadCipher.chunkByteCount]
    handOver(count: PayloadCipher.chunkByteCount, isLast: false)
    if !slots.hasRoom { try writeOldest(write: write) }
    slots.current.input[0] = next
    held = 1
  }

  private mutating func handOver(count: Int, isLast: Bool) {
    let slot = slots.current
    (slot.count, slot.chunk, slot.isLast) = (count, chunk, isLast)
    slots.handOver(isAlone: chunk == 0 && isLast)
    chunk += 1
  }

  private mutating func writeOldest(write: (UnsafeRawBufferPointer) throws -> Void) throws {
    let slot = slots.takeBack()
    guard slot.isDone else { throw AgeError.cryptographyFailed }
    if !start.isEmpty {
      try start.withUnsafeBytes { try emit($0, write: write) }
      start = []
    }
    try emit(slot.output, write: write)
  }

  private mutating func emit(
    _ bytes: UnsafeRawBufferPointer, write: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    guard armor != nil else { return try write(bytes) }
    try armor?.update(bytes, write: write)
  }
}
