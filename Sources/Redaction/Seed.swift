import CLeafHash
import Merkle

/// 32 secret bytes from which a subtree's salts follow: they open everything below, and nothing
/// else.
///
/// A seed comes fresh from the system's generator for each seal and is never used again. It isn't
/// printable and not `Codable`, so that it goes nowhere but into a view.
public struct Seed: Sendable, Equatable, Hashable {
  private var words: (UInt64, UInt64, UInt64, UInt64)

  /// The number of bytes of a seed.
  public static let byteCount = 32

  /// The seed of these 32 bytes; nil for any other number.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    words = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
  }

  /// A new seed from the system's random number generator.
  public static func generate() -> Seed {
    var generator = SystemRandomNumberGenerator()
    return generate(using: &generator)
  }

  /// A new seed from `generator`, which must be fit for secrets.
  public static func generate(using generator: inout some RandomNumberGenerator) -> Seed {
    Seed(words: (generator.next(), generator.next(), generator.next(), generator.next()))
  }

  private init(words: (UInt64, UInt64, UInt64, UInt64)) {
    self.words = words
  }

  /// The seed of the left half of a tree.
  public var left: Seed { expanded(HashPrefix.leftSeed) }
  /// The seed of the right half of a tree.
  public var right: Seed { expanded(HashPrefix.rightSeed) }
  /// The seed of an item's header tree; `self` is the item's seed.
  public var header: Seed { expanded(HashPrefix.headerSeed) }
  /// The seed of an item's content tree; `self` is the item's seed.
  public var content: Seed { expanded(HashPrefix.contentSeed) }

  /// The seed at leaf `index`, from 0, of the tree of `count` leaves above which `self` stands.
  ///
  /// In the bundle tree it is an item's seed, in a header or content tree a leaf's salt.
  public func leaf(_ index: UInt64, of count: UInt64) -> Seed {
    precondition(index < count, "Redaction: no such leaf")
    var (seed, index, count) = (self, index, count)
    while count > 1 {
      let half = splitPoint(of: count)
      (seed, index, count) =
        index < half ? (seed.left, index, half) : (seed.right, index - half, count - half)
    }
    return seed
  }

  private func expanded(_ prefix: UInt8) -> Seed {
    var child = Seed(words: (0, 0, 0, 0))
    withUnsafeBytes { seed in
      Swift.withUnsafeMutableBytes(of: &child.words) { bytes in
        leafhash_expand(
          prefix, seed.bindMemory(to: UInt8.self).baseAddress,
          bytes.bindMemory(to: UInt8.self).baseAddress)
      }
    }
    return child
  }

  /// Calls `body` with the 32 secret bytes.
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try Swift.withUnsafeBytes(of: words, body)
  }

  /// Compares in constant time.
  public static func == (one: Seed, other: Seed) -> Bool {
    let (a, b) = (one.words, other.words)
    return (a.0 ^ b.0) | (a.1 ^ b.1) | (a.2 ^ b.2) | (a.3 ^ b.3) == 0
  }

  /// Feeds the secret bytes to a hasher that is keyed for this run.
  public func hash(into hasher: inout Hasher) {
    withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

extension Seed: CustomStringConvertible, CustomReflectable {
  /// Says what it is, never which.
  public var description: String { "Seed(secret)" }
  /// Shows nothing.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
