import Redaction

/// Follows an item's leaves from the first one and knows what a person would call the place.
///
/// It reads what is there, with everything withheld passed over: a table's cells by their delimiters,
/// JSON by its structure, text by its line feeds. Where structure is withheld, it falls back to lines.
struct PlaceTracker {
  /// A place between two leaves.
  enum Mark: Hashable {
    case cell(CutPlace.Cell)
    case value(CutPlace.Value)
    case line(UInt64)
  }

  private var line: UInt64 = 1
  private var table: TablePlace?
  private var json: JSONPlace?

  /// - Parameter form: the item's form; tables and JSON have places of their own.
  init(form: Form, mediaType: String) {
    switch form {
    case .csv: table = TablePlace()
    case .json:
      let isLines = mediaType.lowercased().hasPrefix("application/x-ndjson")
      json = JSONPlace(isLines: isLines)
    case .text:
      if isTabSeparated(mediaType: mediaType) { table = TablePlace() }
    case .image, .grid: break
    }
  }

  /// Where the next leaf stands.
  var mark: Mark {
    if let cell = table?.cell { return .cell(cell) }
    if let value = json?.value { return .value(value) }
    return .line(line)
  }

  /// Takes the next bytes of a leaf.
  mutating func push(_ bytes: UnsafeRawBufferPointer) {
    for byte in bytes where byte == UInt8(ascii: "\n") { line += 1 }
    table?.push(bytes)
    json?.push(bytes)
  }

  /// Takes the end of a leaf.
  mutating func end(leaf: UInt64) {
    table?.end(leaf: leaf)
    json?.end()
  }

  /// Takes leaves that are withheld.
  mutating func withheld(_ leaves: Range<UInt64>) {
    table?.withheld(leaves)
    json?.withheld(leaves)
  }
}

/// The cells of a table: leaves of even number, with a delimiter behind each.
private struct TablePlace {
  private var row: UInt64 = 1
  private var column: UInt64 = 1
  private var isLost = false
  private var names: [String?] = []
  private var text: [UInt8] = []

  var cell: CutPlace.Cell? {
    guard !isLost else { return nil }
    let index = Int(column) - 1
    let name = row > 1 && names.indices.contains(index) ? names[index] : nil
    return CutPlace.Cell(row: row, column: column, name: name)
  }

  mutating func push(_ bytes: UnsafeRawBufferPointer) {
    guard !isLost else { return }
    // Behind the header row only delimiters are looked at.
    let room = (row == 1 ? Self.maximumName : 3) - text.count
    if room > 0 { text.append(contentsOf: bytes.prefix(room)) }
  }

  mutating func end(leaf: UInt64) {
    defer { text.removeAll(keepingCapacity: true) }
    guard !isLost else { return }
    guard leaf % 2 == 1 else {
      if row == 1 { note(Self.name(of: text)) }
      return
    }
    switch text {
    case [UInt8(ascii: ",")], [UInt8(ascii: ";")], [UInt8(ascii: "\t")]: column += 1
    case [0x0A], [0x0D, 0x0A]:
      row += 1
      column = 1
    default: isLost = true
    }
  }

  mutating func withheld(_ leaves: Range<UInt64>) {
    if leaves.count != 1 || leaves.lowerBound % 2 == 1 { isLost = true }
    if row == 1 { note(nil) }
  }

  private mutating func note(_ name: String?) {
    if names.count < Self.maximumColumns { names.append(name) }
  }

  private static func name(of cell: [UInt8]) -> String? {
    var text = cell[...]
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
    let name = String(decoding: text, as: UTF8.self)
    guard name.count >= 2, name.hasPrefix("\""), name.hasSuffix("\"") else { return name }
    return String(name.dropFirst().dropLast()).replacing("\"\"", with: "\"")
  }

  /// A longer name of a column is shown cut off; it is only a sign to a person.
  private static let maximumName = 128
  /// Columns past these are told by their number.
  private static let maximumColumns = 4096
}
