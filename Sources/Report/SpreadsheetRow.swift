/// One row of a CSV file (RFC 4180) that a spreadsheet opens without running anything in it.
///
/// A cell that a spreadsheet would take for a formula gets an apostrophe in front, which makes it
/// text; all cells stand in quotes.
struct SpreadsheetRow {
  /// The row with its line end.
  let text: String

  init(_ cells: [String]) {
    self.init(line: cells.map(Self.quoted).joined(separator: ","))
  }

  /// A row of cells that are quoted already.
  init(line: String) { text = line + "\r\n" }

  static func quoted(_ cell: String) -> String {
    var cell = printable(cell)
    if let first = cell.unicodeScalars.first(where: { !$0.properties.isWhitespace }),
      formulaStarts.contains(first)
    {
      cell = "'" + cell
    }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }

  /// What begins a formula, in full width too, since spreadsheets fold it; a tab or line end in front
  /// became a picture before.
  private static let formulaStarts: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}", "\u{2409}", "\u{240D}",
    "\u{240A}",
  ]
}
