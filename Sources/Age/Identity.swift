import Crypto

/// A private key that opens files. It prints as its recipient; its secret text is ``serialized``.
public struct Identity: Sendable {
  /// The private key, for the one operation there is.
  enum Key: Sendable {
    case x25519(Curve25519.KeyAgreement.PrivateKey)
    case hybrid(XWingMLKEM768X25519.PrivateKey)
  }

  let key: Key

  /// The recipient that files for this identity are encrypted to.
  public let recipient: Recipient

  /// Parses `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`, in upper case.
  public init(parsing text: String) throws(AgeError) {
    if let bytes = Bech32.decode(text, prefix: Self.x25519Prefix) {
      guard bytes.count == 32,
        let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes)
      else { throw .invalidIdentity(line: 1) }
      self.init(.x25519(key))
    } else if let seed = Bech32.decode(text, prefix: Self.hybridPrefix) {
      guard seed.count == 32,
        let key = try? XWingMLKEM768X25519.PrivateKey(seedRepresentation: seed, publicKey: nil)
      else { throw .invalidIdentity(line: 1) }
      self.init(.hybrid(key))
    } else {
      throw .invalidIdentity(line: 1)
    }
  }

  /// Makes a new X25519 identity from the system's randomness.
  public static func generateX25519() -> Identity {
    Identity(.x25519(Curve25519.KeyAgreement.PrivateKey()))
  }

  /// Makes a new hybrid identity from the system's randomness.
  public static func generateHybrid() throws(AgeError) -> Identity {
    guard let key = try? XWingMLKEM768X25519.PrivateKey.generate() else {
      throw .cryptographyFailed
    }
    return Identity(.hybrid(key))
  }

  /// The secret Bech32 text, for identity files only.
  public var serialized: String {
    switch key {
    case .x25519(let key): Bech32.encode(key.rawRepresentation, prefix: Self.x25519Prefix)
    case .hybrid(let key): Bech32.encode(key.seedRepresentation, prefix: Self.hybridPrefix)
    }
  }

  private init(_ key: Key) {
    self.key = key
    switch key {
    case .x25519(let key): recipient = Recipient(key: .x25519(key.publicKey))
    case .hybrid(let key): recipient = Recipient(key: .hybrid(key.publicKey))
    }
  }

  private static let x25519Prefix = "AGE-SECRET-KEY-"
  private static let hybridPrefix = "AGE-SECRET-KEY-PQ-"
}

extension Identity: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Names the recipient, never the secret.
  public var description: String { "Identity(\(recipient))" }

  /// Names the recipient, never the secret.
  public var debugDescription: String { description }

  /// Shows the recipient only, so that `dump` doesn't print the secret either.
  public var customMirror: Mirror { Mirror(self, children: ["recipient": recipient.string]) }
}
