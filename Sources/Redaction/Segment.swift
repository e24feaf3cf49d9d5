// Cutting an item's content into leaves: Docs/Redaction.md, "Granularity". Every cutter takes bytes
// in any chunks, holds at most one scalar of them, and gives the same leaves however they came.
// `SegmentTests` prove it with vectors and with each input cut at each place.

/// How an item's content was cut when it was sealed.
///
/// It isn't the item's ``Form``, which follows from the media type: a CSV file whose quotes don't
/// close is cut as text, and still has the placeholders of CSV.
public enum Cutting: Hashable, Sendable {
  /// Longest runs of scalars of general category L, M or N, and the runs between them.
  case text
  /// Cells and delimiters in turn, RFC 4180 with LF or CRLF.
  case csv
  /// The same with semicolons between cells, as spreadsheets write it where the comma is decimal.
  case semicolons
  /// The same with TAB between cells.
  case tabs
  /// Strings with their quotes, other scalars, and runs of structural bytes and white space.
  case json
  /// Leaves of so many bytes, at least 1; the last has what is left.
  case grid(UInt32)
  /// A tiled picture: one leaf of so many bytes, at least 1, for everything before the tiles, then a
  /// leaf for each of them.
  case tiles(header: UInt32)

  /// The mode of the item's shape: 0 for a grid, 1 for a table.
  public var mode: UInt8 { grid == 0 ? 1 : 0 }

  /// The bytes of a grid's leaf; 0 for a table.
  public var grid: UInt32 {
    if case .grid(let byteCount) = self { byteCount } else { 0 }
  }

  /// Whether the content must be UTF-8.
  var isOfText: Bool {
    switch self {
    case .text, .csv, .semicolons, .tabs, .json: true
    case .grid, .tiles: false
    }
  }
}

/// A part of the content, or the end of a leaf; an empty leaf is only the end.
public enum SegmentPiece {
  /// The next bytes of the leaf, never none; valid until the receiver returns.
  case bytes(UnsafeRawBufferPointer)
  /// The leaf is complete.
  case endLeaf
}

/// Why content can't be cut as asked.
public enum SegmentError: Error, Hashable, Sendable {
  /// The content isn't UTF-8: the byte at `offset` can't stand there, or the content ends inside a
  /// scalar. Cut it into a grid.
  case notUTF8(offset: UInt64)
  /// The content ends inside quotes. Cut it as text.
  case unclosedQuote
  /// The content isn't as long as was said: it changed while it was read.
  case byteCountChanged(expected: UInt64, found: UInt64)
  /// The content isn't a header and a whole number of tiles.
  case brokenTile
}

/// Takes content in any chunks and gives its leaves.
public struct Segmenter: Sendable {
  private enum Cutter: Sendable {
    case text(TextSegmenter)
    case cells(CellSegmenter)
    case json(JSONSegmenter)
    case grid(GridSegmenter)
    case tiles(TileSegmenter)
  }

  private var cutter: Cutter

  /// A segmenter at the start of the content.
  public init(_ cutting: Cutting) {
    switch cutting {
    case .text: cutter = .text(TextSegmenter())
    case .csv: cutter = .cells(CellSegmenter(separator: UInt8(ascii: ",")))
    case .semicolons: cutter = .cells(CellSegmenter(separator: UInt8(ascii: ";")))
    case .tabs: cutter = .cells(CellSegmenter(separator: UInt8(ascii: "\t")))
    case .json: cutter = .json(JSONSegmenter())
    case .grid(let byteCount): cutter = .grid(GridSegmenter(leafByteCount: byteCount))
    case .tiles(let header): cutter = .tiles(TileSegmenter(headerByteCount: header))
    }
  }

  /// Takes the next bytes of the content.
  ///
  /// - Throws: ``SegmentError/notUTF8(offset:)`` from the text cutter; what `emit` throws.
  public mutating func push(
    _ bytes: UnsafeRawBufferPointer, _ emit: (SegmentPiece) throws -> Void
  ) throws {
    switch cutter {
    case .text(var text):
      defer { cutter = .text(text) }
      try text.push(bytes, emit)
    case .cells(var cells):
      defer { cutter = .cells(cells) }
      try cells.push(bytes, emit)
    case .json(var json):
      defer { cutter = .json(json) }
      try json.push(bytes, emit)
    case .grid(var grid):
      defer { cutter = .grid(grid) }
      try grid.push(bytes, emit)
    case .tiles(var tiles):
      defer { cutter = .tiles(tiles) }
      try tiles.push(bytes, emit)
    }
  }

  /// Ends the content, and its last leaf. Empty content is one empty leaf.
  ///
  /// - Throws: ``SegmentError`` where the content can't end here; what `emit` throws.
  public mutating func finish(_ emit: (SegmentPiece) throws -> Void) throws {
    switch cutter {
    case .text(var text): try text.finish(emit)
    case .cells(var cells): try cells.finish(emit)
    case .json(let json): try json.finish(emit)
    case .grid(let grid): try grid.finish(emit)
    case .tiles(let tiles): try tiles.finish()
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Gives the bytes of a range as a piece, unless there are none.
  func give(_ range: Range<Int>, _ emit: (SegmentPiece) throws -> Void) rethrows {
    if !range.isEmpty { try emit(.bytes(UnsafeRawBufferPointer(rebasing: self[range]))) }
  }
}
