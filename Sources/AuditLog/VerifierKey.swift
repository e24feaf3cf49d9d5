import Crypto
import Merkle

/// What a key signs, by the type byte of C2SP signed-note.
public enum SignatureKind: UInt8, Hashable, Sendable {
  /// Ed25519 over the note's text: a log signs its checkpoints.
  case ed25519 = 1
  /// `cosignature/v1`: a witness signs a time and a checkpoint.
  case cosignature = 4
}

/// The public key that verifies the signatures of one name, C2SP signed-note.
///
/// Its text is `<name>+<hex key id>+<base64 of the kind and the key>`; there is one spelling.
public struct VerifierKey: Hashable, Sendable {
  /// The name on the signature line.
  public let name: String
  /// What the key signs.
  public let kind: SignatureKind
  /// The 32 bytes of the Ed25519 key, RFC 8032.
  public let publicKey: [UInt8]
  /// The first four bytes of SHA-256 over the name, a newline, the kind and the key.
  public let keyID: UInt32

  /// The key that `text` spells.
  public init(_ text: String) throws(AuditLogError) {
    guard text.utf8.count <= Self.maximumTextBytes else { throw .malformedKey }
    let parts = text.utf8.split(
      separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let name = String(parts[0]), let bytes = Base64.decode(parts[2]),
      let first = bytes.first, let kind = SignatureKind(rawValue: first)
    else { throw .malformedKey }
    try self.init(name: name, kind: kind, publicKey: Array(bytes.dropFirst()))
    guard parts[1].elementsEqual(hexadecimal(keyID).utf8) else { throw .malformedKey }
  }

  init(name: String, kind: SignatureKind, publicKey: [UInt8]) throws(AuditLogError) {
    guard isKeyName(name), publicKey.count == Self.publicKeyBytes,
      (try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey)) != nil
    else { throw .malformedKey }
    self.name = name
    self.kind = kind
    self.publicKey = publicKey
    let named = Array(name.utf8) + [0x0A, kind.rawValue] + publicKey
    keyID = Hash(digestOf: named).bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// The spelling that ``init(_:)`` reads.
  public var text: String {
    "\(name)+\(hexadecimal(keyID))+\(Base64.encode([kind.rawValue] + publicKey))"
  }

  /// Whether `signature` is by the Ed25519 key over `message`.
  func isValid(_ signature: some Collection<UInt8>, over message: [UInt8]) -> Bool {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else {
      return false
    }
    return key.isValidSignature(Array(signature), for: message)
  }

  static let publicKeyBytes = 32
  /// A name is a short URL, and the rest has 60 characters.
  private static let maximumTextBytes = 1024

  /// Whether both keys have the same name, byte for byte, kind and key.
  public static func == (a: VerifierKey, b: VerifierKey) -> Bool {
    a.name.utf8.elementsEqual(b.name.utf8) && a.kind == b.kind && a.publicKey == b.publicKey
  }
}

/// Whether a key may have this name: not empty, without spaces of any kind, `+` and controls.
func isKeyName(_ name: String) -> Bool {
  !name.isEmpty
    && name.unicodeScalars.allSatisfy {
      !$0.properties.isWhitespace && $0 != "+" && $0.value >= 0x20 && $0.value != 0x7F
    }
}

func hexadecimal(_ value: UInt32) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 8 - digits.count) + digits
}

func hexadecimal(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  text.reserveCapacity(2 * bytes.count)
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}
