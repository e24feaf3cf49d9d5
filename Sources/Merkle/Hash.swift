import Crypto

/// The SHA-256 hash of a leaf or of an interior node.
///
/// Its 32 bytes lie inline, so that arrays of hashes are flat and copying one allocates nothing.
public struct Hash: Hashable, Sendable {
  /// The length of a hash in bytes.
  public static let byteCount = 32

  /// The bytes in memory order, whatever the machine's byte order is.
  private var words: (UInt64, UInt64, UInt64, UInt64)

  /// The hash whose bytes are `bytes`, or nothing unless they are exactly 32.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    words = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
  }

  /// The hash of a leaf: `SHA-256(0x00 ‖ data)`, RFC 6962, section 2.1.
  public init(leaf data: UnsafeRawBufferPointer) {
    var sha256 = SHA256()
    sha256.update(prefix: 0x00)
    sha256.update(bufferPointer: data)
    self.init(sha256.finalize())
  }

  /// The hash of a leaf: `SHA-256(0x00 ‖ data)`, RFC 6962, section 2.1.
  public init(leaf data: [UInt8]) {
    self = data.withUnsafeBytes { Hash(leaf: $0) }
  }

  /// The hash of a leaf: `SHA-256(0x00 ‖ data)`, RFC 6962, section 2.1.
  public init(leaf data: some Collection<UInt8>) {
    self.init(leaf: Array(data))
  }

  /// The hash of an interior node: `SHA-256(0x01 ‖ left ‖ right)`.
  ///
  /// The prefix differs from a leaf's, so that no leaf can pass for a node.
  public init(left: Hash, right: Hash) {
    var sha256 = SHA256()
    sha256.update(prefix: 0x01)
    left.withUnsafeBytes { sha256.update(bufferPointer: $0) }
    right.withUnsafeBytes { sha256.update(bufferPointer: $0) }
    self.init(sha256.finalize())
  }

  /// The plain SHA-256 of `data`, without a prefix, for digests that are not of a tree.
  public init(digestOf data: [UInt8]) {
    self.init(SHA256.hash(data: data))
  }

  /// The root of the tree without leaves: `SHA-256("")`.
  public static let emptyTree = Hash(digestOf: [])

  /// The 32 bytes.
  public var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

  /// Calls `body` with the 32 bytes in place.
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try Swift.withUnsafeBytes(of: words, body)
  }

  /// The bytes in base64 (RFC 4648, section 4), 44 characters.
  public var base64: String { Base64.encode(bytes) }

  /// The hash that `base64` spells, or nothing unless it is the canonical spelling of 32 bytes.
  public init?(base64: some StringProtocol) {
    guard let bytes = Base64.decode(base64.utf8) else { return nil }
    self.init(bytes: bytes)
  }

  private init(_ digest: SHA256Digest) {
    words = digest.withUnsafeBytes { $0.loadUnaligned(as: (UInt64, UInt64, UInt64, UInt64).self) }
  }

  /// Whether both hashes are the same 32 bytes.
  public static func == (a: Hash, b: Hash) -> Bool { a.words == b.words }

  /// Feeds the 32 bytes to a hasher of the standard library.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
    hasher.combine(words.1)
    hasher.combine(words.2)
    hasher.combine(words.3)
  }
}

extension Hash: CustomStringConvertible {
  /// The bytes in base64.
  public var description: String { base64 }
}

extension SHA256 {
  fileprivate mutating func update(prefix: UInt8) {
    withUnsafeBytes(of: prefix) { update(bufferPointer: $0) }
  }
}
