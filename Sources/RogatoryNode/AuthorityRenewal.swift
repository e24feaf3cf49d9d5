public import CAdES
import DurableFiles
import Foundation
import Glibc

// The keys of a development authority. A new root is an anchor beside the old one first, so that peers know
// it before anything is issued under it; the old one goes on vouching, and issues its own revocation lists.

extension DevelopmentAuthority {
  /// Makes the root that is to follow, and returns its certificate; it is an anchor from now on, and
  /// issues nothing yet.
  ///
  /// The certificate in `anchors.pem` comes last, and makes a renewal of it: a crash before leaves a key
  /// that nothing names, which the next call replaces.
  ///
  /// - Parameter log: logs the certificate's serial, before a card names it.
  /// - Throws: ``NodeError/renewalUnderWay(_:)`` where there is one already.
  public func renewRoot(at now: Int64, log: (_ serial: String) throws -> Void) throws
    -> Certificate
  {
    guard try nextRoot() == nil else { throw NodeError.renewalUnderWay("root") }
    let key = try SigningKey.generate(.p384)
    // A name of its own, by which lists and certificates tell the two apart.
    let root = try Development.root(
      key: key, name: names.name("\(home.id) development root \(now)"),
      validity: names.validity(years: 10, at: now))
    try AtomicFile.write(Array(key.pem.utf8), to: home.file(Self.nextKey), replacing: true)
    try log(root.serial)
    try setAnchors(home.anchors() + [root])
    return root
  }

  /// Gives up a root that isn't in force yet; a card that named it has to be given anew.
  public func abandonRoot() throws {
    if let next = try nextRoot() { try setAnchors(home.anchors().filter { $0 != next }) }
    if home.has(Self.nextKey) { try removeDurably(home.file(Self.nextKey)) }
  }

  /// Has the next root issue everything from now on, and returns its certificate. The old key is kept, for
  /// the old root's revocation lists. Certificates in force stay as they are, until they are renewed.
  ///
  /// - Parameter log: logs the serial, before anything changes.
  /// - Throws: ``NodeError/noRenewal(_:)``.
  public func activateRoot(log: (_ serial: String) throws -> Void) throws -> Certificate {
    guard let next = try nextRoot() else { throw NodeError.noRenewal("root") }
    try log(next.serial)
    let old = try root()
    try AtomicFile.write(
      Array(old.key.pem.utf8), to: home.file(Self.keptKey(old.certificate)), replacing: true)
    try home.put(Self.nextKey, inPlaceOf: "pki/ca.key")
    return next
  }

  /// Takes an old root from the anchors, and deletes its key: what only it vouches for isn't trusted any
  /// more, here and by who has the next card.
  ///
  /// - Throws: ``NodeError/rootInUse(by:)`` for the root that issues, one to come, or one that a certificate
  ///   in force is under; ``NodeError/noRenewal(_:)`` where no anchor has the serial.
  public func retireRoot(_ serial: String, log: () throws -> Void) throws {
    guard let old = try home.anchors().first(where: { $0.serial == serial }) else {
      throw NodeError.noRenewal(serial)
    }
    guard try old != root().certificate else { throw NodeError.rootInUse(by: "the authority") }
    guard try old != nextRoot() else { throw NodeError.rootInUse(by: "a renewal") }
    for row in try home.certificates() where row.use != "anchor" {
      guard row.certificate.issuer != old.subject else {
        throw NodeError.rootInUse(by: row.use)
      }
    }
    try log()
    try setAnchors(home.anchors().filter { $0 != old })
    if home.has(Self.keptKey(old)) { try removeDurably(home.file(Self.keptKey(old))) }
  }

  /// Makes a new key for time stamps, in force at once, and returns its certificate: each stamp carries its
  /// own, under the same root, so nobody has to learn of it first.
  ///
  /// The certificate is there before the key moves: between the two, ``timestamps()`` finds the one that
  /// fits. The old certificate stays as `pki/tsa-<serial>.pem`.
  public func renewTimestamps(
    at now: Int64, log: (_ serial: String) throws -> Void
  ) throws -> Certificate {
    let key = try SigningKey.generate(.p256)
    let certificate = try Development.timestamping(
      for: key, name: names.name("\(home.id) time stamps"), issuer: root(),
      validity: names.validity(years: 5, at: now))
    try log(certificate.serial)
    let old = try timestamps().certificate
    try write(certificate.pem, "pki/\(Self.nextStamps)")
    try write(old.pem, "pki/tsa-\(old.serial).pem")
    try AtomicFile.write(Array(key.pem.utf8), to: home.file("pki/tsa.key"), replacing: true)
    try home.put("pki/\(Self.nextStamps)", inPlaceOf: "pki/tsa.pem")
    return certificate
  }

  /// The root that is to follow: an anchor whose key waits; nil where there is none.
  func nextRoot() throws -> Certificate? {
    guard home.has(Self.nextKey) else { return nil }
    let key = try home.signingKey(Self.nextKey)
    return try home.anchors().first { $0.spki == key.spki }
  }

  /// The roots that issue lists: the present one, and earlier ones that still vouch for something.
  func listIssuers() throws -> [SigningIdentity] {
    let present = try root()
    let earlier = try home.anchors().filter {
      $0 != present.certificate && home.has(Self.keptKey($0))
    }
    return try [present]
      + earlier.map {
        try SigningIdentity(key: home.signingKey(Self.keptKey($0)), certificate: $0)
      }
  }

  private var names: NodeCertificates {
    NodeCertificates(
      node: home.id.text, authority: home.configuration.authority,
      country: home.configuration.country, host: home.configuration.listen.host)
  }

  private func setAnchors(_ anchors: [Certificate]) throws {
    try write(anchors.map(\.pem).joined(), "pki/anchors.pem")
  }

  private func write(_ pem: String, _ name: String) throws {
    try AtomicFile.write(Array(pem.utf8), to: home.file(name), mode: 0o644, replacing: true)
  }

  private static func keptKey(_ root: Certificate) -> String { "pki/ca-\(root.serial).key" }
  private static let nextKey = "pki/ca-next.key"
  static let nextStamps = "tsa-next.pem"
}
