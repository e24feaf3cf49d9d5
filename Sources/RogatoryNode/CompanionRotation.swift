import Evidence
import Redaction

/// Writes a tiled picture that lies on its side or back as an upright one.
///
/// Any pixel may be wanted at any time, so the stored picture is read back from scratch, tile by
/// tile: at most four of its tiles hold what one tile of the upright picture shows.
struct PictureTurning {
  private let stored: TileGrid
  private let firstTile: UInt64
  private let store: CompanionStore
  private let orientation: PictureOrientation
  private var area = [UInt8](repeating: 0, count: 4 * Tile.byteCount)
  private var tile = [UInt8](repeating: 0, count: Tile.byteCount)

  /// - Parameters:
  ///   - stored: the size of the picture as it was decoded.
  ///   - firstTile: where its first tile stands in `store`.
  init(
    _ stored: TileGrid, firstTile: UInt64, in store: CompanionStore,
    _ orientation: PictureOrientation
  ) {
    self.stored = stored
    self.firstTile = firstTile
    self.store = store
    self.orientation = orientation
  }

  /// The size of the upright picture; nil where it can't be that of a tiled picture.
  var grid: TileGrid? {
    orientation.swapsSides
      ? TileGrid(width: stored.height, height: stored.width)
      : TileGrid(width: stored.width, height: stored.height)
  }

  /// Gives the upright picture's rows in order.
  mutating func forEachRow(
    of grid: TileGrid, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let (width, height) = (Int(grid.width), Int(grid.height))
    let (storedWidth, storedHeight) = (Int(stored.width), Int(stored.height))
    var band = [UInt8](repeating: 0, count: 3 * width * Tile.side)
    for top in stride(from: 0, to: height, by: Tile.side) {
      let rows = min(Tile.side, height - top)
      for left in stride(from: 0, to: width, by: Tile.side) {
        let columns = min(Tile.side, width - left)
        let one = orientation.source(x: left, y: top, width: storedWidth, height: storedHeight)
        let other = orientation.source(
          x: left + columns - 1, y: top + rows - 1, width: storedWidth, height: storedHeight)
        let origin = (min(one.x, other.x) / Tile.side, min(one.y, other.y) / Tile.side)
        try load(origin, to: (max(one.x, other.x) / Tile.side, max(one.y, other.y) / Tile.side))
        for y in 0..<rows {
          for x in 0..<columns {
            let source = orientation.source(
              x: left + x, y: top + y, width: storedWidth, height: storedHeight)
            let (column, row) = (
              source.x - origin.0 * Tile.side, source.y - origin.1 * Tile.side
            )
            let from = 3 * (row * 2 * Tile.side + column)
            let to = 3 * (y * width + left + x)
            for channel in 0..<3 { band[to + channel] = area[from + channel] }
          }
        }
      }
      try band.withUnsafeBytes { band in
        for row in 0..<rows {
          try body(UnsafeRawBufferPointer(rebasing: band[3 * width * row..<3 * width * (row + 1)]))
        }
      }
    }
  }

  /// Loads up to two by two tiles side by side.
  private mutating func load(_ first: (Int, Int), to last: (Int, Int)) throws {
    let rowByteCount = 3 * Tile.side
    for y in first.1...last.1 {
      for x in first.0...last.0 {
        let number = UInt64(y) * stored.columns + UInt64(x)
        try tile.withUnsafeMutableBytes {
          try store.read(into: $0, at: firstTile + number * UInt64(Tile.byteCount))
        }
        for row in 0..<Tile.side {
          let target =
            ((y - first.1) * Tile.side + row) * 2 * rowByteCount
            + (x - first.0) * rowByteCount
          area.replaceSubrange(
            target..<target + rowByteCount,
            with: tile[row * rowByteCount..<(row + 1) * rowByteCount])
        }
      }
    }
  }
}
