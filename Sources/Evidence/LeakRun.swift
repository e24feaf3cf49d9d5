import Redaction

/// A row of withheld leaves, on its way into values.
///
/// What a cut chose is a value as a whole, if it isn't longer than a name, an address or a number
/// can be; what is longer, and what was withheld with its whole item, is known by its passages.
final class LeakRun {
  /// What the content is, and how it was cut.
  struct Kind {
    enum Content { case text, mail, markup, cells, strings, tiles, binary }
    let content: Content
    let isWhole: Bool

    init(shape: ItemShape, form: Form, mediaType: String, isWhole: Bool) {
      self.isWhole = isWhole
      let type = mediaType.lowercased()
      content =
        switch (shape.mode, form) {
        case (.grid(let grid), _) where grid > 1: .binary
        case (_, .csv): .cells
        case (_, .json): .strings
        case (_, .image): .tiles
        case _ where type.hasPrefix("message/"): .mail
        case _ where type.contains("html") || type.contains("xml"): .markup
        default: .text
        }
    }
  }

  private let kind: Kind
  private let leaves: Range<UInt64>
  private let cuts: LeakCuts
  private let collector: LeakCollector
  /// The leaves that the bytes in `bytes` are of.
  private var first: UInt64
  private var bytes: [UInt8] = []
  private var byteCount: UInt64 = 0
  private var isLong = false
  private var passages: LeakPassages?
  private var mail: LeakMailDecoder?
  private var samples: LeakSamples?
  private var row: [UInt8] = []

  init(
    _ kind: Kind, _ leaves: Range<UInt64>, _ cuts: LeakCuts, _ collector: LeakCollector
  ) {
    self.kind = kind
    self.leaves = leaves
    self.cuts = cuts
    self.collector = collector
    first = leaves.lowerBound
    if kind.content == .binary { samples = LeakSamples(step: 1024, window: 48) }
    if kind.content == .tiles { samples = LeakSamples(step: Tile.byteCount, window: 240) }
  }

  func push(_ piece: UnsafeRawBufferPointer) throws {
    byteCount += UInt64(piece.count)
    if let found = samples?.push(piece), !found.isEmpty { try add(found) }
    if kind.content == .tiles { return }
    bytes.append(contentsOf: piece)
    if bytes.count > Self.longestHeld { try spill() }
  }

  /// A cell or string is a value of its own.
  func endLeaf(_ leaf: UInt64) throws {
    switch kind.content {
    case .cells:
      if kind.isWhole { try addRow(bytes) }
      try endValue(leaf, unquoted(bytes))
    case .strings: try endValue(leaf, unquoted(bytes))
    case .tiles:
      if let found = samples?.finish(isOnly: leaves.count == 1) { try add(found) }
    default: break
    }
  }

  func finish() throws {
    if let rest = samples?.finish(isOnly: byteCount < UInt64(Self.longestHeld)) { try add(rest) }
    switch kind.content {
    case .tiles: return
    case .cells, .strings:
      if kind.isWhole { try endRow() }
    case .binary: try spill()
    case .text, .mail, .markup: try endValue(leaves.upperBound - 1, bytes)
    }
    try passages?.finish()
    try mail?.finish()
  }

  private func endValue(_ leaf: UInt64, _ value: [UInt8]) throws {
    defer {
      first = leaf + 1
      bytes.removeAll(keepingCapacity: true)
      isLong = false
    }
    if isLong { return try spill() }
    let source = cuts.source(first..<leaf + 1)
    // A small item that goes whole is a value, too; a cell of a table that goes whole is not.
    let isChosen = !kind.isWhole || first == leaves.lowerBound && leaf + 1 == leaves.upperBound
    let isOneLine = !value.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.contains(0x0A)
    if isChosen, value.count <= Self.longestValue, isOneLine || !kind.isWhole {
      for form in readings(of: value) { try collector.add(form, source) }
    }
    // A sentence may be copied in part.
    let isSentence =
      value.split(whereSeparator: { $0 <= 0x20 }).count > LeakPassages.wordsOfPassage
    if value.count <= Self.longestValue, isChosen, isOneLine, !isSentence { return }
    if kind.isWhole, kind.content == .cells || kind.content == .strings {
      let text = LeakPassages.trimmed(LeakFold.folded(value))
      let words = text.split(separator: 0x20).count
      if text.count >= Self.shortestCell, words < LeakPassages.wordsOfPassage {
        try collector.add(.fragment, text, source)
      }
    }
    for form in readings(of: value) {
      var passages = newPassages(source)
      try passages.push(form)
      try passages.finish()
    }
    if kind.content == .mail, kind.isWhole { try decodeMail(value, source) }
  }

  /// A run that is too long to hold goes into passages piece by piece.
  private func spill() throws {
    isLong = true
    let source = cuts.source(leaves)
    if passages == nil { passages = newPassages(source) }
    try passages?.push(bytes)
    if kind.content == .mail { try decodeMail(bytes, source, isMore: true) }
    bytes.removeAll(keepingCapacity: true)
  }

  private func newPassages(_ source: LeakSource) -> LeakPassages {
    let isBinary = kind.content == .binary
    return LeakPassages(isMarkup: kind.content == .markup, isBinary: isBinary) {
      [collector] kind, text in
      // Programs write the same words into their files; those stop nothing.
      try collector.add(isBinary ? .fragment : kind, text, source)
    }
  }

  private func decodeMail(_ bytes: [UInt8], _ source: LeakSource, isMore: Bool = false) throws {
    if mail == nil { mail = LeakMailDecoder(newPassages(source)) }
    try mail?.push(bytes)
  }

  /// The value as it stood, and as it reads where it is written with escapes.
  private func readings(of value: [UInt8]) -> [[UInt8]] {
    var readings = [value]
    let encodings: [LeakEncoding] =
      switch kind.content {
      case .mail: [.quotedPrintable, .html, .mimeWords]
      case .markup: [.html, .url]
      case .strings: [.html]
      default: []
      }
    for encoding in encodings {
      if let reading = encoding.reading(of: value) { readings.append(reading) }
    }
    if kind.content == .mail, let reading = base64Text(value) { readings.append(reading) }
    return readings
  }

  /// A CSV cell or JSON string without quotes and escapes.
  private func unquoted(_ value: [UInt8]) -> [UInt8] {
    let quote = UInt8(ascii: "\"")
    guard value.count >= 2, value.first == quote, value.last == quote else { return value }
    let inner = Array(value[1..<value.count - 1])
    if kind.content == .strings { return LeakEncoding.json.reading(of: inner) ?? inner }
    var result: [UInt8] = []
    var wasQuote = false
    for byte in inner {
      if byte == quote, wasQuote {
        wasQuote = false
        continue
      }
      wasQuote = byte == quote
      result.append(byte)
    }
    return result
  }

  /// A line of a table that goes whole: a copy of it is known by its beginning or its end.
  private func addRow(_ leaf: [UInt8]) throws {
    if leaf == [0x0A] || leaf == [0x0D, 0x0A] {
      try endRow()
    } else if row.count < Self.longestRow {
      row += leaf
    }
  }

  private func endRow() throws {
    let text = LeakPassages.trimmed(LeakFold.folded(row))
    row.removeAll(keepingCapacity: true)
    guard text.count >= Self.shortestRow, text.contains(where: { isDigit($0) }) else { return }
    let source = cuts.source(leaves)
    for part in Set([Array(text.prefix(Self.shortestRow)), Array(text.suffix(Self.shortestRow))]) {
      try collector.add(.passage, part, source)
    }
  }

  private func add(_ found: [LeakSamples.Sample]) throws {
    for sample in found {
      try collector.add(
        bytes: sample.bytes, sample.isOnly ? .passage : .sample, .plain, cuts.source(leaves))
    }
  }

  /// Longer than a name, an address with its street and town, or a number.
  static let longestValue = 96
  private static let longestHeld = 64 << 10
  private static let shortestCell = 12
  private static let shortestRow = 48
  private static let longestRow = 4096
}
