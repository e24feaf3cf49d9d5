public import Redaction

/// Writes a picture row by row as a tiled one. It holds 16 rows, whatever the picture's height.
///
/// Where the picture ends inside a tile, the tile goes on with the picture's last pixel of each row
/// and its last row: a program that shows too much shows nothing odd, and a tile that is withheld
/// takes its repetitions with it.
public struct TiledPictureWriter {
  /// The picture's size.
  public let grid: TileGrid
  /// The bytes of the finished file.
  public var byteCount: UInt64 {
    UInt64(header.byteCount) + grid.tileCount * UInt64(Tile.byteCount)
  }
  /// The bytes before the first tile: what ``Cutting/tiles(header:)`` takes.
  public var headerByteCount: UInt32 { UInt32(header.byteCount) }

  private let header: TiledPictureHeader
  private let write: ByteWriter
  /// Rows of the tile row that is being filled, padded to whole tiles.
  private var band: [UInt8]
  private var tiles: [UInt8]
  private var filledRows = 0
  private var rowsToCome: UInt32
  private var hasBegun = false

  /// A writer at the start of the file.
  ///
  /// - Parameters:
  ///   - resolution: pixels an inch; 0 where the picture has no such measure.
  ///   - write: takes the file's bytes in order.
  public init(_ grid: TileGrid, resolution: UInt16 = 0, write: @escaping ByteWriter) {
    self.grid = grid
    self.write = write
    header = TiledPictureHeader(grid, resolution: resolution)
    band = [UInt8](repeating: 0, count: Tile.byteCount * Int(grid.columns))
    tiles = band
    rowsToCome = grid.height
  }

  /// Takes the next row: red, green and blue of each pixel from the left.
  ///
  /// - Precondition: the row has the picture's width, and no row follows the last one.
  public mutating func push(row: UnsafeRawBufferPointer) throws {
    precondition(
      row.count == 3 * Int(grid.width) && rowsToCome > 0, "Evidence: a row of the picture")
    if !hasBegun { try begin() }
    let byteCount = bandRowByteCount
    let start = filledRows * byteCount
    band.withUnsafeMutableBytes { band in
      let target = UnsafeMutableRawBufferPointer(rebasing: band[start..<start + byteCount])
      target.copyMemory(from: row)
      for index in row.count..<target.count { target[index] = target[index - 3] }
    }
    filledRows += 1
    rowsToCome -= 1
    if filledRows == Tile.side || rowsToCome == 0 { try flush() }
  }

  /// Ends the file.
  ///
  /// - Precondition: every row was pushed.
  public func finish() {
    precondition(rowsToCome == 0, "Evidence: all rows of the picture")
  }

  private mutating func begin() throws {
    hasBegun = true
    try header.bytes.withUnsafeBytes { try write($0) }
  }

  private mutating func flush() throws {
    let (tileRow, bandRow) = (3 * Tile.side, bandRowByteCount)
    let (columns, lastRow) = (Int(grid.columns), filledRows - 1)
    band.withUnsafeBytes { band in
      tiles.withUnsafeMutableBytes { tiles in
        for column in 0..<columns {
          for row in 0..<Tile.side {
            let source = min(row, lastRow) * bandRow + column * tileRow
            let target = column * Tile.byteCount + row * tileRow
            UnsafeMutableRawBufferPointer(rebasing: tiles[target..<target + tileRow]).copyMemory(
              from: UnsafeRawBufferPointer(rebasing: band[source..<source + tileRow]))
          }
        }
      }
    }
    try tiles.withUnsafeBytes { try write($0) }
    filledRows = 0
  }

  private var bandRowByteCount: Int { 3 * Tile.side * Int(grid.columns) }
}
