/// Follows a CSV file's cells and delimiters, and knows which cells stand in the columns asked for.
///
/// Cells are the leaves of even number. Where an earlier step withheld a delimiter, the rest of that
/// row could be any column: its cells are all taken.
struct ColumnTracker {
  typealias Wanted = (rule: Int, name: String)

  private let wanted: [Wanted]
  private var ruleOfColumn: [Int: Int] = [:]
  private var rulesOfColumn: [Int: [Int]] = [:]
  private var namesFound: Set<String> = []
  private var isTable: Bool
  private var isHeader = true
  private var column: Int? = 0
  private var cell: [UInt8] = []
  private let prefixByteCount: Int

  init(_ wanted: [Wanted], isTable: Bool) {
    self.wanted = wanted
    self.isTable = isTable
    let longest = wanted.map { $0.name.utf8.count }.max() ?? 0
    // Each quote of a name is doubled in its cell; then quotes, a byte order mark, and blanks.
    prefixByteCount = 2 * longest + Self.spareByteCount
  }

  mutating func push(_ bytes: UnsafeRawBufferPointer) {
    // Behind the header row only delimiters are looked at.
    let room = (isHeader ? prefixByteCount : 3) - cell.count
    if isTable, room > 0 { cell.append(contentsOf: bytes.prefix(room)) }
  }

  /// Ends a leaf; the rule that takes it.
  mutating func endLeaf(_ leaf: UInt64, _ results: inout FindResults) -> Int? {
    guard isTable else { return nil }
    defer { cell.removeAll(keepingCapacity: true) }
    guard leaf % 2 == 0 else {
      switch cell {
      case [0x2C], [0x3B], [0x09]: column = column.map { $0 + 1 }
      case [0x0A], [0x0D, 0x0A]:
        isHeader = false
        column = 0
      default: isTable = false
      }
      return nil
    }
    if isHeader {
      noteHeader(Self.name(of: cell))
      return nil
    }
    if let column {
      count(column, &results)
      return ruleOfColumn[column]
    }
    for rule in Set(wanted.map(\.rule)) { results.count(rule: rule) }
    return wanted.map(\.rule).min()
  }

  mutating func withheld(_ leaves: Range<UInt64>, _ results: inout FindResults) {
    guard isTable, !leaves.isEmpty else { return }
    if leaves.upperBound - leaves.lowerBound == 1, leaves.lowerBound % 2 == 0 {
      if !isHeader, let column { count(column, &results) }
      return
    }
    column = nil
    for wanted in wanted { results.add(.structureWithheld(rule: wanted.rule)) }
  }

  func finish(_ results: inout FindResults) {
    for wanted in wanted {
      if !isTable {
        results.add(.notATable(rule: wanted.rule))
      } else if !namesFound.contains(wanted.name) {
        results.add(.columnMissing(rule: wanted.rule, name: wanted.name))
      }
    }
  }

  private func count(_ column: Int, _ results: inout FindResults) {
    for rule in rulesOfColumn[column] ?? [] { results.count(rule: rule) }
  }

  private mutating func noteHeader(_ name: String) {
    guard let column else { return }
    for wanted in wanted where wanted.name == name {
      namesFound.insert(name)
      ruleOfColumn[column] = min(ruleOfColumn[column] ?? .max, wanted.rule)
      if rulesOfColumn[column]?.contains(wanted.rule) != true {
        rulesOfColumn[column, default: []].append(wanted.rule)
      }
    }
  }

  /// The text of a cell: without a byte order mark, blanks around it and its quotes.
  private static func name(of cell: [UInt8]) -> String {
    var text = cell[...]
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
    while let first = text.first, first == 0x20 || first == 0x09 { text = text.dropFirst() }
    while let last = text.last, last == 0x20 || last == 0x09 { text = text.dropLast() }
    return String(decoding: unquotedCell(text), as: UTF8.self)
  }

  /// A byte order mark, two quotes, and as many blanks as anybody puts around a name.
  private static let spareByteCount = 64
}

/// What a CSV cell says: without its quotes, doubled ones once.
func unquotedCell(_ cell: ArraySlice<UInt8>) -> [UInt8] {
  let quote = UInt8(ascii: "\"")
  guard cell.count >= 2, cell.first == quote, cell.last == quote else { return Array(cell) }
  var value: [UInt8] = []
  var isHalf = false
  for byte in cell.dropFirst().dropLast() {
    isHalf = byte == quote && !isHalf
    if !isHalf { value.append(byte) }
  }
  return value
}
