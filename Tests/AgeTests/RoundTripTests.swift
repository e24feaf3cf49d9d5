import Age
import Testing

@Suite struct RoundTripTests {
  private let x25519 = Identity.generateX25519()

  /// Sizes around each boundary: armor line, chunk, two chunks.
  @Test(arguments: [
    0, 1, 15, 16, 47, 48, 49, 65_519, 65_520, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073,
    200_000,
  ])
  func everySizeComesBack(size: Int) throws {
    for armor in [false, true] {
      for piece in [1009, Int.max] {
        let file = try encrypted(sample(size), for: [x25519.recipient], armor: armor, piece: piece)
        let decryption = try Decryption(of: file, identities: [x25519], piece: piece)
        #expect(decryption.error == nil)
        #expect(decryption.released == sample(size))
        if !armor {
          let chunks = max(1, (size + 65_535) / 65_536)
          #expect(file.count == 184 + size + 16 * chunks)
        }
      }
    }
  }

  @Test func everyRecipientOpensTheFile() throws {
    for make in [Identity.generateX25519, { try Identity.generateHybrid() }] {
      let identities = try (0..<4).map { _ in try make() }
      let file = try encrypted(sample(100), for: identities.map(\.recipient))
      for (index, identity) in identities.enumerated() {
        let stranger = Identity.generateX25519()
        let decryption = try Decryption(of: file, identities: [stranger, identity])
        #expect(decryption.released == sample(100))
        #expect(decryption.opening?.stanza == index)
        #expect(decryption.opening?.identity == 1)
        let type = identity.recipient.kind.rawValue
        #expect(decryption.opening?.stanzaTypes == [String](repeating: type, count: 4))
      }
    }
  }

  @Test func passphraseOpensTheFile() throws {
    let passphrase = try Passphrase("correct horse")
    let file = try encrypted(sample(100), under: passphrase, workFactor: 4, armor: true)
    let opened = try Decryption(of: file, identities: [x25519], passphrase: passphrase)
    #expect(opened.released == sample(100))
    #expect(opened.opening == Opening(stanza: 0, identity: nil, stanzaTypes: ["scrypt"]))
    #expect(try Decryption(of: file, passphrase: Passphrase("wrong")).error == .noMatch)
    #expect(try Decryption(of: file, identities: [x25519]).error == .noMatch)
  }

  @Test func strangersDoNotMatch() throws {
    let file = try encrypted(sample(100), for: [x25519.recipient])
    #expect(try Decryption(of: file).error == .noMatch)
    let strangers = [Identity.generateX25519(), try .generateHybrid()]
    #expect(try Decryption(of: file, identities: strangers).error == .noMatch)
  }

  @Test func hybridAndX25519NeverShareAFile() throws {
    let hybrid = try Identity.generateHybrid()
    #expect(throws: AgeError.mixedRecipients) {
      try encrypted([], for: [x25519.recipient, hybrid.recipient])
    }
    #expect(throws: AgeError.mixedRecipients) {
      try encrypted([], for: [hybrid.recipient, hybrid.recipient, x25519.recipient])
    }
  }

  @Test func callersMistakesAreNamed() throws {
    #expect(throws: AgeError.noRecipients) { try encrypted([], for: []) }
    let many = [Recipient](repeating: x25519.recipient, count: AgeLimits.maximumStanzas + 1)
    #expect(throws: AgeError.tooMany(.recipients, limit: 512)) { try encrypted([], for: many) }
    let identities = [Identity](repeating: x25519, count: AgeLimits.maximumIdentities + 1)
    #expect(
      try Decryption(of: [], identities: identities).error == .tooMany(.identities, limit: 64))
    let passphrase = try Passphrase("x")
    for factor in [-1, 0, 23, Int.max] {
      #expect(throws: AgeError.workFactorOutOfRange(limit: 22)) {
        try encrypted([], under: passphrase, workFactor: factor)
      }
    }
    #expect(throws: AgeError.emptyPassphrase) { try Passphrase("") }
  }

  /// The largest header that we write is one that we read.
  @Test func asManyRecipientsAsAllowed() throws {
    let identity = try Identity.generateHybrid()
    let many = [Recipient](repeating: identity.recipient, count: AgeLimits.maximumStanzas)
    let file = try encrypted(sample(3), for: many, armor: true)
    #expect(try Decryption(of: file, identities: [identity]).released == sample(3))
  }

  /// Pushing byte by byte gives the same chunks as pulling the whole.
  @Test func pushedInPieces() throws {
    for size in [0, 1, 65_536, 65_537, 140_000] {
      for piece in [7, 65_536, 65_537, 1 << 20] {
        let file = try pushed(sample(size), piece: piece)
        let decryption = try Decryption(of: file, identities: [x25519])
        #expect(decryption.error == nil)
        #expect(decryption.released == sample(size))
      }
    }
  }

  private func pushed(_ bytes: [UInt8], piece: Int) throws -> [UInt8] {
    var file: [UInt8] = []
    var encryptor = try Encryptor(recipients: [x25519.recipient], armor: true)
    for start in stride(from: 0, to: bytes.count, by: piece) {
      let part = Array(bytes[start..<min(bytes.count, start + piece)])
      try part.withUnsafeBytes { try encryptor.update($0) { file += $0 } }
    }
    try encryptor.finish { file += $0 }
    return file
  }

  @Test func failingClosuresEndTheWork() throws {
    struct DiskFull: Error {}
    let file = try encrypted(sample(200_000), for: [x25519.recipient])
    let source = Source(file)
    var decryptor = try Decryptor(identities: [x25519], read: source.read)
    #expect(throws: DiskFull.self) { _ = try decryptor.next { _ in throw DiskFull() } }
    #expect(throws: AgeError.payloadFailure(chunk: 0)) { _ = try decryptor.next { _ in } }
    #expect(throws: DiskFull.self) {
      try encrypt(
        recipients: [x25519.recipient], read: { _ in throw DiskFull() }, write: { _ in })
    }
  }
}
