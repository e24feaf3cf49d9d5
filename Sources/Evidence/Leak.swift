// The leak test of Docs/Redaction.md, "Leak test": whether anything that a redacted bundle withholds
// still stands somewhere in it, in whatever encoding. `LeakTests`, `LeakEncodingTests` and the script
// leak-test.txt prove it.

import Redaction

/// Looks in everything that a redacted bundle discloses for what it withholds.
///
/// What is looked for comes from the full bundle: the content and header leaves that it discloses
/// and the redacted one doesn't, and digests and names of the items that are withheld. Both bundles
/// are taken as they are: verify them first, or the answer is about something else.
///
/// Memory doesn't grow with sizes. Many withheld values take several passes over the redacted
/// bundle.
///
/// - Parameter progress: told the bytes of the redacted bundle as they are read.
/// - Returns: what was found and what couldn't be searched. It never holds a value, nor a part of
///   one.
/// - Throws: ``LeakError``, and what reading throws.
public func leakTest(
  _ redacted: EvidenceBundle, against full: EvidenceBundle,
  progress: @escaping (UInt64) -> Void = { _ in }
) throws -> LeakReport {
  guard redacted.seal == full.seal else { throw LeakError.otherSeal }
  let difference = try LeakDifference(redacted, full)
  let collector = LeakCollector(full: full, redacted: redacted)
  let tally = LeakTally()
  var passes = 0
  try collector.collect(difference) { patterns in
    passes += 1
    // What comes after so many is told as not searched for.
    guard passes <= LeakCollector.maximumPasses else { return false }
    try LeakPass(patterns, over: redacted, tally, progress: progress).run()
    return true
  }
  return try tally.report(
    values: collector.valueCount, unsearchable: collector.unsearchableValues, over: redacted)
}

/// Why two bundles can't be compared.
public enum LeakError: Error, Hashable, Sendable {
  /// They aren't of one seal.
  case otherSeal
  /// The redacted bundle discloses something that the other one withholds.
  case disclosesMore(item: Int)
}

/// What a leak test found.
public struct LeakReport: Hashable, Sendable {
  /// How many withheld values were looked for.
  public internal(set) var valueCount = 0
  /// How many bytes were searched in one pass: those of the bundle, and those unpacked from them.
  public internal(set) var byteCount: UInt64 = 0
  /// Withheld values that nothing can be said about: shorter than three bytes, or so many that the
  /// passes ended.
  public internal(set) var unsearchableValues = 0
  /// Where something withheld stands, in the order of items and places.
  public internal(set) var hits: [LeakHit] = []
  /// How many hits there are beyond those in ``hits``.
  public internal(set) var furtherHits = 0
  /// Phrases of withheld items that stand in several disclosed ones, and so tell nothing.
  public internal(set) var commonPhrases = 0
  /// What couldn't be searched.
  public internal(set) var gaps: [LeakGap] = []
  /// How many gaps there are beyond those in ``gaps``.
  public internal(set) var furtherGaps = 0

  /// The hits that stop a release, unless a person allows each.
  public var leaks: [LeakHit] { hits.filter { !$0.isWarning } }
  /// The hits that a person should look at.
  public var warnings: [LeakHit] { hits.filter(\.isWarning) }

  /// Lists are for people: nobody reads more than these, and a hostile bundle chooses how many
  /// there are.
  static let maximumHits = 10_000
  static let maximumGaps = 1000
}

/// A place where something stands that was withheld. It doesn't tell what.
public struct LeakHit: Hashable, Sendable {
  /// The number of the item in whose file or disclosure it stands; nil for the bundle's documents.
  public let item: Int?
  /// The item's name, where the redacted bundle discloses it and nothing withheld stands in it.
  public let name: String?
  /// The container's entry; below `items/` without the name where ``name`` is nil.
  public let path: String
  /// The byte offset in the entry: of the value, or of the packed part that it stands in.
  public let offset: UInt64
  /// Within packed parts, the offset of the next one inside, at last that of the value.
  public let inner: [UInt64]
  /// How it is written there, such as `plain`, `base64` or `UTF-16 in ZIP member`.
  public let encoding: String
  /// Whether it doesn't stop a release: short values, parts of longer ones, frequent phrases.
  public let isWarning: Bool
  /// What was withheld and stands here.
  public let source: LeakSource

  /// What `--allow-leak` takes: `3@1042`, or `terms.json@17` outside of items, with `+57` for each
  /// offset inside packed parts.
  public var label: String {
    let inside = inner.map { "+\($0)" }.joined()
    guard let item, path.hasPrefix("items/") else { return "\(path)@\(offset)\(inside)" }
    return "\(item)@\(offset)\(inside)"
  }
}

/// Which part of the full bundle is meant.
public struct LeakSource: Hashable, Sendable {
  /// The item's number.
  public let item: Int
  /// Which part of it.
  public let part: Part
  /// The reason code of the cut that withholds it.
  public let code: String
  /// The number of the policy's rule, 0 for by hand.
  public let rule: UInt64

  /// A part of an item.
  public enum Part: Hashable, Sendable {
    /// These content leaves.
    case content(Range<UInt64>)
    /// The header leaf of this key.
    case header(String)
    /// A digest of the whole content: `SHA-256`, `SHA-1` or `MD5`.
    case digest(String)
  }
}

/// Something that couldn't be searched.
public struct LeakGap: Hashable, Sendable {
  /// The container's entry; below `items/` its number alone.
  public let path: String
  /// The byte offset in the entry.
  public let offset: UInt64
  /// Offsets inside packed parts.
  public let inner: [UInt64]
  /// Why not.
  public let reason: Reason

  /// Why something couldn't be searched.
  public enum Reason: Hashable, Sendable {
    /// An encrypted ZIP member, PDF, message or volume.
    case encrypted
    /// A compression or archive that isn't undone here, such as `7z`.
    case unknownFormat(String)
    /// Packed bytes that can't be unpacked.
    case damaged
    /// It unpacks to more than the limit.
    case tooLarge
    /// Packed more often than the limit.
    case tooDeep
  }
}
