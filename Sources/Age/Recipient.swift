import Crypto

/// A public key that files are encrypted to.
///
/// Construction is the only check: the share isn't of low order, the ML-KEM key is valid, and the
/// text is canonical.
public struct Recipient: Sendable, CustomStringConvertible {
  /// The two native kinds.
  public enum Kind: String, Hashable, Sendable {
    /// `age1…`, the elliptic curve alone, for peers that have no other.
    case x25519 = "X25519"
    /// `age1pq1…`, X-Wing: ML-KEM-768 and X25519 together, against recordings of today.
    case hybrid = "mlkem768x25519"
  }

  /// The public key, for the one operation there is.
  enum Key {
    case x25519(Curve25519.KeyAgreement.PublicKey)
    case hybrid(XWingMLKEM768X25519.PublicKey)
  }

  let key: Key

  /// The Bech32 text, as the `age` program prints it.
  public let string: String

  /// Which kind of key this is.
  public var kind: Kind {
    switch key {
    case .x25519: .x25519
    case .hybrid: .hybrid
    }
  }

  /// The Bech32 text.
  public var description: String { string }

  /// Parses `age1…` or `age1pq1…`, in lower case and without white space around.
  public init(parsing text: String) throws(AgeError) {
    if let bytes = Bech32.decode(text, prefix: Self.hybridPrefix) {
      guard bytes.count == Self.hybridByteCount, !isLowOrder(bytes.suffix(32)),
        let key = try? XWingMLKEM768X25519.PublicKey(rawRepresentation: bytes),
        // The library looks at the ML-KEM coefficients only when it encapsulates.
        (try? key.encapsulate()) != nil
      else { throw .invalidRecipient }
      self.init(key: .hybrid(key), bytes: bytes)
    } else if let bytes = Bech32.decode(text, prefix: Self.x25519Prefix) {
      guard bytes.count == 32, !isLowOrder(bytes),
        let key = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: bytes)
      else { throw .invalidRecipient }
      self.init(key: .x25519(key), bytes: bytes)
    } else {
      throw .invalidRecipient
    }
  }

  /// Makes the recipient of an identity, whose key needs no check.
  init(key: Key) {
    switch key {
    case .x25519(let key): self.init(key: .x25519(key), bytes: [UInt8](key.rawRepresentation))
    case .hybrid(let key): self.init(key: .hybrid(key), bytes: [UInt8](key.rawRepresentation))
    }
  }

  private init(key: Key, bytes: [UInt8]) {
    self.key = key
    switch key {
    case .x25519: string = Bech32.encode(bytes, prefix: Self.x25519Prefix)
    case .hybrid: string = Bech32.encode(bytes, prefix: Self.hybridPrefix)
    }
  }

  private static let x25519Prefix = "age"
  private static let hybridPrefix = "age1pq"

  /// An ML-KEM-768 encapsulation key and an X25519 share.
  private static let hybridByteCount = 1184 + 32
}

extension Recipient: Hashable {
  /// Two recipients are the same when their texts are.
  public static func == (left: Recipient, right: Recipient) -> Bool { left.string == right.string }

  /// Hashes the text.
  public func hash(into hasher: inout Hasher) { hasher.combine(string) }
}

/// Whether X25519 with this share gives the all-zero secret (RFC 7748, section 6.1).
///
/// swift-crypto doesn't look: it returns that secret like any other. The order of such a point
/// divides 8 and every clamped scalar is a multiple of 8, so any private key shows it.
func isLowOrder(_ share: some Collection<UInt8>) -> Bool {
  guard let point = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: Array(share)),
    let secret = try? Curve25519.KeyAgreement.PrivateKey().sharedSecretFromKeyAgreement(with: point)
  else { return true }
  return secret.withUnsafeBytes { $0.allSatisfy { $0 == 0 } }
}
