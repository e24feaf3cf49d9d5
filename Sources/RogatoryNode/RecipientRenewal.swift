public import Age
import DurableFiles

extension NodeHome {
  /// A new age identity, for ``addIdentity(_:at:)`` when it is logged.
  ///
  /// - Throws: ``NodeError/tooManyIdentities(limit:)``.
  public func newIdentity() throws -> Identity {
    guard try identities().count < Self.maximumIdentities else {
      throw NodeError.tooManyIdentities(limit: Self.maximumIdentities)
    }
    return try Identity.generateHybrid()
  }

  /// Puts an age identity before those that the node has: the card names it first. The old ones go on
  /// opening what peers encrypt until they have the new card.
  public func addIdentity(_ identity: Identity, at now: Int64) throws {
    let old = try ageKeyFile().withSecret(keys) { String(decoding: $0, as: UTF8.self) }
    try writeKey("keys/age.key", IdentityFile.text(identity, created: now) + old, replacing: true)
  }

  /// Removes all age identities but the newest, and returns how many went: what is still encrypted to
  /// them can't be opened any more.
  public func retireRecipients() throws -> Int {
    let count = try identities().count
    guard count > 1 else { return 0 }
    let newest = try ageKeyFile().withSecret(keys) { secret in
      var lines: [Substring] = []
      for line in String(decoding: secret, as: UTF8.self).split(separator: "\n") {
        lines.append(line)
        if !line.hasPrefix("#") { break }
      }
      return lines.joined(separator: "\n") + "\n"
    }
    try writeKey("keys/age.key", newest, replacing: true)
    return count - 1
  }

  private func ageKeyFile() throws -> KeyFile {
    try KeyFile(readSmallFile(file("keys/age.key"), limit: Self.maximumFile), name: "keys/age.key")
  }

  /// A card takes sixteen recipients; a change with overlap needs two.
  private static let maximumIdentities = 8
}
