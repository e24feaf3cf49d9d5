import Crypto
import Foundation

// C2SP age.md, "X25519 recipient stanza", "mlkem768x25519 recipient stanza" and "scrypt recipient
// stanza": the file key to a stanza, and back.

extension Stanza {
  /// Wraps a file key for a recipient.
  init(wrapping fileKey: FileKey, for recipient: Recipient) throws(AgeError) {
    switch recipient.key {
    case .x25519(let key):
      let ephemeral = Curve25519.KeyAgreement.PrivateKey()
      let share = [UInt8](ephemeral.publicKey.rawRepresentation)
      guard let secret = try? ephemeral.sharedSecretFromKeyAgreement(with: key) else {
        throw .invalidRecipient
      }
      let wrappingKey = x25519WrappingKey(secret, share: share, recipient: key)
      self = .x25519(share: share, body: try fileKey.sealed(with: wrappingKey))
    case .hybrid(let key):
      do {
        var sender = try HPKE.Sender(recipientKey: key, ciphersuite: hybridSuite, info: hybridInfo)
        let body = try fileKey.key.withUnsafeBytes { try sender.seal(Data($0)) }
        self = .hybrid(encapsulatedKey: Array(sender.encapsulatedKey), body: Array(body))
      } catch {
        throw .invalidRecipient
      }
    }
  }

  /// Wraps a file key under a passphrase.
  init(wrapping fileKey: FileKey, under passphrase: Passphrase, workFactor: Int) throws(AgeError) {
    guard 1...AgeLimits.maximumWorkFactor ~= workFactor else {
      throw .workFactorOutOfRange(limit: AgeLimits.maximumWorkFactor)
    }
    let salt = randomBytes(Self.saltByteCount)
    let wrappingKey = try passphrase.wrappingKey(salt: salt, workFactor: workFactor)
    let body = try fileKey.sealed(with: wrappingKey)
    self = .scrypt(salt: salt, workFactor: workFactor, body: body)
  }

  /// Unwraps the file key with an identity; nil when the stanza is for somebody else.
  func unwrap(with identity: Identity) -> FileKey? {
    switch (self, identity.key) {
    case (.x25519(let share, let body), .x25519(let key)):
      guard let point = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: share),
        let secret = try? key.sharedSecretFromKeyAgreement(with: point)
      else { return nil }
      let wrappingKey = x25519WrappingKey(secret, share: share, recipient: key.publicKey)
      return FileKey(opening: body, with: wrappingKey)
    case (.hybrid(let encapsulatedKey, let body), .hybrid(let key)):
      return openHybrid(encapsulatedKey: encapsulatedKey, body: body, with: key)
    default:
      return nil
    }
  }

  /// Unwraps the file key with a passphrase; nil when it's another one, or another kind of stanza.
  func unwrap(with passphrase: Passphrase) throws(AgeError) -> FileKey? {
    guard case .scrypt(let salt, let workFactor, let body) = self else { return nil }
    let wrappingKey = try passphrase.wrappingKey(salt: salt, workFactor: workFactor)
    return FileKey(opening: body, with: wrappingKey)
  }
}

private func x25519WrappingKey(
  _ secret: SharedSecret, share: [UInt8], recipient: Curve25519.KeyAgreement.PublicKey
) -> SymmetricKey {
  secret.hkdfDerivedSymmetricKey(
    using: SHA256.self, salt: share + Array(recipient.rawRepresentation),
    sharedInfo: Array("age-encryption.org/v1/X25519".utf8), outputByteCount: 32)
}

private func openHybrid(
  encapsulatedKey: [UInt8], body: [UInt8], with key: XWingMLKEM768X25519.PrivateKey
) -> FileKey? {
  guard
    var receiver = try? HPKE.Recipient(
      privateKey: key, ciphersuite: hybridSuite, info: hybridInfo,
      encapsulatedKey: Data(encapsulatedKey)),
    var opened = try? receiver.open(Data(body))
  else { return nil }
  defer { opened.resetBytes(in: opened.startIndex..<opened.endIndex) }
  return FileKey(SymmetricKey(data: opened))
}

private let hybridSuite = HPKE.Ciphersuite(
  kem: .XWingMLKEM768X25519, kdf: .HKDF_SHA256, aead: .chaChaPoly)
private let hybridInfo = Data("age-encryption.org/mlkem768x25519".utf8)
