import Evidence

/// Makes rows of page words from what `pdftotext -tsv` says of one page.
///
/// Its lines have twelve columns parted by tabs: `level page_num par_num block_num line_num word_num
/// left top width height conf text`; those of level 5 are words, placed in points from the page's
/// top left corner as it is shown, turned pages too.
struct PageWordTable {
  private(set) var wordCount = 0
  private let page: UInt32
  private let grid: TileGrid
  private let scale: Double
  private var line: [UInt8] = []
  private var lineCount = 0
  private var wordLine: UInt32 = 0
  private var place: [Substring] = []

  /// - Parameters:
  ///   - grid: the page's picture.
  ///   - resolution: its pixels an inch.
  init(page: UInt32, grid: TileGrid, resolution: UInt16) {
    self.page = page
    self.grid = grid
    scale = Double(resolution) / Self.pointsPerInch
  }

  /// Takes the next bytes of the table, and gives the rows of complete words.
  mutating func push(
    _ bytes: UnsafeRawBufferPointer, _ give: (String) throws -> Void
  ) throws {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        try take(String(decoding: line, as: UTF8.self), give)
        line.removeAll(keepingCapacity: true)
      } else {
        guard line.count < Self.longestLine else { throw DecoderFault.malformedOutput }
        line.append(byte)
      }
    }
  }

  /// Ends the table.
  func finish() throws(DecoderFault) {
    guard line.isEmpty, lineCount > 0 else { throw .malformedOutput }
  }

  private mutating func take(_ line: String, _ give: (String) throws -> Void) throws {
    lineCount += 1
    // A carriage return or tab in a word stays in its last column.
    let cells = line.split(
      separator: "\t", maxSplits: Self.columns - 1, omittingEmptySubsequences: false)
    guard cells.count == Self.columns else { throw DecoderFault.malformedOutput }
    if lineCount == 1 {
      guard cells.first == "level", cells.last == "text" else {
        throw DecoderFault.malformedOutput
      }
      return
    }
    guard cells[0] == Self.wordLevel, !cells[11].isEmpty else { return }
    guard wordCount < Self.maximumWords else { throw DecoderFault.tooMuchOutput }
    if wordCount == 0 { try give(PageWord.headerRow) }
    if cells[2...4] != place[...] {
      place = Array(cells[2...4])
      wordLine += 1
    }
    wordCount += 1
    try give(
      PageWord(page: page, line: wordLine, box: box(cells[6...9]), text: String(cells[11])).row)
  }

  /// The word's box in pixels, with a margin: slanted letters and accents reach out of it.
  private func box(_ cells: ArraySlice<Substring>) throws(DecoderFault) -> PixelArea {
    let numbers = cells.compactMap { Double($0) }
    guard numbers.count == 4, numbers.allSatisfy({ abs($0) < Self.farthest }) else {
      throw .malformedOutput
    }
    let margin = max(2, min(numbers[2], numbers[3]) * scale / 8)
    // A word that stands outside the page touches its edge, so that it can be found at all.
    func range(_ start: Double, _ length: Double, _ side: UInt32) -> (UInt32, UInt32) {
      let last = Double(side - 1)
      let lower = min(max(0, (start * scale - margin).rounded(.down)), last)
      let upper = min(max(lower, ((start + length) * scale + margin).rounded(.up)), last)
      return (UInt32(lower), UInt32(upper - lower) + 1)
    }
    let (x, width) = range(numbers[0], numbers[2], grid.width)
    let (y, height) = range(numbers[1], numbers[3], grid.height)
    return PixelArea(x: x, y: y, width: width, height: height)
  }

  private static let pointsPerInch = 72.0
  private static let columns = 12
  private static let wordLevel = "5"
  /// What redaction reads of a page, less the header row.
  private static let maximumWords = PageWord.maximumCount
  /// A word is a few bytes; one of this length is a trick.
  private static let longestLine = 1 << 16
  /// PDF's pages have 14,400 points at most; what stands further off isn't on one.
  private static let farthest = 1e6
}
