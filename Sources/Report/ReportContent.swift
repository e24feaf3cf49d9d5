import CanonicalJSON

/// One of the numbered points of a report.
struct ReportPoint: Sendable {
  /// Its number, from 1; a stable key in the JSON.
  let number: Int
  let title: String
  let blocks: [ReportBlock]
}

/// What a point is made of. HTML, text and JSON are made of the same blocks, so that no form says
/// more or less than another.
enum ReportBlock: Sendable {
  case paragraph(ReportText)
  /// Labels with values.
  case facts([ReportFact], caption: String? = nil)
  case table(ReportTable)
  case list([ReportText])
  /// Commands for a shell, exactly as they are to be typed.
  case commands([RepeatCommand])
  case draft(ReportDraft)
}

/// Text by its origin, which decides how it is shown.
enum ReportText: Hashable, Sendable {
  /// A sentence of ours in the language of the report.
  case words(String)
  /// A sentence of the program, which speaks English.
  case english(String)
  /// Text that somebody else chose: of the bundle, of a certificate, of the caller.
  case given(String)
  /// A digest, an identifier, a path.
  case code(String)
  /// A point in time.
  case time(String)

  var string: String {
    switch self {
    case .words(let text), .english(let text), .given(let text), .code(let text),
      .time(let text):
      text
    }
  }
}

/// A value with its label.
struct ReportFact: Sendable {
  let label: String
  let values: [ReportText]

  init(_ label: String, _ values: [ReportText]) {
    self.label = label
    self.values = values
  }

  init(_ label: String, _ value: ReportText) { self.init(label, [value]) }
}

/// A table; the first cell of a row names the row.
struct ReportTable: Sendable {
  let caption: String
  let columns: [String]
  /// How wide each column is, in hundredths of the page, in steps of five: a long text in one column
  /// must not squeeze the others.
  let widths: [Int]
  var rows = Rows([])
  /// What is to be said below it.
  var note: String?

  /// A row, and whether something is wrong with it: such rows are never left out of a long table.
  struct Row: Sendable {
    let cells: [[ReportText]]
    var isBad = false
  }

  /// Rows in memory, or so many of which each is made when it is asked for.
  struct Rows: RandomAccessCollection, Sendable {
    private var known: [Row]
    private let made: (count: Int, row: @Sendable (Int) -> Row)?

    init(_ rows: [Row]) { (known, made) = (rows, nil) }

    init(count: Int, _ row: @escaping @Sendable (_ index: Int) -> Row) {
      (known, made) = ([], (count, row))
    }

    var startIndex: Int { 0 }
    var endIndex: Int { made?.count ?? known.count }
    subscript(index: Int) -> Row { made?.row(index) ?? known[index] }

    fileprivate mutating func append(_ row: Row) { known.append(row) }
  }

  mutating func add(_ cells: [ReportText], isBad: Bool = false) {
    add(Row(cells: cells.map { [$0] }, isBad: isBad))
  }

  /// To a table whose rows are in memory.
  mutating func add(_ row: Row) { rows.append(row) }
}

/// A command that repeats a part of the check.
struct RepeatCommand: Hashable, Sendable {
  let command: String
  /// What it must print, where its exit status alone doesn't tell.
  var expected: String?
}

/// The draft of a statement that a person completes and signs.
struct ReportDraft: Sendable {
  let title: String
  /// The language that the statement is made in, which may be another than the report's.
  let language: ReportLanguage
  let paragraphs: [String]
}

extension ReportPoint {
  var json: JSONStream {
    var object = JSONStream(["number": .integer(Int64(number)), "title": .string(title)])
    object["blocks"] = .array(blocks) { $0.json }
    return object
  }
}

extension ReportBlock {
  var json: JSONStream {
    switch self {
    case .paragraph(let text): .value(["kind": "paragraph", "text": .string(text.string)])
    case .facts(let facts, let caption): .value(Self.json(facts, caption: caption))
    case .table(let table): table.json
    case .list(let texts):
      .value(["kind": "list", "items": .array(texts.map { .string($0.string) })])
    case .commands(let commands): .value(Self.json(commands))
    case .draft(let draft):
      .value([
        "kind": "draft", "title": .string(draft.title),
        "language": .string(draft.language.rawValue),
        "paragraphs": .array(draft.paragraphs.map { .string($0) }),
      ])
    }
  }

  private static func json(_ facts: [ReportFact], caption: String?) -> JSON {
    let rows = facts.map { fact -> JSON in
      ["label": .string(fact.label), "values": .array(fact.values.map { .string($0.string) })]
    }
    return JSON.object(["kind": "facts", "rows": .array(rows)])
      .adding("caption", caption.map { .string($0) })
  }

  private static func json(_ commands: [RepeatCommand]) -> JSON {
    let objects = commands.map { command in
      JSON.object(["command": .string(command.command)])
        .adding("expected", command.expected.map { .string($0) })
    }
    return ["kind": "commands", "commands": .array(objects)]
  }
}

extension ReportTable {
  fileprivate var json: JSONStream {
    var object = JSONStream([
      "kind": "table", "caption": .string(caption),
      "columns": .array(columns.map { .string($0) }),
    ])
    object["rows"] = .array(rows) { row in
      .value(.array(row.cells.map { .string($0.map(\.string).joined(separator: "\n")) }))
    }
    return object
  }
}

extension JSON {
  /// The object with one more member, where there is a value for it.
  func adding(_ key: String, _ value: JSON?) -> JSON {
    guard let value else { return self }
    var object = self.object ?? [:]
    object[key] = value
    return .object(object)
  }
}
