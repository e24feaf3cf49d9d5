/// Finds what parts the cells of a CSV file, from its first line: Docs/Redaction.md, "Granularity".
///
/// Semicolons outside quotes and no comma outside quotes mean semicolons, anything else commas. A
/// quote opens at the start of the line and behind either of the two, since it isn't known yet
/// which of them counts; the line ends at an LF outside quotes.
struct SeparatorSearch: Sendable {
  private enum State: Sendable { case cellStart, bare, quoted, quoteInQuotes }

  private var state = State.cellStart
  /// How many bytes of a byte order mark came; it doesn't hide a quote behind it.
  private var markCount = 0

  /// Whether the answer is certain, so that nothing more need come.
  private(set) var isDone = false
  /// How the file is cut, as far as is known: `csv` or `semicolons`.
  private(set) var cutting = Cutting.csv

  mutating func push(_ bytes: UnsafeRawBufferPointer) {
    guard !isDone else { return }
    for byte in bytes where !isDone {
      if markCount < Self.mark.count, byte == Self.mark[markCount] {
        markCount += 1
        continue
      }
      markCount = Self.mark.count
      push(byte)
    }
  }

  private mutating func push(_ byte: UInt8) {
    switch (state, byte) {
    case (.quoted, Self.quote): state = .quoteInQuotes
    case (.quoted, _): break
    case (.quoteInQuotes, Self.quote), (.cellStart, Self.quote): state = .quoted
    case (_, UInt8(ascii: ",")):
      cutting = .csv
      isDone = true
    case (_, UInt8(ascii: ";")):
      cutting = .semicolons
      state = .cellStart
    case (_, 0x0A): isDone = true
    default: state = .bare
    }
  }

  private static let quote = UInt8(ascii: "\"")
  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
}
