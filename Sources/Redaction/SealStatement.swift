public import Merkle

/// The statement that the sealer signs: which bundle, its root and its terms.
public struct SealStatement: Hashable, Sendable {
  /// 32 lower-case hexadecimal digits.
  public let bundleID: String
  /// The number of items, withheld ones too.
  public let itemCount: Int
  /// The root of the bundle tree.
  public let root: Hash
  /// SHA-256 of `terms.json`.
  public let terms: Hash
  /// Who signs this statement, and with which key.
  public let sealer: SignerName
  /// When it was sealed, as the sealer says.
  public let time: StatementTime

  /// A statement; throws ``RedactionError/statement(_:line:)`` for parts that it can't hold.
  public init(
    bundleID: String, itemCount: Int, root: Hash, terms: Hash, sealer: SignerName,
    time: StatementTime
  ) throws(RedactionError) {
    guard Self.isBundleID(bundleID[...]) else { throw .statement(.identifier, line: 2) }
    guard 0...Int(UInt32.max) ~= itemCount else { throw .statement(.number, line: 3) }
    self.bundleID = bundleID
    self.itemCount = itemCount
    self.root = root
    self.terms = terms
    self.sealer = sealer
    self.time = time
  }

  /// Parses the text of `seal.txt`; ``bytes`` gives the same bytes again.
  public init(parsing bytes: some Collection<UInt8>) throws(RedactionError) {
    var lines = try StatementLines(Array(bytes))
    try lines.expect(Self.firstLine)
    let bundleID = try lines.next()
    guard Self.isBundleID(bundleID) else { throw lines.fault(.identifier) }
    let itemCount = try lines.number()
    guard itemCount <= UInt32.max else { throw lines.fault(.number) }
    let root = try lines.hash()
    let terms = try lines.hash()
    let sealer = try lines.signer("sealer")
    let time = try lines.time()
    guard lines.isAtEnd else { throw lines.fault(.trailingLine) }
    try self.init(
      bundleID: String(bundleID), itemCount: Int(itemCount), root: root, terms: terms,
      sealer: sealer, time: time)
  }

  /// The text as it is signed.
  public var bytes: [UInt8] {
    Array(
      """
      \(Self.firstLine)
      \(bundleID)
      \(itemCount)
      \(root.base64)
      \(terms.base64)
      sealer \(sealer.node) \(sealer.key.base64)
      \(time.text)

      """.utf8)
  }

  /// SHA-256 of the text, by which records name their seal.
  public var digest: Hash { Hash(digestOf: bytes) }

  private static func isBundleID(_ text: Substring) -> Bool {
    text.utf8.count == 32
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
      }
  }

  private static let firstLine = "evidence-seal/v1"
}
