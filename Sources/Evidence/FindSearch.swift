/// The patterns and detectors of the rules for one item.
struct TextSearch {
  enum Finding {
    case pattern(FindPattern)
    case detector(Detector)
  }

  private let findings: [(rule: Int, Finding)]
  private let hasAnchors: Bool

  /// Nil where no rule looks at text.
  init?(_ rules: [Rule]) throws(PolicyError) {
    var findings: [(Int, Finding)] = []
    for rule in rules {
      switch rule.selector {
      case .match(let pattern):
        findings.append((rule.number, .pattern(try FindPattern(pattern, rule: rule.number))))
      case .detect(let detectors):
        findings += detectors.map { (rule.number, .detector($0)) }
      default: break
      }
    }
    guard !findings.isEmpty else { return nil }
    self.findings = findings
    hasAnchors = findings.contains { $0.1.hasAnchors }
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
    let text = SearchText(window.bytes)
    for (rule, finding) in findings {
      for match in try finding.matches(in: text) where places.contains(match.lowerBound) {
        window.mark(match, rule: rule)
        results.count(rule: rule)
      }
    }
    if window.form == .grid { try searchWideText(&window, places, &results) }
    try searchValues(&window, places, &results)
  }

  /// Looks at what a cell or string says, where that differs from its bytes or where a pattern asks
  /// for the beginning or end of it.
  private func searchValues(
    _ window: inout LeafWindow, _ places: Range<Int>, _ results: inout FindResults
  ) throws(FindError) {
    var hits: [(Range<Int>, Int)] = []
    try window.forEachValue(in: places) { (window, place, isEscaped) throws(FindError) in
      guard isEscaped || hasAnchors else { return }
      let leaf = window.bytes[place]
      let value = window.form == .csv ? unquotedCell(leaf) : unescapedString(leaf)
      let text = SearchText(value)
      for (rule, finding) in findings where isEscaped || finding.hasAnchors {
        if !(try finding.matches(in: text)).isEmpty { hits.append((place, rule)) }
      }
    }
    for (place, rule) in hits {
      window.mark(place, rule: rule)
      results.count(rule: rule)
    }
  }

  /// Looks at text in UTF-16, of which binary files are full, as far as it is ASCII.
  private func searchWideText(
    _ window: inout LeafWindow, _ places: Range<Int>, _ results: inout FindResults
  ) throws(FindError) {
    for run in wideRuns(window.bytes) {
      let narrow = stride(from: run.lowerBound, to: run.upperBound, by: 2).map { window.bytes[$0] }
      let text = SearchText(narrow)
      for (rule, finding) in findings {
        for match in try finding.matches(in: text) {
          let start = run.lowerBound + 2 * match.lowerBound
          guard places.contains(start) else { continue }
          window.mark(start..<run.lowerBound + 2 * match.upperBound - 1, rule: rule)
          results.count(rule: rule)
        }
      }
    }
  }
}

extension TextSearch.Finding {
  var hasAnchors: Bool {
    if case .pattern(let pattern) = self { pattern.hasAnchors } else { false }
  }

  /// The places found, as ranges of bytes, none of them empty.
  func matches(in text: SearchText) throws(FindError) -> [Range<Int>] {
    switch self {
    case .pattern(let pattern): return try pattern.matches(in: text)
    case .detector(let detector):
      var found: [Range<Int>] = []
      text.bytes.withUnsafeBufferPointer { detector.find(in: $0) { found.append($0) } }
      return found
    }
  }
}

/// Runs of ASCII characters with a zero byte after each: UTF-16 of either byte order.
private func wideRuns(_ bytes: [UInt8]) -> [Range<Int>] {
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
