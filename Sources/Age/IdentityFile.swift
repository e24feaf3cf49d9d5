import Foundation

/// The file that `age-keygen` writes and `age --identity` reads: one identity a line, with comments.
public enum IdentityFile {
  /// Parses the identities of a file, in its order.
  ///
  /// Empty lines and lines that start with `#` are read over; lines end with LF or CRLF.
  ///
  /// - Throws: ``AgeError/invalidIdentity(line:)`` for any other line,
  ///   ``AgeError/tooMany(_:limit:)``, and ``AgeError/noRecipients`` when there is no identity.
  public static func parse(_ bytes: some Collection<UInt8>) throws(AgeError) -> [Identity] {
    guard bytes.count <= AgeLimits.maximumIdentityFileBytes else {
      throw .tooMany(.identityFileBytes, limit: AgeLimits.maximumIdentityFileBytes)
    }
    var identities: [Identity] = []
    var number = 0
    for line in Array(bytes).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    {
      number += 1
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
      guard identities.count < AgeLimits.maximumIdentities else {
        throw .tooMany(.identities, limit: AgeLimits.maximumIdentities)
      }
      guard let identity = try? Identity(parsing: String(decoding: line, as: UTF8.self)) else {
        throw .invalidIdentity(line: number)
      }
      identities.append(identity)
    }
    guard !identities.isEmpty else { throw .noRecipients }
    return identities
  }

  /// Returns the secret text of an identity file, as `age-keygen` prints it.
  ///
  /// - Parameter created: When the identity was made, in seconds of Unix time; printed in UTC.
  public static func text(_ identity: Identity, created unixTime: Int64) -> String {
    let date = Date(timeIntervalSince1970: TimeInterval(unixTime)).formatted(.iso8601)
    return """
      # created: \(date)
      # public key: \(identity.recipient)
      \(identity.serialized)

      """
  }
}
