import Age
import SeededNumbers
import Testing

@Suite struct HostileFileTests {
  private let identity = Identity.generateX25519()

  /// No bit of a file may change: header, nonce, chunks, tags.
  @Test func everyFlippedBitIsNoticed() throws {
    let file = try encrypted(sample(200), for: [identity.recipient])
    #expect(file.count == 400)
    for bit in 0..<file.count * 8 {
      var broken = file
      broken[bit / 8] ^= 1 << (bit % 8)
      let decryption = try Decryption(of: broken, identities: [identity])
      #expect(decryption.error != nil, "bit \(bit)")
      #expect(decryption.released == [], "bit \(bit)")
    }
  }

  @Test func everyCutIsNoticed() throws {
    for armor in [false, true] {
      let file = try encrypted(sample(200), for: [identity.recipient], armor: armor)
      // An armor is whole without the last line's LF.
      for length in 0..<(armor ? file.count - 1 : file.count) {
        let decryption = try Decryption(of: Array(file[..<length]), identities: [identity])
        #expect(decryption.error != nil, "\(length) bytes")
        #expect(decryption.released == [], "\(length) bytes")
      }
      #expect(try Decryption(of: file + [0], identities: [identity]).error != nil)
    }
  }

  /// Cut at and around each chunk boundary, only whole authentic chunks come out, then an error.
  @Test func cutsOfChunksReleaseOnlyWholeChunks() throws {
    let plain = sample(3 * 65_536)
    let file = try encrypted(plain, for: [identity.recipient])
    let start = file.count - 3 * 65_552
    for length in [0, 1, 65_551, 65_552, 65_553, 131_103, 131_104, 131_105, 196_655] {
      let decryption = try Decryption(of: Array(file[..<(start + length)]), identities: [identity])
      let whole = max(0, length - 1) / 65_552
      #expect(decryption.error == .payloadFailure(chunk: UInt64(whole)))
      #expect(decryption.released == Array(plain[..<(whole * 65_536)]))
    }
  }

  @Test func chunksCannotChangePlaces() throws {
    let file = try encrypted(sample(4 * 65_536), for: [identity.recipient])
    let start = file.count - 4 * 65_552
    let chunks = (0..<4).map { Array(file[(start + $0 * 65_552)..<(start + ($0 + 1) * 65_552)]) }
    for order in [[1, 0, 2, 3], [0, 2, 3], [0, 1, 2, 2, 3], [0, 1, 3], [3], [0, 1, 2, 3, 3]] {
      let moved = Array(file[..<start]) + order.flatMap { chunks[$0] }
      guard case .payloadFailure = try Decryption(of: moved, identities: [identity]).error else {
        Issue.record("order \(order) was accepted")
        continue
      }
    }
  }

  /// Random damage: an error, or for an armor perhaps the same plaintext; never another one.
  @Test(arguments: [false, true])
  func mutationsNeverTrapOrForge(armor: Bool) throws {
    var generator = SplitMix64(seed: armor ? 1 : 2)
    let hybrid = try Identity.generateHybrid()
    let files = [
      try encrypted(sample(300), for: [identity.recipient], armor: armor),
      try encrypted(sample(300), for: [hybrid.recipient], armor: armor),
      try encrypted(sample(300), under: Passphrase("p"), workFactor: 1, armor: armor),
    ]
    for round in 0..<3000 {
      let original = files[round % files.count]
      let broken = mutated(original, using: &generator)
      if broken == original { continue }
      let decryption = try Decryption(of: broken, identities: [identity, hybrid])
      if decryption.error == nil {
        #expect(armor && decryption.released == sample(300))
      } else {
        #expect(decryption.released == [])
      }
    }
  }

  /// Arbitrary texts as keys, identity files and headers.
  @Test func noiseNeverTraps() throws {
    var generator = SplitMix64(seed: 3)
    let hybrid = try Identity.generateHybrid()
    let texts = [
      identity.serialized, hybrid.serialized, identity.recipient.string, hybrid.recipient.string,
      IdentityFile.text(identity, created: 0),
    ].map { Array($0.utf8) }
    for round in 0..<3000 {
      let bytes = mutated(texts[round % texts.count], using: &generator)
      _ = try? IdentityFile.parse(bytes)
      let text = String(decoding: bytes, as: UTF8.self)
      if let recipient = try? Recipient(parsing: text) { #expect(recipient.string == text) }
      if let identity = try? Identity(parsing: text) { #expect(identity.serialized == text) }
    }
  }

  @Test func limitsOfAHeaderHold() throws {
    let version = "age-encryption.org/v1\n"
    let fault = { (text: String) in
      try Decryption(of: Array(text.utf8), identities: [self.identity]).error
    }
    let stanza = "-> grease\n\n"
    let many = version + String(repeating: stanza, count: 513)
    #expect(
      try fault(many) == .headerFailure(offset: 22 + 512 * 11, .tooManyStanzas(limit: 512)))
    let wide = version + "-> " + String(repeating: "a", count: 8190) + "\n"
    #expect(try fault(wide) == .headerFailure(offset: 22, .tooLong(limit: 8192)))
    let endless =
      version + "-> a\n"
      + String(repeating: String(repeating: "A", count: 64) + "\n", count: 20_000)
    guard case .headerFailure(_, .tooLong(limit: 1 << 20)) = try fault(endless) else {
      Issue.record("a header of \(endless.utf8.count) bytes was read")
      return
    }
    #expect(try fault("") == .headerFailure(offset: 0, .version))
    #expect(try fault("  \nage-encryption.org/v1\n") == .headerFailure(offset: 0, .version))
    #expect(try fault(version) == .headerFailure(offset: 22, .truncated))
    #expect(try fault(version + "--- \n") == .headerFailure(offset: 22, .stanzaStart))
    #expect(try fault(version + "-> a  b\n") == .headerFailure(offset: 22, .argument))
    let white = String(repeating: " ", count: 1025) + "-----BEGIN AGE ENCRYPTED FILE-----\n"
    #expect(try fault(white) == .headerFailure(offset: 0, .version))
    #expect(
      try Decryption(of: Array(white.utf8), encoding: .armored).error == .armorFailure(line: 1))
  }

  /// One to three changes of the kinds that parsers stumble over.
  private func mutated(_ bytes: [UInt8], using generator: inout SplitMix64) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      let index = Int.random(in: 0..<max(1, bytes.count), using: &generator)
      if bytes.isEmpty { return bytes }
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1: bytes[index] = UInt8.random(in: 0...255, using: &generator)
      case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
      case 3: bytes.remove(at: index)
      case 4: bytes[index] = Array("\n\r -=>1A".utf8).randomElement(using: &generator) ?? 0
      default:
        let end = min(bytes.count, index + Int.random(in: 1...80, using: &generator))
        if Bool.random(using: &generator) {
          bytes.removeSubrange(index..<end)
        } else {
          bytes.insert(contentsOf: Array(bytes[index..<end]), at: index)
        }
      }
    }
    return bytes
  }
}
