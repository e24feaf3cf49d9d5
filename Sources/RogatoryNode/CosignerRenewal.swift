import AuditLog
import DurableFiles
import Glibc

// The key that cosigns peers' logs is renewed in two steps: the card announces the next one, and peers
// take the cosignatures of both, until it is in force.

extension NodeHome {
  /// Makes the key that is to cosign, and returns its verifier key. Nothing that is in force changes.
  ///
  /// - Parameter log: logs the verifier key, before a card names it.
  /// - Throws: ``NodeError/renewalUnderWay(_:)`` where there is one already.
  public func renewCosigner(log: (_ key: String) throws -> Void) throws -> String {
    guard !has(Self.nextCosigner) else { throw NodeError.renewalUnderWay("cosigner") }
    let signer = try NoteSigner.generate(
      name: NodeLog.cosignerName(of: id.text), kind: .cosignature)
    let key = signer.verifierKey.text
    try log(key)
    try writeKey(Self.nextCosigner, signer.secretText() + "\n", replacing: false)
    return key
  }

  /// Gives up a key that isn't in force yet; a card that announced it has to be given anew.
  public func abandonCosigner() throws {
    for name in [Self.nextCosigner, Self.nextCosignerPublic] where has(name) {
      try removeDurably(file(name))
    }
  }

  /// Puts the next key in force, and returns its verifier key; the old one is gone.
  ///
  /// What is public of it moves first, and the key last: after a crash in between, doing it again
  /// finishes it, and until then the node cosigns with a key that every card of these days names.
  ///
  /// - Throws: ``NodeError/noRenewal(_:)``, or ``NodeError/nodeRuns`` while the node serves: it has the
  ///   old key open, and its peers forget that one with the next card.
  public func activateCosigner(log: (_ key: String) throws -> Void) throws -> String {
    guard has(Self.nextCosigner) else { throw NodeError.noRenewal("cosigner") }
    let lock = try HomeLock(self)
    defer { lock.keep() }
    let key = try noteSigner(Self.nextCosigner).verifierKey.text
    try log(key)
    try put(Self.nextCosignerPublic, inPlaceOf: "keys/cosigner.pub")
    try put(Self.nextCosigner, inPlaceOf: "keys/cosigner.key")
    return key
  }

  /// The verifier keys that are to cosign, for the card.
  func nextCosignerKeys() throws -> [String] {
    guard has(Self.nextCosigner) else { return [] }
    let present = try cosignerKey()
    return try [verifierKey("cosigner-next")].filter { $0 != present }
  }

  private static let nextCosigner = "keys/cosigner-next.key"
  private static let nextCosignerPublic = "keys/cosigner-next.pub"
}
