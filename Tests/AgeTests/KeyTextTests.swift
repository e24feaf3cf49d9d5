import Age
import Testing

@Suite struct KeyTextTests {
  /// The example of C2SP `age.md`: both texts of the key of 32 bytes 0x42. The secret one is made
  /// here, by a second implementation, since no private key belongs in a repository.
  private let secret = bech32("AGE-SECRET-KEY-", [UInt8](repeating: 0x42, count: 32)).uppercased()
  private let shared = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"

  @Test func publishedExampleAgrees() throws {
    let identity = try Identity(parsing: secret)
    #expect(identity.recipient.string == shared)
    #expect(identity.serialized == secret)
    #expect(try Recipient(parsing: shared) == identity.recipient)
  }

  @Test func textsAreCanonicalBothWays() throws {
    for identity in [Identity.generateX25519(), try .generateHybrid()] {
      let again = try Identity(parsing: identity.serialized)
      #expect(again.serialized == identity.serialized)
      #expect(try Recipient(parsing: identity.recipient.string) == again.recipient)
      #expect("\(identity.recipient)" == identity.recipient.string)
    }
    #expect(try Identity.generateHybrid().recipient.string.hasPrefix("age1pq1"))
    #expect(try Identity.generateHybrid().serialized.hasPrefix("AGE-SECRET-KEY-PQ-1"))
  }

  @Test func anyOtherTextIsRefused() throws {
    let hybrid = try Identity.generateHybrid().recipient.string
    var texts = [
      "", "age", "age1", "age1pq1", " " + shared, shared + "\n", shared.uppercased(),
      shared.replacing("z", with: "Z"), shared + "q", String(shared.dropLast()), "b" + shared,
      secret, hybrid.uppercased(), String(hybrid.dropLast()), shared.replacing("1", with: "1pq1"),
    ]
    for index in shared.indices {
      let other = shared[index] == "q" ? "p" : "q"
      texts.append(shared.replacingCharacters(at: index, with: other))
    }
    for text in texts {
      #expect(throws: AgeError.invalidRecipient) { try Recipient(parsing: text) }
    }
    for text in [
      secret.lowercased(), secret + "Q", shared, "", secret.replacing("A", with: "a"),
      secret + "\r",
      secret.replacing("KEY-1", with: "KEY-PQ-1"),
    ] {
      #expect(throws: AgeError.invalidIdentity(line: 1)) { try Identity(parsing: text) }
    }
  }

  /// Valid texts of the points of low order (u = 0, 1, two of order 8, p - 1, p and p + 1), with
  /// which everybody shares the same secret. Made by a second implementation.
  @Test(arguments: [
    "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z",
    "age1qyqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqj7vrya",
    "age1ur4h5lpmgxu2u9jku0a0r87ydtdqnr0tnsetrlvxvgz3vh6fhqqqzyt4v9",
    "age1t7wft09r2zxzfvwsk92eeql0tvzyghxytqwgapkcyf8dm5ylz9ts6wm9s8",
    "age1anlllllllllllllllllllllllllllllllllllllllllllllllals4n2t7m",
    "age1ahlllllllllllllllllllllllllllllllllllllllllllllllalsn46ayy",
    "age1amlllllllllllllllllllllllllllllllllllllllllllllllalselrwrv",
  ])
  func lowOrderRecipientIsRefused(text: String) {
    #expect(throws: AgeError.invalidRecipient) { try Recipient(parsing: text) }
  }

  @Test func identityFilesAreThoseOfAgeKeygen() throws {
    let identity = try Identity(parsing: secret)
    let text = IdentityFile.text(identity, created: 1_767_225_600)
    #expect(
      text == "# created: 2026-01-01T00:00:00Z\n# public key: \(shared)\n\(secret)\n")
    let other = try Identity.generateHybrid()
    let file = "\r\n#\n\n" + text.replacing("\n", with: "\r\n") + "\n" + other.serialized
    #expect(try IdentityFile.parse(file.utf8).map(\.serialized) == [secret, other.serialized])
  }

  @Test func malformedIdentityFilesAreRefused() throws {
    #expect(throws: AgeError.noRecipients) { try IdentityFile.parse("# nothing\n".utf8) }
    #expect(throws: AgeError.invalidIdentity(line: 3)) {
      try IdentityFile.parse("# a\n\(secret)\n \(secret)\n".utf8)
    }
    #expect(throws: AgeError.invalidIdentity(line: 1)) { try IdentityFile.parse([0xff, 0xfe]) }
    let many = [String](repeating: secret, count: 65).joined(separator: "\n")
    #expect(throws: AgeError.tooMany(.identities, limit: 64)) { try IdentityFile.parse(many.utf8) }
    let long = [UInt8](repeating: UInt8(ascii: "\n"), count: 1 << 20 + 1)
    #expect(throws: AgeError.tooMany(.identityFileBytes, limit: 1 << 20)) {
      try IdentityFile.parse(long)
    }
  }

  @Test func secretsDoNotPrint() throws {
    let identity = try Identity(parsing: secret)
    let passphrase = try Passphrase("hunter2 hunter2")
    var output = "\(identity) \(passphrase) \(String(reflecting: [identity])) \([passphrase])"
    dump(identity, to: &output)
    dump(passphrase, to: &output)
    #expect(!output.contains("SECRET"))
    #expect(!output.contains("hunter2"))
    #expect(output.contains(shared))
  }
}

extension String {
  fileprivate func replacingCharacters(at index: Index, with other: String) -> String {
    self[..<index] + other + self[self.index(after: index)...]
  }
}

/// Bech32 after BIP 173, straight from its text: a checksum bit by bit, five bits a letter.
private func bech32(_ prefix: String, _ data: [UInt8]) -> String {
  let prefix = prefix.lowercased()
  let bits = data.flatMap { byte in (0..<8).reversed().map { Int(byte >> $0) & 1 } }
  let padded = bits + [Int](repeating: 0, count: (5 - bits.count % 5) % 5)
  let values = stride(from: 0, to: padded.count, by: 5).map { start in
    padded[start..<start + 5].reduce(0) { $0 * 2 + $1 }
  }
  let expanded = prefix.utf8.map { Int($0 >> 5) } + [0] + prefix.utf8.map { Int($0 & 31) }
  let generators = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
  // In steps with types: as one expression it takes the compiler too long on a busy machine.
  var sum = 1
  for value: Int in expanded + values + [Int](repeating: 0, count: 6) {
    let top: Int = sum >> 25
    sum = (sum & 0x1ff_ffff) << 5 ^ value
    for bit in 0..<5 where top >> bit & 1 == 1 { sum ^= generators[bit] }
  }
  sum ^= 1
  let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l")
  let checksum = (0..<6).map { sum >> (5 * (5 - $0)) & 31 }
  return prefix + "1" + String((values + checksum).map { alphabet[$0] })
}
