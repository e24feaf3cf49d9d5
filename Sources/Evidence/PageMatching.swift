import Redaction

/// Brings the cuts of a page's picture and of its words into line.
///
/// Reads the words once, row by row. Memory: four bytes for each tile, and what is to be cut.
struct PageMatching {
  /// Leaves to be cut, and the cut that they match.
  typealias Forced = (range: Range<UInt64>, cause: Cut)

  private let page: UInt32?
  /// The cuts of this step, ascending.
  private let tileCuts: [Cut]
  private let wordCuts: [Cut]
  private let withheldTiles: [Cut]

  /// - Parameters:
  ///   - page: the page that both are of, from 1.
  ///   - tiles: this step's cuts in the picture's content.
  ///   - words: this step's cuts in the content of the words.
  ///   - withheldTiles: earlier steps' cuts of the picture.
  init(page: Int, tiles: [Cut], words: [Cut], withheldTiles: [Cut]) {
    self.page = UInt32(exactly: page)
    tileCuts = tiles.sorted { $0.range.lowerBound < $1.range.lowerBound }
    wordCuts = words.sorted { $0.range.lowerBound < $1.range.lowerBound }
    self.withheldTiles = withheldTiles.filter(\.isOfContent)
  }

  /// Finds what is to be cut beside; nil where the words can't be read as words of this page.
  func run(
    over grid: TileGrid, leaves: ByteReader?, content: ByteReader?, earlier: [Cut]
  ) throws -> (tiles: [Forced], cells: [Forced])? {
    guard let leaves, let page else { return nil }
    let scanner = try LeafScanner(leaves: leaves, content: content, cuts: earlier)
    guard scanner.head.shape.mode == .table else { return nil }
    var rows = PageWordRows(leafCount: scanner.head.shape.leafCount)
    var causes: [Cut] = []
    var owners = TileOwners(grid, taken: (tileCuts + withheldTiles).map(\.range))
    var cells: [Forced] = []
    while let piece = try scanner.next() {
      guard let finished = rows.take(piece) else { return nil }
      for row in finished {
        guard let cause = cause(of: row, in: grid) else {
          if row.isUnknown { return nil }
          continue
        }
        guard let box = row.box, box.page == page, causes.count < Self.maximumRows else {
          return nil
        }
        for leaf in row.disclosedCells where wordCuts.touching(leaf..<leaf + 1).isEmpty {
          cells.append((leaf..<leaf + 1, cause))
        }
        owners.give(
          grid.leaves(touching: box.area), to: Int32(causes.count),
          strictness: ReasonCode.strictness(of: cause.code))
        causes.append(cause)
      }
    }
    guard rows.isComplete else { return nil }
    return (owners.ranges.map { ($0.range, causes[Int($0.owner)]) }, cells)
  }

  /// The cut that takes a row, the strictest of its own and of those of tiles that it touches.
  private func cause(of row: PageWordRows.Row, in grid: TileGrid) -> Cut? {
    if row.isHeader { return nil }
    let tiles = row.box.map { grid.leaves(touching: $0.area) } ?? []
    let causes =
      wordCuts.touching(row.leaves) + tiles.flatMap { tileCuts.touching($0) }
    return causes.min { one, other in
      ReasonCode.strictness(of: one.code) < ReasonCode.strictness(of: other.code)
    }
  }

  /// A record has room for about 250,000 cuts, and a row takes seven and more of them.
  private static let maximumRows = 32_768
}

/// Who takes which tile: the strictest, and of those the first.
private struct TileOwners {
  private static let free: Int32 = -1
  private static let taken: Int32 = -2
  private var owners: [Int32]
  /// By owner.
  private var strictness: [Int] = []

  init(_ grid: TileGrid, taken: [Range<UInt64>]) {
    owners = [Int32](repeating: Self.free, count: Int(grid.leafCount))
    for range in taken {
      for leaf in range.clamped(to: 0..<grid.leafCount) { owners[Int(leaf)] = Self.taken }
    }
  }

  /// Gives tiles to the next owner; owners count from 0.
  mutating func give(_ ranges: [Range<UInt64>], to owner: Int32, strictness: Int) {
    self.strictness.append(strictness)
    for leaf in ranges.joined() {
      let before = owners[Int(leaf)]
      if before == Self.free || before >= 0 && strictness < self.strictness[Int(before)] {
        owners[Int(leaf)] = owner
      }
    }
  }

  /// Longest runs of tiles of one owner.
  var ranges: [(range: Range<UInt64>, owner: Int32)] {
    var ranges: [(range: Range<UInt64>, owner: Int32)] = []
    for (leaf, owner) in owners.enumerated() where owner >= 0 {
      let leaf = UInt64(leaf)
      if let last = ranges.last, last.owner == owner, last.range.upperBound == leaf {
        ranges[ranges.count - 1].range = last.range.lowerBound..<leaf + 1
      } else {
        ranges.append((leaf..<leaf + 1, owner))
      }
    }
    return ranges
  }
}

extension [Cut] {
  /// Those of these ascending cuts that touch the range.
  fileprivate func touching(_ range: Range<UInt64>) -> ArraySlice<Cut> {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle].range.upperBound <= range.lowerBound {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return self[low...].prefix { $0.range.lowerBound < range.upperBound }
  }
}
