/// The text of a page from the words that were found on it: `page,line,x,y,width,height,text`.
///
/// Words of a line are joined by spaces, lines by line feeds. What a word comes from is its whole
/// row, without the line end.
///
/// - Parameter raw: the whole CSV file, RFC 4180.
/// - Returns: nil unless the header row is that one and each row has as many cells.
package func wordsText(_ raw: [UInt8]) -> DecodedText? {
  var reader = CellReader(raw)
  guard let header = reader.nextRow(), header.cells == wordColumns else { return nil }
  var text = DecodedText()
  var place: [[UInt8]]?
  while let row = reader.nextRow() {
    guard row.cells.count == wordColumns.count else { return nil }
    let word = row.cells[6]
    if word.isEmpty { continue }
    let line = Array(row.cells[..<2])
    if let place {
      text.append(inserted: CollectionOfOne(place == line ? 0x20 : 0x0A))
    }
    place = line
    text.append(word, standingFor: row.range)
  }
  return reader.isBroken ? nil : text
}

private let wordColumns = ["page", "line", "x", "y", "width", "height", "text"].map {
  Array($0.utf8)
}

/// Rows of a CSV file, RFC 4180.
private struct CellReader {
  private let raw: [UInt8]
  private var place = 0
  /// A quote that isn't closed, or text behind one that is.
  private(set) var isBroken = false

  init(_ raw: [UInt8]) {
    self.raw = raw
    if raw.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
  }

  /// The next row's cells, unquoted, and its bytes without the line end; nil at the end.
  mutating func nextRow() -> (cells: [[UInt8]], range: Range<Int>)? {
    guard place < raw.count, !isBroken else { return nil }
    let start = place
    var cells: [[UInt8]] = []
    while true {
      cells.append(nextCell())
      if isBroken { return nil }
      let end = place
      guard place < raw.count, raw[place] == UInt8(ascii: ",") else {
        endLine()
        return isBroken ? nil : (cells, start..<end)
      }
      place += 1
    }
  }

  private mutating func nextCell() -> [UInt8] {
    guard place < raw.count, raw[place] == UInt8(ascii: "\"") else {
      let start = place
      while place < raw.count, !isCellEnd(raw[place]) { place += 1 }
      return Array(raw[start..<place])
    }
    let start = place
    place += 1
    while place < raw.count {
      if raw[place] == UInt8(ascii: "\"") {
        guard place + 1 < raw.count, raw[place + 1] == UInt8(ascii: "\"") else {
          place += 1
          return unquotedCell(raw[start..<place])
        }
        place += 1
      }
      place += 1
    }
    isBroken = true
    return []
  }

  private mutating func endLine() {
    if place < raw.count, raw[place] == 0x0D { place += 1 }
    if place < raw.count, raw[place] == 0x0A {
      place += 1
    } else if place < raw.count {
      isBroken = true
    }
  }

  private func isCellEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ",") || isLineEnd(byte) }
}
