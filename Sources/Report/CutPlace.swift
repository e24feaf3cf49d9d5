public import CanonicalJSON

/// Where in an item a cut lies, as a person would point at it.
///
/// Rows, lines and columns count from 1, a table's header row included, as spreadsheets and editors
/// count. Of a redacted copy it says what that copy discloses and no more: lines and rows are those
/// of the file as it stands.
public struct CutPlace: Hashable, Sendable {
  /// The page that a companion shows, from 1.
  public var page: Int?
  /// The place on the page, or in the item.
  public var part: Part

  /// What a cut takes.
  public enum Part: Hashable, Sendable {
    /// The item with everything in it.
    case whole
    /// Facts about the file: the keys of its header leaves as far as they are disclosed.
    case facts([String], leaves: Range<UInt64>)
    /// Cells of a table; the same one twice for one cell.
    case cells(Cell, Cell)
    /// Values or keys of JSON; the same one twice for one.
    case values(Value, Value)
    /// Lines of text.
    case lines(ClosedRange<UInt64>)
    /// Bytes of the item, offsets from 0.
    case bytes(Range<UInt64>)
    /// Pixels of a picture, both ranges from 0.
    case pixels(x: Range<UInt64>, y: Range<UInt64>)
    /// Leaves, where nothing better is known.
    case leaves(Range<UInt64>)
  }

  /// A cell of a table.
  public struct Cell: Hashable, Sendable {
    /// The row, from 1, the header row included.
    public var row: UInt64
    /// The column, from 1.
    public var column: UInt64
    /// What the header row calls the column, where that is disclosed.
    public var name: String?
  }

  /// A value of a JSON document, or a key.
  public struct Value: Hashable, Sendable {
    /// The line of the document in a file of lines, from 1.
    public var line: UInt64?
    /// The pointer (RFC 6901) to the value; of a key, to the object that it is in.
    public var pointer: String
    /// Whether it is a key.
    public var isKey = false
  }

  /// A place on a page, or in an item.
  public init(page: Int? = nil, _ part: Part) {
    self.page = page
    self.part = part
  }
}

extension CutPlace {
  /// The place in words, fit for a terminal.
  public var words: String {
    let place =
      switch part {
      case .whole: "the whole item"
      case .facts(let keys, let leaves):
        keys.isEmpty
          ? "facts about the file (\(Self.leafWords("header leaf", "header leaves", leaves)))"
          : "facts about the file: " + keys.joined(separator: ", ")
      case .cells(let first, let last):
        first == last ? first.words : "\(first.words) to \(last.words)"
      case .values(let first, let last):
        first == last ? first.words : "\(first.words) to \(last.words)"
      case .lines(let lines):
        lines.count == 1
          ? "line \(lines.lowerBound)" : "lines \(lines.lowerBound)–\(lines.upperBound)"
      case .bytes(let bytes):
        bytes.count == 1
          ? "byte \(bytes.lowerBound)" : "bytes \(bytes.lowerBound)–\(bytes.upperBound - 1)"
      case .pixels(let x, let y):
        "pixels \(x.lowerBound)–\(x.upperBound - 1) across, \(y.lowerBound)–\(y.upperBound - 1) down"
      case .leaves(let leaves): Self.leafWords("leaf", "leaves", leaves)
      }
    return page.map { "page \($0), \(place)" } ?? place
  }

  /// The place as an object: `words`, and the numbers that they are made from.
  public var json: JSON {
    var object: [String: JSON] = ["words": .string(words)]
    func set(_ key: String, _ value: UInt64?) {
      if let value { object[key] = .integer(Int64(clamping: value)) }
    }
    set("page", page.map { UInt64($0) })
    switch part {
    case .whole: object["whole"] = true
    case .facts(let keys, _): object["facts"] = .array(keys.map { .string($0) })
    case .cells(let first, let last):
      set("row", first.row)
      set("column", first.column)
      if let name = first.name { object["columnName"] = .string(name) }
      if first != last {
        set("lastRow", last.row)
        set("lastColumn", last.column)
      }
    case .values(let first, let last):
      set("line", first.line)
      object[first.isKey ? "keyIn" : "pointer"] = .string(first.pointer)
      if first != last { object["lastPointer"] = .string(last.pointer) }
    case .lines(let lines):
      set("line", lines.lowerBound)
      if lines.count > 1 { set("lastLine", lines.upperBound) }
    case .bytes(let bytes):
      set("offset", bytes.lowerBound)
      set("end", bytes.upperBound)
    case .pixels(let x, let y):
      set("x", x.lowerBound)
      set("y", y.lowerBound)
      set("width", UInt64(x.count))
      set("height", UInt64(y.count))
    case .leaves: break
    }
    return .object(object)
  }

  private static func leafWords(_ one: String, _ many: String, _ leaves: Range<UInt64>) -> String {
    leaves.count == 1
      ? "\(one) \(leaves.lowerBound)" : "\(many) \(leaves.lowerBound)–\(leaves.upperBound - 1)"
  }
}

extension CutPlace.Cell {
  fileprivate var words: String {
    "row \(row), column " + (name.map { "\"\(printable($0))\"" } ?? String(column))
  }
}

extension CutPlace.Value {
  fileprivate var words: String {
    let place = pointer.isEmpty ? "the document" : printable(pointer)
    let value = isKey ? "a key in \(place)" : place
    return line.map { "line \($0), \(value)" } ?? value
  }
}
