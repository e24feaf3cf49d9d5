public import CAdES
import DurableFiles
import Foundation
import Glibc

// A new key beside the one in force: `keys/<use>-next.key` with `pki/<use>-next.pem` (or `.csr`), until
// ``NodeHome/activate(_:)`` puts both in the place of the old ones.

extension NodeHome {
  /// A key that is to follow one of the node's, and its certificate or the request for it.
  public struct Renewal: Sendable {
    /// What the key is for.
    public let use: CertifiedUse
    /// SHA-256 of its public key, as it stands on the card, in base64.
    public let key: String
    /// The certificate of the development authority; nil where a real one has to issue it.
    public let certificate: Certificate?
    /// The file of the request, else of the certificate.
    public let file: String
  }

  /// Makes the key that is to follow, with a certificate or a request. Nothing that is in force changes.
  ///
  /// The certificate or request comes last, and makes a renewal of it: a crash before leaves at most the
  /// key, which no card names, and the next call goes on with it.
  ///
  /// - Parameters:
  ///   - host: the name that peers reach the node at; nil takes that of `url`.
  ///   - log: logs the key, in base64, before a card names it.
  /// - Throws: ``NodeError/renewalUnderWay(_:)`` where there is one already.
  public func renew(
    _ use: CertifiedUse, host: String? = nil, at now: Int64, log: (_ key: String) throws -> Void
  ) throws -> Renewal {
    guard !has("pki/\(use.nextName).pem"), !has("pki/\(use.nextName).csr") else {
      throw NodeError.renewalUnderWay(use.rawValue)
    }
    let name = "keys/\(use.nextName).key"
    if !has(name) {
      let kind = try signingKey("keys/\(use.rawValue).key").kind
      try writeKey(name, SigningKey.generate(kind).pem, replacing: false)
    }
    let key = try signingKey(name)
    let digest = Data(key.spkiSHA256).base64EncodedString()
    let certificates = NodeCertificates(
      node: id.text, authority: configuration.authority, country: configuration.country,
      host: host ?? URL(string: configuration.url)?.host ?? configuration.listen.host)
    try log(digest)
    if configuration.development {
      let issued = try certificates.issue(
        use, for: key, by: DevelopmentAuthority(self).root(), at: now)
      let path = "pki/\(use.nextName).pem"
      try AtomicFile.write(Array(issued.pem.utf8), to: file(path), mode: 0o644, replacing: false)
      return Renewal(use: use, key: digest, certificate: issued, file: file(path))
    }
    let path = "pki/\(use.nextName).csr"
    try AtomicFile.write(
      Array(certificates.request(use, for: key).utf8), to: file(path), mode: 0o644,
      replacing: false)
    return Renewal(use: use, key: digest, certificate: nil, file: file(path))
  }

  /// Gives up a renewal that isn't in force yet; a card that announced its key has to be given anew.
  public func abandonRenewal(_ use: CertifiedUse) throws {
    for name in ["pki/\(use.nextName).pem", "pki/\(use.nextName).csr", "keys/\(use.nextName).key"]
      + ["keys/\(use.nextName).pub"] where has(name)
    {
      try removeDurably(file(name))
    }
  }

  /// The certificate that is to be put in force, after the same checks as at its installation.
  ///
  /// - Throws: ``NodeError/awaitingCertificates(_:)`` where there is none,
  ///   ``NodeError/badCertificate(_:)`` where it isn't valid now or not for the next key.
  public func nextCertificate(_ use: CertifiedUse, at now: Int64) throws -> Certificate {
    let chain = try certificates(in: "\(use.nextName).pem")
    // After a crash between the two steps of an activation the key has its place already.
    let name = has("keys/\(use.nextName).key") ? use.nextName : use.rawValue
    guard try signingKey("keys/\(name).key").spki == chain[0].spki else {
      throw NodeError.badCertificate(.notOurKey)
    }
    try check(
      chain[0], for: use.rawValue, issuers: Array(chain.dropFirst()), roots: anchors(), at: now)
    return chain[0]
  }

  /// Puts the next key and its certificate in force. ``nextCertificate(_:at:)`` and the log come before.
  ///
  /// The key moves first, then the certificate. Between the two, ``chain(for:)`` finds the certificate
  /// that fits the key under its old name; doing it again finishes it. The old certificate stays as
  /// `pki/<use>-<serial>.pem`; the old key is gone.
  public func activate(_ use: CertifiedUse) throws {
    if let old = try? text("pki/\(use.rawValue).pem"),
      let leaf = try? Certificate.parsePEM(old).first, has("keys/\(use.nextName).key")
    {
      try AtomicFile.write(
        Array(old.utf8), to: file("pki/\(use.rawValue)-\(leaf.serial).pem"), mode: 0o644,
        replacing: true)
    }
    try put("keys/\(use.nextName).pub", inPlaceOf: "keys/\(use.rawValue).pub")
    try put("keys/\(use.nextName).key", inPlaceOf: "keys/\(use.rawValue).key")
    try put("pki/\(use.nextName).pem", inPlaceOf: "pki/\(use.rawValue).pem")
    if has("pki/\(use.nextName).csr") { try removeDurably(file("pki/\(use.nextName).csr")) }
  }

  /// The certificate of a key and its issuers, the leaf first.
  func chain(for use: CertifiedUse) throws -> [Certificate] {
    let present = try certificates(in: "\(use.rawValue).pem")
    let key = try signingKey("keys/\(use.rawValue).key")
    if present[0].spki == key.spki { return present }
    if let next = try? certificates(in: "\(use.nextName).pem"), next[0].spki == key.spki {
      return next
    }
    throw NodeError.badCertificate(.notOurKey)
  }

  /// SHA-256 of the TLS keys that are to follow, for the card: peers accept them beside the present one.
  func nextTLSKeys() throws -> [[UInt8]] {
    let name = CertifiedUse.tls.nextName
    guard has("pki/\(name).pem") || has("pki/\(name).csr"), has("keys/\(name).key") else {
      return []
    }
    return [try publicKeySHA256(name)]
  }

  func has(_ name: String) -> Bool { access(file(name), F_OK) == 0 }

  func put(_ name: String, inPlaceOf target: String) throws {
    guard has(name) else { return }
    guard rename(file(name), file(target)) == 0 else {
      throw FileError.failed(.rename, path: file(target), errno: errno)
    }
    try syncDirectory(file(String(target.prefix { $0 != "/" })))
  }
}

extension CertifiedUse {
  /// How the files of what is to follow are called.
  var nextName: String { rawValue + "-next" }
}
