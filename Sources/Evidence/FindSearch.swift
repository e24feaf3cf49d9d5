internal import Redaction

/// The finders and the ranges of lines and bytes of the rules for one item.
///
/// Finders whose rule says where to look are tried elsewhere: on each cell and value by ``Finder``,
/// on the ranges of lines and bytes by ``RangeSearch``.
struct TextSearch {
  private let finders: [RuleFinder]
  private let hasAnchors: Bool
  private var ranges: [RangeSearch]

  /// - Parameters:
  ///   - rules: rules that look everywhere, or at ranges of lines and bytes.
  /// - Returns: nil where there is nothing to do.
  init?(_ rules: [Rule], _ all: RuleFinders) {
    finders = rules.filter { $0.within == nil }.compactMap { all[$0] }
    ranges = rules.compactMap { RangeSearch($0, all[$0]) }
    guard !finders.isEmpty || !ranges.isEmpty else { return nil }
    hasAnchors = finders.contains { $0.hasAnchors }
  }

  /// Marks what the rules find in the window.
  ///
  /// - Parameter isLast: nothing follows; else what begins in the overlap waits for the next time.
  mutating func run(
    over window: inout LeafWindow, isLast: Bool, _ results: inout FindResults
  ) throws(FindError) {
    guard !window.bytes.isEmpty else { return }
    let end = isLast ? window.bytes.count : window.bytes.count - LeafWindow.overlapByteCount
    let places = window.searchStart..<max(window.searchStart, end)
    for index in ranges.indices { try ranges[index].run(over: &window, places, &results) }
    guard !finders.isEmpty else { return }
    let text = SearchText(window.bytes)
    for finder in finders {
      for match in try finder.matches(in: text, isTable: window.isTable)
      where places.contains(match.range.lowerBound) {
        results.mark(match.range, match, finder.rule, &window)
      }
    }
    if window.form == .grid { try searchWideText(&window, places, &results) }
    try searchValues(&window, places, &results)
  }

  /// Says which ranges there weren't, once everything has passed.
  ///
  /// - Parameter end: where the content ends.
  func finish(end: LeafWindow.Start, _ results: inout FindResults) {
    for range in ranges { range.finish(end: end, &results) }
  }

  /// Looks at what a cell or string says, where that differs from its bytes or where a pattern asks
  /// for the beginning or end of it.
  private func searchValues(
    _ window: inout LeafWindow, _ places: Range<Int>, _ results: inout FindResults
  ) throws(FindError) {
    var hits: [(Range<Int>, RuleFinder.Match, Rule)] = []
    try window.forEachValue(in: places) { (window, place, isEscaped) throws(FindError) in
      guard isEscaped || hasAnchors else { return }
      let text = SearchText(window.value(of: window.bytes[place]))
      for finder in finders where isEscaped || finder.hasAnchors {
        for match in try finder.matches(in: text) { hits.append((place, match, finder.rule)) }
      }
    }
    for (place, match, rule) in hits { results.mark(place, match, rule, &window) }
  }

  /// Looks at text in UTF-16, of which binary files are full, as far as it is ASCII.
  private func searchWideText(
    _ window: inout LeafWindow, _ places: Range<Int>, _ results: inout FindResults
  ) throws(FindError) {
    for run in wideRuns(window.bytes) {
      let narrow = stride(from: run.lowerBound, to: run.upperBound, by: 2).map { window.bytes[$0] }
      let text = SearchText(narrow)
      for finder in finders {
        for match in try finder.matches(in: text) {
          let start = run.lowerBound + 2 * match.range.lowerBound
          guard places.contains(start) else { continue }
          let range = start..<run.lowerBound + 2 * match.range.upperBound - 1
          results.mark(range, match, finder.rule, &window)
        }
      }
    }
  }
}

extension FindResults {
  /// Marks and counts what a rule found in the window.
  ///
  /// - Parameter range: where, in bytes of the window.
  mutating func mark(
    _ range: Range<Int>, _ match: RuleFinder.Match, _ rule: Rule, _ window: inout LeafWindow
  ) {
    window.mark(
      range, Claim(rule: rule.number, parts: match.part.map { [$0] } ?? []), &claims)
    if match.isTold { add(.shownTellsValue(rule: rule.number)) }
    count(rule: rule.number)
  }
}

extension LeafWindow {
  /// What a cell or JSON string says.
  func value(of leaf: ArraySlice<UInt8>) -> [UInt8] {
    if isTable {
      return unquotedCell(leaf.starts(with: [0xEF, 0xBB, 0xBF]) ? leaf.dropFirst(3) : leaf)
    }
    return form == .json ? unescapedString(leaf) : Array(leaf)
  }
}

/// Runs of ASCII characters with a zero byte after each: UTF-16 of either byte order.
func wideRuns(_ bytes: [UInt8]) -> [Range<Int>] {
  var runs: [Range<Int>] = []
  var index = 0
  while index + 1 < bytes.count {
    var end = index
    while end + 1 < bytes.count, (0x09...0x7E).contains(bytes[end]), bytes[end + 1] == 0 {
      end += 2
    }
    // The last character of big-endian text has no zero byte behind it.
    let hasLast = end > index && end < bytes.count && (0x09...0x7E).contains(bytes[end])
    if end - index >= 2 * shortestWideRun { runs.append(index..<(hasLast ? end + 1 : end)) }
    index = max(end, index + 1)
  }
  return runs
}

/// Shorter than any address; fewer runs to look at.
private let shortestWideRun = 4
