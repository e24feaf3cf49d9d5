import Age
import AuditLog
import CAdES
import Foundation
import Glibc

/// A private key as it lies on the disk.
///
/// Encrypted, it has a form that other programs open: PKCS #8 with PBES2 (`openssl pkey`) where it is
/// PEM, else an age file under a passphrase (`age -d`). See Docs/Decisions/0053.
struct KeyFile {
  /// How the key is kept.
  enum Form { case plain, encryptedPEM, encryptedAge }

  let name: String
  private(set) var bytes: [UInt8]

  init(_ bytes: [UInt8], name: String) {
    self.bytes = bytes
    self.name = name
  }

  var form: Form {
    if bytes.starts(with: "-----BEGIN ENCRYPTED PRIVATE KEY-----".utf8) { return .encryptedPEM }
    let isAge =
      bytes.starts(with: "-----BEGIN AGE ENCRYPTED FILE-----".utf8)
      || bytes.starts(with: "age-encryption.org/".utf8)
    return isAge ? .encryptedAge : .plain
  }

  private var isPEM: Bool { bytes.starts(with: "-----BEGIN ".utf8) && form != .encryptedAge }

  /// Overwrites the file's content in memory, for one that was plain only on the way.
  mutating func wipe() { bytes.wipe() }

  /// The key of a certificate.
  func signingKey(_ ring: KeyRing) throws -> SigningKey {
    let text = String(decoding: bytes, as: UTF8.self)
    guard form == .encryptedPEM else { return try SigningKey(pem: text) }
    let passphrase = try ring.passphrase()
    do {
      return try passphrase.lend { phrase throws(CAdESError) in
        try SigningKey(pem: text, passphrase: phrase)
      }
    } catch CAdESError.malformed {
      throw NodeError.wrongPassphrase(name)
    }
  }

  /// Lends the secret text of any other key; the buffer is wiped afterwards.
  func withSecret<Result>(_ ring: KeyRing, _ body: ([UInt8]) throws -> Result) throws -> Result {
    guard form == .encryptedAge else { return try body(bytes) }
    let cost = try scryptWorkFactor(of: bytes) ?? 0
    guard cost <= Self.maximumWorkFactor else {
      throw NodeError.costlyKey(name, workFactor: cost)
    }
    var secret: [UInt8] = []
    // No growth on the way: a buffer that was left behind isn't wiped.
    secret.reserveCapacity(bytes.count)
    defer { secret.wipe() }
    var rest = bytes[...]
    do {
      try decrypt(
        passphrase: ring.passphrase(),
        read: { buffer in
          let piece = rest.prefix(buffer.count)
          buffer.copyBytes(from: piece)
          rest = rest.dropFirst(piece.count)
          return piece.count
        }, write: { secret.append(contentsOf: $0) })
    } catch AgeError.noMatch {
      throw NodeError.wrongPassphrase(name)
    }
    return try body(secret)
  }

  /// The node's key for notes.
  func noteSigner(_ ring: KeyRing) throws -> NoteSigner {
    try withSecret(ring) { secret in
      try NoteSigner(
        secretText: String(decoding: secret.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
  }

  /// The node's age identities.
  func identities(_ ring: KeyRing) throws -> [Identity] {
    try withSecret(ring) { try IdentityFile.parse($0) }
  }

  /// The same key under a passphrase.
  func encrypted(_ ring: KeyRing, under passphrase: Passphrase) throws -> KeyFile {
    if isPEM {
      let key = try signingKey(ring)
      let text = try passphrase.lend { phrase throws(CAdESError) in
        try key.encryptedPEM(passphrase: phrase)
      }
      return KeyFile(Array(text.utf8), name: name)
    }
    var output: [UInt8] = []
    try withSecret(ring) { secret in
      var rest = secret[...]
      try encrypt(
        passphrase: passphrase, workFactor: Self.workFactor, armor: true,
        read: { buffer in
          let piece = rest.prefix(buffer.count)
          buffer.copyBytes(from: piece)
          rest = rest.dropFirst(piece.count)
          return piece.count
        }, write: { output.append(contentsOf: $0) })
    }
    return KeyFile(output, name: name)
  }

  /// The same key without a passphrase.
  func plain(_ ring: KeyRing) throws -> KeyFile {
    if isPEM { return KeyFile(Array(try signingKey(ring).pem.utf8), name: name) }
    return try withSecret(ring) { KeyFile($0, name: name) }
  }

  /// What stands beside an encrypted key, so that nobody is asked for a passphrase to tell it: the
  /// SHA-256 of a certificate's key in base64, a verifier key, or age recipients, one a line.
  func publicText(_ ring: KeyRing) throws -> String {
    if isPEM { return Data(try signingKey(ring).spkiSHA256).base64EncodedString() + "\n" }
    return try withSecret(ring) { secret in
      if secret.starts(with: "PRIVATE+KEY+".utf8) {
        let line = String(decoding: secret.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return try NoteSigner(secretText: line).verifierKey.text + "\n"
      }
      return try IdentityFile.parse(secret).map { $0.recipient.string + "\n" }.joined()
    }
  }

  /// 32 MiB and a tenth of a second for each try. More would protect nothing: whoever has these files has
  /// the PEM keys too, and those are the cheaper ones to try (PBKDF2 is all that PBES2 offers everywhere).
  private static let workFactor = 15
  /// 256 MiB and a second: what `age -p` writes, for keys that were encrypted by hand.
  private static let maximumWorkFactor = 18
}

extension [UInt8] {
  /// Overwrites the bytes, in a way that no optimizer leaves out.
  package mutating func wipe() {
    withUnsafeMutableBytes { bytes in
      if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
    }
  }
}
