import Redaction

/// The words of a page that are withheld. Those that stand side by side and go for one reason are one
/// value, as they would be in a text; the numbers of their rows say where they stand, and tell nothing
/// elsewhere.
struct LeakPageWords {
  private let isWhole: Bool
  private let cuts: LeakCuts
  private let collector: LeakCollector
  private var line: [UInt8] = []
  private var value: [UInt8] = []
  /// The leaves of the words in `value`, and why they go.
  private var leaves: Range<UInt64> = 0..<0
  private var reason: Cut?
  private var lineOfValue: [UInt8] = []

  init(isWhole: Bool, _ cuts: LeakCuts, _ collector: LeakCollector) {
    self.isWhole = isWhole
    self.cuts = cuts
    self.collector = collector
  }

  /// Takes a cell of a page's words, as it stands.
  mutating func end(leaf: UInt64, _ cell: [UInt8], isWithheld: Bool) throws {
    switch leaf % UInt64(2 * PageWord.columns) {
    case 2: line = cell
    case UInt64(2 * PageWord.columns - 2):
      guard isWithheld, leaf > UInt64(2 * PageWord.columns) else { return try finish() }
      let cut = cuts.content(at: leaf).cut
      if line != lineOfValue || cut?.code != reason?.code || cut?.rule != reason?.rule {
        try finish()
      }
      if value.isEmpty {
        leaves = leaf..<leaf + 1
        lineOfValue = line
        reason = cut
      } else {
        value.append(0x20)
      }
      value += unquotedCell(cell[...])
      leaves = leaves.lowerBound..<leaf + 1
    default: break
    }
  }

  /// Ends the value that was begun.
  mutating func finish() throws {
    defer { value.removeAll(keepingCapacity: true) }
    guard !value.isEmpty else { return }
    let source = cuts.source(leaves)
    if !isWhole, value.count <= LeakRun.longestValue { return try collector.add(value, source) }
    var passages = LeakPassages(isMarkup: false, isBinary: false) { [collector] kind, text in
      try collector.add(kind, text, source)
    }
    try passages.push(value)
    try passages.finish()
  }
}
