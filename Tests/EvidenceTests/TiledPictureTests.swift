import Evidence
import Foundation
import Redaction
import Testing

/// Tiled pictures: what libtiff reads of them, and which leaves an area is.
struct TiledPictureTests {
  @Test(
    arguments: [
      (1, 1), (16, 16), (17, 16), (16, 17), (15, 33), (40, 40), (31, 100), (65_535, 1), (1, 700),
    ] as [(UInt32, UInt32)])
  func theHeaderGivesTheGridBack(width: UInt32, height: UInt32) throws {
    let grid = try #require(TileGrid(width: width, height: height))
    let picture = try picture(grid) { x, y in [UInt8(x & 255), UInt8(y & 255), 7] }
    #expect(UInt64(picture.bytes.count) == picture.byteCount)
    #expect((picture.bytes.count - picture.header) % Tile.byteCount == 0)
    #expect(grid.leafCount == 1 + UInt64((picture.bytes.count - picture.header) / Tile.byteCount))
    #expect(TileGrid(header: Array(picture.bytes[..<picture.header])) == grid)
  }

  @Test func noOtherBytesAreAHeader() throws {
    let grid = try #require(TileGrid(width: 33, height: 18))
    let picture = try picture(grid) { _, _ in [1, 2, 3] }
    let header = Array(picture.bytes[..<picture.header])
    for index in header.indices {
      for bit in 0..<8 {
        var changed = header
        changed[index] ^= 1 << bit
        // Another size with as many tiles is another picture, and its header is as good.
        let other = TileGrid(header: changed)
        #expect(
          other == nil
            || other != grid && other?.columns == grid.columns
              && other?.rows == grid.rows,
          "byte \(index), bit \(bit)")
      }
      #expect(TileGrid(header: Array(header[..<index])) == nil)
    }
    #expect(TileGrid(header: header + [0]) == nil)
  }

  @Test func sizesAreLimited() {
    #expect(TileGrid(width: 0, height: 1) == nil)
    #expect(TileGrid(width: 1, height: 0) == nil)
    #expect(TileGrid(width: 65_536, height: 1) == nil)
    #expect(TileGrid(width: 65_535, height: 65_535) == nil)
    #expect(TileGrid(width: 16_384, height: 16_384) != nil)
    #expect(TileGrid(width: 16_385, height: 16_384) == nil)
  }

  @Test(arguments: [(5, 5), (16, 16), (33, 20), (40, 17), (64, 33)] as [(UInt32, UInt32)])
  func anAreaIsTheTilesOfItsPixels(width: UInt32, height: UInt32) throws {
    let grid = try #require(TileGrid(width: width, height: height))
    let starts: [UInt32] = [0, 1, 15, 16, 17, 31, 32, 39, 63, 64, .max]
    for x in starts {
      for y in starts {
        for side in [0, 1, 2, 16, 17, 40, .max] as [UInt32] {
          let area = PixelArea(x: x, y: y, width: side, height: side == 2 ? 30 : side)
          let leaves = grid.leaves(touching: area)
          #expect(Set(leaves.joined()) == naive(area, grid), "\(area) in \(grid)")
          for (one, next) in zip(leaves, leaves.dropFirst()) {
            #expect(one.upperBound < next.lowerBound)
          }
        }
      }
    }
  }

  private func naive(_ area: PixelArea, _ grid: TileGrid) -> Set<UInt64> {
    var leaves: Set<UInt64> = []
    let across = (grid.width + 15) / 16
    for y in 0..<grid.height where y >= area.y && UInt64(y) < UInt64(area.y) + UInt64(area.height) {
      for x in 0..<grid.width where x >= area.x && UInt64(x) < UInt64(area.x) + UInt64(area.width) {
        leaves.insert(UInt64(1 + y / 16 * across + x / 16))
      }
    }
    return leaves
  }

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/tifftopnm")),
    arguments: [(1, 1), (16, 16), (33, 20), (100, 49)] as [(UInt32, UInt32)])
  func libtiffReadsTheSamePixels(width: UInt32, height: UInt32) throws {
    let grid = try #require(TileGrid(width: width, height: height))
    let colour = { (x: UInt32, y: UInt32) in
      [UInt8(x &* 7 & 255), UInt8(y &* 11 & 255), UInt8((x ^ y) & 255)]
    }
    let picture = try picture(grid, colour)
    let path = NSTemporaryDirectory() + "tiled-\(UUID().uuidString).tiff"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(picture.bytes).write(to: URL(filePath: path))
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/tifftopnm")
    process.arguments = ["-quiet", path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let decoded = Array(try output.fileHandleForReading.readToEnd() ?? Data())
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    var expected = Array("P6\n\(width) \(height)\n255\n".utf8)
    for y in 0..<height { for x in 0..<width { expected += colour(x, y) } }
    #expect(decoded == expected)
  }
}

/// A picture as the writer makes it, of a colour for each place.
func picture(
  _ grid: TileGrid, _ colour: (UInt32, UInt32) -> [UInt8]
) throws -> (bytes: [UInt8], header: Int, byteCount: UInt64) {
  let file = Collected()
  var writer = TiledPictureWriter(grid, resolution: 150) { file.bytes.append(contentsOf: $0) }
  for y in 0..<grid.height {
    let row = (0..<grid.width).flatMap { colour($0, y) }
    try row.withUnsafeBytes { try writer.push(row: $0) }
  }
  writer.finish()
  return (file.bytes, Int(writer.headerByteCount), writer.byteCount)
}

/// Bytes that a writer gave.
private final class Collected {
  var bytes: [UInt8] = []
}
