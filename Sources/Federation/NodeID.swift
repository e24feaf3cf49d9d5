/// The id of a node, an officer or a role: `[a-z0-9][a-z0-9._-]{0,63}`, as in seals and records.
///
/// It is safe as a file name and inside a statement line; code that holds one never asks again.
public struct NodeID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The id itself.
  public let text: String

  /// Parses an id, or throws ``FederationError/badIdentifier(_:)``.
  public init(_ text: String) throws(FederationError) {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, bytes.count <= Self.maximumLength,
      Self.isAlphanumeric(first),
      bytes.allSatisfy({ Self.isAlphanumeric($0) || Self.punctuation.contains($0) })
    else { throw .badIdentifier(String(text.prefix(80))) }
    self.text = text
  }

  public var description: String { text }

  public static func < (left: NodeID, right: NodeID) -> Bool { left.text < right.text }

  /// The statement syntax of Docs/Redaction.md allows no longer one.
  static let maximumLength = 64

  private static let punctuation: [UInt8] = [
    UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
  ]

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
