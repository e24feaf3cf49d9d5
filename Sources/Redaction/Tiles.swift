/// The tiles of a picture that can be withheld in part: Docs/Redaction.md, "Pictures".
///
/// Such an item is an `image/…` in table mode: leaf 0 is everything before the tiles, and each other
/// leaf is one tile of 16 × 16 pixels, three samples of eight bits each, row by row.
public enum Tile {
  /// Pixels along each side.
  public static let side = 16
  /// Bytes of a tile.
  public static let byteCount = side * side * 3
  /// The sample that stands in a withheld tile: grey of 18 % reflectance in sRGB,
  /// 255 · (1.055 · 0.18^(1/2.4) − 0.055) = 117.7.
  public static let grey: UInt8 = 118
}

/// Cuts a tiled picture: its header, then its tiles.
struct TileSegmenter: Sendable {
  private let headerByteCount: Int
  private var filled = 0
  private var isHeader = true

  init(headerByteCount: UInt32) { self.headerByteCount = max(1, Int(headerByteCount)) }

  mutating func push(
    _ bytes: UnsafeRawBufferPointer, _ emit: (SegmentPiece) throws -> Void
  ) throws {
    var index = 0
    while index < bytes.count {
      let wanted = isHeader ? headerByteCount : Tile.byteCount
      let count = min(wanted - filled, bytes.count - index)
      try bytes.give(index..<index + count, emit)
      index += count
      filled += count
      if filled == wanted {
        try emit(.endLeaf)
        filled = 0
        isHeader = false
      }
    }
  }

  func finish() throws {
    guard filled == 0, !isHeader else { throw SegmentError.brokenTile }
  }
}
