import Merkle
import Redaction
import Testing

/// Pictures of tiles: how they are cut, what stands in a withheld tile, and what is refused.
@Suite struct TileTests {
  private let seed = [UInt8](repeating: 9, count: 32)

  private func tile(_ value: UInt8) -> [UInt8] { Array(repeating: value, count: Tile.byteCount) }

  private func picture(_ leaves: [[UInt8]]) throws -> Version {
    try Version(SealedItem(seed: seed, mediaType: "image/tiff", leaves: leaves))
  }

  @Test func aWithheldTileIsGreyAndNothingMoves() throws {
    let header = Array("header".utf8)
    var version = try picture([header, tile(1), tile(2), tile(3)])
    let sealed = version.content
    try version.redact([contentCut(2..<3, code: "PD-NAME", shown: "face")])
    #expect(version.content == header + tile(1) + tile(118) + tile(3))
    #expect(version.content?.count == sealed?.count)
    try version.redact([contentCut(1..<2, code: "INF"), contentCut(3..<4)])
    #expect(version.content == header + tile(118) + tile(118) + tile(118))
    let checked = try version.check()
    #expect(checked.withheldLeafCount == 3)
    #expect(Tile.grey == 118 && Tile.byteCount == 768)
  }

  @Test func anotherShadeOfGreyIsRefused() throws {
    var version = try picture([[1], tile(1), tile(2)])
    try version.redact([contentCut(1..<3)])
    for index in [1, 768, 769, 1536] {
      var forged = version
      forged.content?[index] = 119
      #expect(throws: RedactionError.file(.placeholder(leaf: 1))) { try forged.check() }
    }
    var planted = version
    planted.content?.replaceSubrange(769..<1537, with: tile(2))
    #expect(throws: RedactionError.file(.placeholder(leaf: 1))) { try planted.check() }
    var longer = version
    longer.content?.append(118)
    #expect(throws: RedactionError.file(.trailingBytes(offset: 1537))) { try longer.check() }
    var shorter = version
    shorter.content?.removeLast()
    #expect(throws: RedactionError.file(.placeholder(leaf: 1))) { try shorter.check() }
  }

  /// A picture in which a leaf isn't a tile can be whole or gone, but not grey in part.
  @Test(arguments: [[1, 767, 768], [1, 768, 769], [1, 0, 768], [1, 768, 768 + 768]])
  func whatIsNoTileIsRefusedOnceAnythingIsWithheld(sizes: [Int]) throws {
    let leaves = sizes.map { [UInt8](repeating: 7, count: $0) }
    let odd = UInt64(try #require(sizes.dropFirst().firstIndex { $0 != 768 }))
    let sealed = try picture(leaves)
    _ = try sealed.check()
    for cut in 1..<UInt64(3) {
      var version = sealed
      #expect(throws: RedactionError.file(.tile(leaf: odd))) {
        try version.redact([contentCut(cut..<cut + 1)])
      }
    }
    var gone = sealed
    try gone.redact([contentCut(0..<3)])
    _ = try gone.check()
  }

  /// Who reads leaf by leaf knows no view, and finds the odd leaf before the gap or behind it.
  @Test(arguments: [
    [(true, [1, 700]), (false, [768])], [(true, [1]), (false, [768]), (true, [769])],
  ])
  func aForgedPictureIsRefusedByAReaderToo(runs: [(isDisclosed: Bool, sizes: [Int])]) throws {
    let item = try SealedItem(seed: seed, mediaType: "image/tiff", leaves: [[1], [2], [3]])
    let leaves = Output()
    let head = try LeavesReader(reader(item.leavesFile)).head
    let writer = try LeavesWriter(head: head, write: leaves.writer)
    var content: [UInt8] = []
    for run in runs {
      try writer.beginRun(disclosed: run.isDisclosed, count: UInt64(run.sizes.count))
      for size in run.sizes {
        if run.isDisclosed { try writer.appendLength(UInt64(size)) }
        content += [UInt8](repeating: Tile.grey, count: size)
      }
    }
    try writer.finish()
    let gap: Range<UInt64> = runs.count == 2 ? 2..<3 : 1..<2
    let scanner = try LeafScanner(
      leaves: reader(leaves.bytes), content: reader(content), cuts: [contentCut(gap)])
    #expect(throws: RedactionError.file(.tile(leaf: runs.count == 2 ? 1 : 2))) {
      while try scanner.next() != nil {}
    }
  }

  @Test func theHeaderIsNeverWithheldAlone() throws {
    for range in [0..<1, 0..<2] as [Range<UInt64>] {
      var version = try picture([[1], tile(1), tile(2)])
      #expect(throws: RedactionError.file(.noRendering)) {
        try version.redact([contentCut(range)])
      }
    }
    var version = try picture([[1], tile(1), tile(2)])
    try version.redact([contentCut(1..<2)])
    #expect(throws: RedactionError.file(.noRendering)) { try version.redact([contentCut(0..<1)]) }
  }

  @Test(arguments: [(4, 4 + 2 * 768, 3), (1, 769, 2), (8, 8, 1)] as [(UInt32, UInt64, UInt64)])
  func aSealerMayAskForTiles(header: UInt32, byteCount: UInt64, leafCount: UInt64) throws {
    var lengths: [UInt64] = []
    let content = [UInt8](repeating: 0xFF, count: Int(byteCount))
    let found = try survey(
      mediaType: "image/tiff", byteCount: byteCount, cutting: .tiles(header: header),
      reopen: { reader(content, most: 100) }, writeLengths: { lengths += $0 })
    #expect(found.cutting == .tiles(header: header))
    #expect(found.leafCount == leafCount && lengths.count == Int(leafCount))
    #expect(lengths.first == UInt64(header) && lengths.dropFirst().allSatisfy { $0 == 768 })
    #expect(found.cutting.mode == 1 && found.cutting.grid == 0)
  }

  @Test(arguments: [0, 3, 5, 4 + 767, 4 + 769])
  func contentThatIsNoTilesIsRefused(byteCount: Int) {
    let content = [UInt8](repeating: 0, count: byteCount)
    #expect(throws: SegmentError.brokenTile) {
      try survey(
        mediaType: "image/tiff", byteCount: UInt64(byteCount), cutting: .tiles(header: 4),
        reopen: { reader(content) }, writeLengths: { _ in })
    }
  }

  @Test func anAskedForCuttingHasNoOther() throws {
    #expect(throws: SegmentError.unclosedQuote) {
      try survey(
        mediaType: "text/plain", byteCount: 2, cutting: .csv, reopen: { reader([0x22, 0x61]) },
        writeLengths: { _ in })
    }
    let grid = try survey(
      mediaType: "text/plain", byteCount: 9, cutting: .grid(4), reopen: { reader([]) },
      writeLengths: { _ in })
    #expect(grid.leafCount == 3)
  }
}
