// Tiled pictures: the companions of raster images and pages (Docs/Redaction.md, "Pictures"). They
// are baseline TIFF 6.0 files of one form only: little endian, one image, RGB of eight bits,
// uncompressed, tiles of 16 × 16 pixels in rows from the top left, everything else before the
// first tile. `TiledPictureTests` compares them with what libtiff reads.

import Redaction

/// A rectangle of pixels, from the top left corner of a picture.
public struct PixelArea: Hashable, Sendable {
  /// Pixels from the left edge.
  public var x: UInt32
  /// Pixels from the top edge.
  public var y: UInt32
  /// Pixels from left to right; an area of none touches nothing.
  public var width: UInt32
  /// Pixels from top to bottom; an area of none touches nothing.
  public var height: UInt32

  /// A rectangle; it may reach past the picture.
  public init(x: UInt32, y: UInt32, width: UInt32, height: UInt32) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}

/// The tiles of a picture, and which leaves they are: leaf 0 is what stands before them, leaf 1 the
/// tile at the top left.
public struct TileGrid: Hashable, Sendable {
  /// The picture's width in pixels, 1 to ``maximumSide``.
  public let width: UInt32
  /// The picture's height in pixels, 1 to ``maximumSide``.
  public let height: UInt32

  /// The tiles of a picture of this size; nil where it has no pixels, or more than we take.
  public init?(width: UInt32, height: UInt32) {
    guard 1...Self.maximumSide ~= width, 1...Self.maximumSide ~= height else { return nil }
    self.width = width
    self.height = height
    guard tileCount <= Self.maximumTiles else { return nil }
  }

  /// Tiles from left to right.
  public var columns: UInt64 { (UInt64(width) + side - 1) / side }
  /// Tiles from top to bottom.
  public var rows: UInt64 { (UInt64(height) + side - 1) / side }
  /// All tiles.
  public var tileCount: UInt64 { columns * rows }
  /// The number of content leaves of the item: the header and the tiles.
  public var leafCount: UInt64 { 1 + tileCount }

  /// The leaves of the tiles that an area touches, ascending and merged; never leaf 0.
  public func leaves(touching area: PixelArea) -> [Range<UInt64>] {
    let right = min(UInt64(area.x) + UInt64(area.width), UInt64(width))
    let bottom = min(UInt64(area.y) + UInt64(area.height), UInt64(height))
    guard area.width > 0, area.height > 0, area.x < width, area.y < height else { return [] }
    let (first, last) = (UInt64(area.x) / side, (right - 1) / side)
    let top = UInt64(area.y) / side
    if first == 0, last == columns - 1 {
      return [1 + top * columns..<1 + ((bottom - 1) / side + 1) * columns]
    }
    return (top...(bottom - 1) / side).map { row in
      1 + row * columns + first..<1 + row * columns + last + 1
    }
  }

  /// The longest side in pixels: that of JPEG, and 16 rows of it are 3 MiB.
  public static let maximumSide: UInt32 = 65_535
  /// The most tiles: 268 megapixels. The header has eight bytes for each, and is held in memory; the
  /// file stays far below the 4 GiB that its offsets reach.
  public static let maximumTiles: UInt64 = 1 << 20
}

private let side = UInt64(Tile.side)
