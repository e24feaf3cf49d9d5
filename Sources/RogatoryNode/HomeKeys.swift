public import Age
public import AuditLog
import CAdES
import DurableFiles
import Foundation

extension NodeHome {
  /// The keys that every node has, in `keys/`.
  static let keyNames = ["signing.key", "tls.key", "log.key", "cosigner.key", "age.key"]

  /// Whether the node's keys are under a passphrase. A home is in one form or the other.
  public var keysAreEncrypted: Bool { isEncrypted("keys/signing.key") }

  /// A key of a certificate, such as `keys/signing.key`.
  func signingKey(_ name: String) throws -> SigningKey {
    try keys.key(at: file(name), name: name) { try $0.signingKey(keys) }
  }

  /// The age identities that open what is sent to this node, the newest first.
  public func identities() throws -> [Identity] {
    try keys.key(at: file("keys/age.key"), name: "keys/age.key") { try $0.identities(keys) }
  }

  func noteSigner(_ name: String) throws -> NoteSigner {
    try keys.key(at: file(name), name: name) { try $0.noteSigner(keys) }
  }

  /// The key of the node's log. What peers are told of it has to be true of it.
  func logSigner() throws -> NoteSigner {
    let signer = try noteSigner("keys/log.key")
    guard try !isEncrypted("keys/log.key") || logKey() == signer.verifierKey.text else {
      throw NodeError.malformed("keys/log.pub")
    }
    return signer
  }

  func cosigner() throws -> NoteSigner { try noteSigner("keys/cosigner.key") }

  /// Opens every key that serving needs.
  ///
  /// - Throws: ``NodeError/passphraseNeeded``, ``NodeError/wrongPassphrase(_:)`` and what else keeps a key
  ///   from being opened.
  public func openKeys() throws {
    _ = try (signingKey("keys/signing.key"), signingKey("keys/tls.key"), identities())
    _ = try (logSigner(), cosigner())
  }

  /// The verifier key of this node's log, as it stands on its card. Needs no passphrase.
  public func logKey() throws -> String { try verifierKey("log") }

  /// The same as a value.
  public func logVerifierKey() throws -> VerifierKey { try VerifierKey(logKey()) }

  /// The verifier key with which this node cosigns the logs of others. Needs no passphrase.
  func cosignerKey() throws -> String { try verifierKey("cosigner") }

  /// What is public of a key for notes, such as `log` for `keys/log.key`. Needs no passphrase.
  func verifierKey(_ name: String) throws -> String {
    try publicText(name) ?? noteSigner("keys/\(name).key").verifierKey.text
  }

  /// The age recipients to which peers encrypt for this node, preferred first. Needs no passphrase.
  public func recipients() throws -> [String] {
    if let text = try publicText("age") { return text.split(separator: "\n").map(String.init) }
    return try identities().map(\.recipient.string)
  }

  /// SHA-256 of the public key of a certificate's key. Needs no passphrase.
  func publicKeySHA256(_ name: String) throws -> [UInt8] {
    guard let text = try publicText(name) else {
      return try signingKey("keys/\(name).key").spkiSHA256
    }
    guard let digest = Data(base64Encoded: text), digest.count == 32 else {
      throw NodeError.malformed("keys/\(name).pub")
    }
    return Array(digest)
  }

  /// What stands in `keys/<name>.pub`, or nil where the key is plain and says it itself.
  private func publicText(_ name: String) throws -> String? {
    guard isEncrypted("keys/\(name).key") else { return nil }
    return try text("keys/\(name).pub").trimmingCharacters(in: .newlines)
  }

  func isEncrypted(_ name: String) -> Bool {
    guard let bytes = try? readSmallFile(file(name), limit: Self.maximumFile) else { return false }
    return KeyFile(bytes, name: name).form != .plain
  }

  /// Writes a key in the form that this home's keys have.
  ///
  /// What is public of it comes first: a crash between the two leaves the old key, and what is public of
  /// the new one misleads nobody, since the key that doesn't fit it isn't used.
  func writeKey(_ name: String, _ secret: String, replacing: Bool) throws {
    try KeyWriter(folder: path, passphrase: keysAreEncrypted ? keys.passphrase() : nil)
      .write(name, secret, replacing: replacing)
  }
}

/// Writes key files, under a passphrase where there is one.
struct KeyWriter {
  /// The home.
  let folder: String
  let passphrase: Passphrase?

  func write(_ name: String, _ secret: String, replacing: Bool = false) throws {
    let key = KeyFile(Array(secret.utf8), name: name)
    var bytes = key.bytes
    if let passphrase {
      let ring = KeyRing()
      try AtomicFile.write(
        Array(key.publicText(ring).utf8), to: folder + "/" + Self.publicName(of: name),
        replacing: true)
      bytes = try key.encrypted(ring, under: passphrase).bytes
    }
    try AtomicFile.write(bytes, to: folder + "/" + name, replacing: replacing)
  }

  /// `log.pub` for `log.key`.
  static func publicName(of name: String) -> String { String(name.dropLast(".key".count)) + ".pub" }
}
