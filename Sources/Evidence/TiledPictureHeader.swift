import Redaction

/// What stands before the tiles of a picture: leaf 0 of the item.
///
/// There is one header for a size and a resolution, so a picture is told from another TIFF by
/// comparing bytes, and nothing can hide in it.
///
///     II 2A 00, offset 8 · IFD of 14 entries · bits per sample · two resolutions ·
///     the offset of each tile u32 · the length of each tile u32
struct TiledPictureHeader: Hashable, Sendable {
  let grid: TileGrid
  /// Pixels an inch; 0 where that means nothing.
  let resolution: UInt16

  /// The header of a picture.
  init(_ grid: TileGrid, resolution: UInt16) {
    self.grid = grid
    self.resolution = resolution
  }

  /// The header that these bytes are; nil where they are no header of this form.
  init?(parsing bytes: [UInt8]) {
    guard bytes.count >= Self.fixedByteCount,
      let grid = TileGrid(
        width: Self.number(bytes, Self.widthOffset), height: Self.number(bytes, Self.heightOffset))
    else { return nil }
    let isInches = bytes[Self.unitOffset] == 2
    let inch = Self.number(bytes, Self.resolutionOffset)
    guard let resolution = UInt16(exactly: isInches ? inch : 0) else { return nil }
    self.init(grid, resolution: resolution)
    guard bytes.count == byteCount, bytes == self.bytes else { return nil }
  }

  /// How long the header is, at most ``maximumByteCount``.
  var byteCount: Int { Self.fixedByteCount + 8 * Int(grid.tileCount) }

  /// The longest header.
  static let maximumByteCount = fixedByteCount + 8 * Int(TileGrid.maximumTiles)

  var bytes: [UInt8] {
    var bytes: [UInt8] = [0x49, 0x49, 42, 0]
    bytes.reserveCapacity(byteCount)
    bytes.append(littleEndian: 8)
    bytes.append(UInt8(entries.count))
    bytes.append(0)
    for entry in entries {
      for value in [entry.tag, entry.type.rawValue] {
        bytes.append(contentsOf: [UInt8(truncatingIfNeeded: value), UInt8(value >> 8)])
      }
      bytes.append(littleEndian: entry.count)
      bytes.append(littleEndian: entry.value)
    }
    bytes.append(littleEndian: 0)
    for _ in 0..<3 { bytes.append(contentsOf: [8, 0]) }
    for _ in 0..<2 {
      bytes.append(littleEndian: resolution == 0 ? 1 : UInt32(resolution))
      bytes.append(littleEndian: 1)
    }
    let first = UInt32(byteCount)
    for tile in 0..<UInt32(grid.tileCount) {
      bytes.append(littleEndian: first + tile * UInt32(Tile.byteCount))
    }
    for _ in 0..<grid.tileCount { bytes.append(littleEndian: UInt32(Tile.byteCount)) }
    return bytes
  }

  private enum FieldType: UInt16 {
    case short = 3
    case long, rational
  }
  private typealias Entry = (tag: UInt16, type: FieldType, count: UInt32, value: UInt32)

  /// The fields of TIFF 6.0 that a tiled RGB picture must have, ascending.
  private var entries: [Entry] {
    let side = UInt32(Tile.side)
    let tiles = UInt32(grid.tileCount)
    // A single value stands in the entry itself.
    let offsets = tiles == 1 ? UInt32(byteCount) : UInt32(Self.fixedByteCount)
    let lengths =
      tiles == 1 ? UInt32(Tile.byteCount) : UInt32(Self.fixedByteCount) + 4 * tiles
    return [
      (256, .long, 1, grid.width), (257, .long, 1, grid.height),
      (258, .short, 3, UInt32(Self.bitsOffset)), (259, .short, 1, 1), (262, .short, 1, 2),
      (277, .short, 1, 3), (282, .rational, 1, UInt32(Self.resolutionOffset)),
      (283, .rational, 1, UInt32(Self.resolutionOffset) + 8), (284, .short, 1, 1),
      (296, .short, 1, resolution == 0 ? 1 : 2), (322, .short, 1, side), (323, .short, 1, side),
      (324, .long, tiles, offsets), (325, .long, tiles, lengths),
    ]
  }

  private static let entryCount = 14
  private static let firstEntry = 10
  private static let widthOffset = firstEntry + 8
  private static let heightOffset = firstEntry + 12 + 8
  private static let unitOffset = firstEntry + 9 * 12 + 8
  private static let bitsOffset = firstEntry + entryCount * 12 + 4
  private static let resolutionOffset = bitsOffset + 6
  private static let fixedByteCount = resolutionOffset + 16

  private static func number(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
  }
}

extension TileGrid {
  /// The tiles of a picture whose leaf 0 is this; nil where it isn't a picture of this form.
  public init?(header: [UInt8]) {
    guard let header = TiledPictureHeader(parsing: header) else { return nil }
    self = header.grid
  }

  /// The longest leaf 0 of a picture: 8 MiB of offsets and lengths.
  public static let maximumHeaderBytes = TiledPictureHeader.maximumByteCount
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian value: UInt32) {
    for shift in stride(from: 0, to: 32, by: 8) {
      append(UInt8(truncatingIfNeeded: value >> UInt32(shift)))
    }
  }
}
