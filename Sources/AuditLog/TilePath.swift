/// The place of a tile below a log's address, C2SP tlog-tiles.
///
/// `tile/<level>/<index>[.p/<width>]` for hashes and `tile/entries/<index>[.p/<width>]` for entries.
public struct TilePath: Hashable, Sendable {
  /// The level of a hash tile, 0 to 63; nothing for an entry bundle.
  public let level: Int?
  /// The tile's number within its level.
  public let index: UInt64
  /// How many hashes or entries it holds, 1 to 256.
  public let width: Int

  /// The number of hashes in a full tile.
  public static let fullWidth = 256

  /// The tile of these numbers, or nothing when one is out of its range.
  public init?(level: Int?, index: UInt64, width: Int = fullWidth) {
    guard (0...63).contains(level ?? 0), (1...Self.fullWidth).contains(width) else { return nil }
    self.level = level
    self.index = index
    self.width = width
  }

  /// The tile that holds number `index` of its level when the level has `count` of them.
  init?(level: Int?, holding index: UInt64, of count: UInt64) {
    let tile = index / 256
    guard index < count else { return nil }
    self.init(level: level, index: tile, width: Int(min(256, count - tile * 256)))
  }

  /// The path.
  public var text: String {
    let name = level.map { String($0) } ?? Self.entries
    var rest = index
    var groups: [String] = []
    repeat {
      let digits = String(rest % 1000)
      groups.append(String(repeating: "0", count: 3 - digits.count) + digits)
      rest /= 1000
    } while rest > 0
    let number = groups.enumerated().reversed().map { $0 == 0 ? $1 : "x" + $1 }
      .joined(separator: "/")
    return "tile/\(name)/\(number)" + (width < Self.fullWidth ? ".p/\(width)" : "")
  }

  /// Reads a path. There is one spelling of each, so a request can't name a file by another one.
  public init(parsing text: String) throws(AuditLogError) {
    guard text.utf8.count <= Self.maximumBytes else { throw .tooLarge(limit: Self.maximumBytes) }
    var parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .map { Array($0) }
    var width = Self.fullWidth
    if parts.count >= 2, parts[parts.count - 2].suffix(2) == Array(".p".utf8)[...] {
      guard let value = decimal(parts.removeLast()), value < Self.fullWidth else {
        throw .malformedTilePath
      }
      width = Int(value)
      parts[parts.count - 1].removeLast(2)
    }
    guard parts.count >= 3 else { throw .malformedTilePath }
    let isEntries = parts[1].elementsEqual(Self.entries.utf8)
    let level = isEntries ? nil : decimal(parts[1]).flatMap { Int(exactly: $0) }
    var index: UInt64 = 0
    for part in parts[2...] {
      let digits = part.first == UInt8(ascii: "x") ? part.dropFirst() : part[...]
      guard digits.count == 3, let value = UInt64(String(decoding: digits, as: UTF8.self)),
        !index.multipliedReportingOverflow(by: 1000).overflow,
        !(index * 1000).addingReportingOverflow(value).overflow
      else { throw .malformedTilePath }
      index = index * 1000 + value
    }
    guard isEntries || level != nil, let path = TilePath(level: level, index: index, width: width),
      path.text.utf8.elementsEqual(text.utf8)
    else { throw .malformedTilePath }
    self = path
  }

  private static let entries = "entries"
  /// A level, seven groups for 2^64, and a width.
  private static let maximumBytes = 64
}
