import Redaction

/// Reads the leaves of page words as rows.
///
/// A row is seven cells, each with the delimiter behind it, so a leaf's position tells its row and
/// cell, also where leaves are withheld. Anything else isn't page words.
struct PageWordRows {
  /// What is known of a row.
  struct Row {
    /// All leaves of the row, delimiters too.
    let leaves: Range<UInt64>
    /// The numbers that are disclosed, by column.
    fileprivate(set) var numbers = [UInt32?](repeating: nil, count: PageWord.columns - 1)
    /// Leaves of cells that are disclosed.
    fileprivate(set) var disclosedCells: [UInt64] = []

    var isHeader: Bool { leaves.lowerBound == 0 }

    /// Where the word stands; nil where that isn't disclosed.
    var box: (page: UInt32, area: PixelArea)? {
      guard let page = numbers[0], let x = numbers[2], let y = numbers[3], let width = numbers[4],
        let height = numbers[5]
      else { return nil }
      return (page, PixelArea(x: x, y: y, width: width, height: height))
    }

    /// Whether something is disclosed, but not where it stands.
    var isUnknown: Bool { !isHeader && !disclosedCells.isEmpty && box == nil }
  }

  private let rowCount: UInt64
  private var row: Row
  private var cell: [UInt8] = []

  init(leafCount: UInt64) {
    let (rows, rest) = leafCount.quotientAndRemainder(dividingBy: Self.leavesPerRow)
    rowCount = rest == 0 && rows <= Self.maximumRows ? rows : 0
    row = Row(leaves: 0..<Self.leavesPerRow)
  }

  /// Whether every row was read.
  var isComplete: Bool { rowCount > 0 && row.leaves.lowerBound == rowCount * Self.leavesPerRow }

  /// Takes the next piece of the item; returns the rows that are complete now, nil where they
  /// aren't page words.
  mutating func take(_ piece: LeafScanner.Piece) -> [Row]? {
    guard rowCount > 0 else { return nil }
    switch piece {
    case .bytes(let leaf, let bytes):
      // A text of any length is no matter of ours; what is longer than a number is no number.
      let room = Self.isText(leaf) ? 0 : Self.longestCell + 1 - cell.count
      cell.append(contentsOf: bytes.prefix(max(0, room)))
      return []
    case .end(let leaf):
      defer { cell.removeAll(keepingCapacity: true) }
      guard note(leaf) else { return nil }
      return leaf + 1 == row.leaves.upperBound ? [finishRow()] : []
    case .withheld(let range):
      var finished: [Row] = []
      while range.upperBound >= row.leaves.upperBound { finished.append(finishRow()) }
      return finished
    }
  }

  /// Notes a disclosed leaf; false where it isn't what stands there in page words.
  private mutating func note(_ leaf: UInt64) -> Bool {
    let position = Int(leaf % Self.leavesPerRow)
    let column = position / 2
    guard position % 2 == 0 else {
      return cell == [column == PageWord.columns - 1 ? 0x0A : 0x2C]
    }
    row.disclosedCells.append(leaf)
    if row.isHeader { return cell.elementsEqual(Self.names[column].utf8) }
    guard column < PageWord.columns - 1 else { return true }
    guard let text = String(validating: cell, as: UTF8.self), let number = UInt32(text),
      String(number) == text
    else { return false }
    row.numbers[column] = number
    return true
  }

  private mutating func finishRow() -> Row {
    defer {
      row = Row(leaves: row.leaves.upperBound..<row.leaves.upperBound + Self.leavesPerRow)
    }
    return row
  }

  /// Whether the leaf is a word's text.
  private static func isText(_ leaf: UInt64) -> Bool {
    leaf >= leavesPerRow && leaf % leavesPerRow == UInt64(2 * (PageWord.columns - 1))
  }

  private static let names = PageWord.headerRow.dropLast().split(separator: ",")
  /// The words and the header row: as many withheld rows cost a loop.
  private static let maximumRows = UInt64(PageWord.maximumCount) + 1
  private static let leavesPerRow = UInt64(2 * PageWord.columns)
  /// Ten digits hold every number of 32 bits.
  private static let longestCell = 10
}
