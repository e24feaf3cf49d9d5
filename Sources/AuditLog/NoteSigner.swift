import Crypto
import Merkle
import Synchronization

/// A private key that signs notes under its name. It is a secret: it doesn't print itself.
public struct NoteSigner: Sendable {
  /// The key that verifies what this one signs.
  public let verifierKey: VerifierKey
  private let key: Curve25519.Signing.PrivateKey
  private let recent = RecentNotes()

  /// A fresh key from the system's randomness.
  public static func generate(
    name: String, kind: SignatureKind
  ) throws(AuditLogError) -> NoteSigner {
    try NoteSigner(name: name, kind: kind, key: Curve25519.Signing.PrivateKey())
  }

  /// The key with the given 32-byte seed, RFC 8032.
  public init(name: String, kind: SignatureKind, seed: [UInt8]) throws(AuditLogError) {
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
      throw .malformedKey
    }
    try self.init(name: name, kind: kind, key: key)
  }

  /// The key that `secretText` spells.
  ///
  /// The form is that of Go's `sumdb/note`: `PRIVATE+KEY+<name>+<hex key id>+<base64>`, where the
  /// base64 holds the kind and the seed.
  public init(secretText: String) throws(AuditLogError) {
    guard secretText.hasPrefix(Self.secretPrefix) else { throw .malformedKey }
    let parts = secretText.dropFirst(Self.secretPrefix.count).utf8.split(
      separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let name = String(parts[0]), let bytes = Base64.decode(parts[2]),
      let first = bytes.first, let kind = SignatureKind(rawValue: first)
    else { throw .malformedKey }
    try self.init(name: name, kind: kind, seed: Array(bytes.dropFirst()))
    guard parts[1].elementsEqual(hexadecimal(verifierKey.keyID).utf8) else { throw .malformedKey }
  }

  private init(
    name: String, kind: SignatureKind, key: Curve25519.Signing.PrivateKey
  ) throws(AuditLogError) {
    self.key = key
    verifierKey = try VerifierKey(
      name: name, kind: kind, publicKey: Array(key.publicKey.rawRepresentation))
  }

  /// The spelling that ``init(secretText:)`` reads, for a file that only the node may read.
  public func secretText() -> String {
    let secret = Base64.encode([verifierKey.kind.rawValue] + Array(key.rawRepresentation))
    return Self.secretPrefix + "\(verifierKey.name)+\(hexadecimal(verifierKey.keyID))+\(secret)"
  }

  /// Signs the text of a note with a key of kind ``SignatureKind/ed25519``.
  public func sign(text: String) throws -> NoteSignature {
    guard verifierKey.kind == .ed25519 else { throw AuditLogError.wrongKeyKind }
    let signature = signature(try key.signature(for: Array(text.utf8)))
    recent.add(RecentNotes.digest(text, signature))
    return signature
  }

  /// Whether the only signature by this key below the note was made by this value, among its last ones.
  ///
  /// False says nothing: the note may have been signed by another process, or long ago.
  func hasSigned(_ note: SignedNote) -> Bool {
    let own = note.signatures.filter { $0.isBy(verifierKey) }
    guard own.count == 1, let signature = own.first else { return false }
    return recent.contains(RecentNotes.digest(note.text, signature))
  }

  /// Cosigns a checkpoint's text at `time`, in seconds since 1970.
  ///
  /// C2SP tlog-cosignature, `cosignature/v1`: the caller has checked that this log only grew.
  public func cosign(text: String, time: UInt64) throws -> NoteSignature {
    guard verifierKey.kind == .cosignature else { throw AuditLogError.wrongKeyKind }
    let bytes = try key.signature(for: cosignedMessage(text: text, time: time))
    return signature(bigEndian(time) + bytes)
  }

  private func signature(_ bytes: some Sequence<UInt8>) -> NoteSignature {
    NoteSignature(name: verifierKey.name, keyID: verifierKey.keyID, bytes: Array(bytes))
  }

  private static let secretPrefix = "PRIVATE+KEY+"
}

extension NoteSigner: CustomStringConvertible, CustomReflectable {
  /// The name alone.
  public var description: String { "NoteSigner(\(verifierKey.name))" }
  /// Nothing: the key must not reach a log by way of a dump.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Digests of the notes that a signer signed last. A receipt's proof has the newest checkpoint, or one of the
/// few commits before it, and verifying it would cost more than signing it did.
private final class RecentNotes: Sendable {
  private let held = Mutex<(digests: [Hash], next: Int)>(([], 0))

  func add(_ digest: Hash) {
    held.withLock { held in
      if held.digests.count < Self.limit {
        held.digests.append(digest)
      } else {
        held.digests[held.next] = digest
      }
      held.next = (held.next + 1) % Self.limit
    }
  }

  func contains(_ digest: Hash) -> Bool { held.withLock { $0.digests.contains(digest) } }

  /// Text and signature line are of no fixed length, but a text ends in a newline, and a line has none inside.
  static func digest(_ text: String, _ signature: NoteSignature) -> Hash {
    Hash(digestOf: Array((text + signature.line).utf8))
  }

  /// The commits of some seconds.
  private static let limit = 64
}

/// What `cosignature/v1` signs.
func cosignedMessage(text: String, time: UInt64) -> [UInt8] {
  Array("cosignature/v1\ntime \(time)\n\(text)".utf8)
}

func bigEndian(_ value: UInt64) -> [UInt8] {
  withUnsafeBytes(of: value.bigEndian) { Array($0) }
}
