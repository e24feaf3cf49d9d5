import Age

/// age files, opened with a key that everyone has, and the texts of keys.
let ageTargets = [
  Target("age", longest: 8192, seeds: ageSeeds) { bytes in
    let output = Output()
    let most = bytes.count % 2 == 0 ? 5 : Int.max
    let opening = try decrypt(
      identities: identities, read: reader(bytes, most: most), write: output.write)
    expect(opening.stanza < opening.stanzaTypes.count, "a stanza opens that isn't there")
    expect(output.bytes.count < bytes.count, "a plaintext is longer than its file")
  },
  Target("identity", longest: 4096, seeds: identitySeeds) { bytes in
    for identity in (try? IdentityFile.parse(bytes)) ?? [] {
      let again = certain("an identity is read and can't be written") {
        try IdentityFile.parse(Array(IdentityFile.text(identity, created: 0).utf8))
      }
      expect(again.map(\.serialized) == [identity.serialized], "an identity is another one")
    }
    guard let text = text(bytes) else { return }
    if let identity = try? Identity(parsing: text) {
      expect(identity.serialized == text, "an identity has another text")
    }
    let recipient = try Recipient(parsing: text)
    expect(recipient.string == text, "a recipient has another text")
  },
]

/// A key of this folder's own, made at the first run and kept, so that a crash can be repeated; and
/// the X25519 keys that other people's vectors name in their first lines.
private let identities = certain("no identity can be made or read") {
  var texts = [try Vectors.ownIdentity { Identity.generateX25519().serialized }]
  for file in Vectors.files("age") {
    let head = String(decoding: file.prefix(1024), as: UTF8.self)
    texts += head.split(separator: "\n").compactMap { line in
      line.hasPrefix("identity: ") ? String(line.dropFirst("identity: ".count)) : nil
    }
  }
  let unique = Set(texts).compactMap { try? Identity(parsing: $0) }
  return unique.filter { $0.recipient.kind == .x25519 }.sorted {
    $0.recipient.string < $1.recipient.string
  }
}

private func ageSeeds() throws -> [[UInt8]] {
  var seeds: [[UInt8]] = []
  for (text, armor) in [("", false), ("evidence", false), ("evidence", true)] {
    let output = Output()
    try encrypt(
      recipients: identities.map(\.recipient), armor: armor, read: reader(Array(text.utf8)),
      write: output.write)
    seeds.append(output.bytes)
  }
  // A vector is lines about itself, an empty one, then the file.
  return seeds
    + Vectors.files("age").compactMap { file in
      let end = file.indices.dropLast().first { file[$0] == 10 && file[$0 + 1] == 10 }
      return end.map { Array(file[($0 + 2)...]) }
    }
}

private func identitySeeds() throws -> [[UInt8]] {
  let hybrid = try Identity.generateHybrid()
  return (identities + [hybrid]).flatMap { identity in
    [IdentityFile.text(identity, created: 0), identity.serialized, identity.recipient.string].map {
      Array($0.utf8)
    }
  }
}
