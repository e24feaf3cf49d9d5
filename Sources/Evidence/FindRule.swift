internal import Redaction

/// What one rule looks for in a text, what it leaves there, and what it shows of it.
struct RuleFinder {
  /// Something found.
  struct Match {
    /// Where, in bytes of the text.
    let range: Range<Int>
    /// What is shown of it.
    let part: ShownPart?
    /// Whether what the rule shows would tell it.
    let isTold: Bool
  }

  private enum Finding {
    case pattern(FindPattern)
    case detector(Detector)
    case terms(TermFinder, [String])
  }

  /// The rule.
  let rule: Rule
  /// Whether it asks where a text begins or ends, so that it is tried on each cell and string too.
  let hasAnchors: Bool
  private let findings: [Finding]
  private let exceptions: FindExceptions

  /// Nil for a rule that looks for nothing.
  init?(_ rule: Rule) throws(PolicyError) {
    switch rule.selector {
    case .match(let pattern):
      let pattern = try FindPattern(pattern, rule: rule.number)
      findings = [.pattern(pattern)]
      hasAnchors = pattern.hasAnchors
    case .detect(let detectors):
      findings = detectors.map { .detector($0) }
      hasAnchors = false
    case .terms(let terms):
      findings = [.terms(TermFinder(terms), terms)]
      hasAnchors = false
    default: return nil
    }
    self.rule = rule
    exceptions = try FindExceptions(rule)
  }

  /// What is found, none of it empty; that of one finding ascends.
  ///
  /// - Parameter isTable: the text is CSV, so that a delimiter may stand between the words of a term.
  func matches(in text: SearchText, isTable: Bool = false) throws(FindError) -> [Match] {
    var matches: [Match] = []
    for finding in findings {
      switch finding {
      case .pattern(let pattern):
        for range in try pattern.matches(in: text) { matches.append(match(range, text)) }
      case .detector(let detector):
        text.bytes.withUnsafeBufferPointer { bytes in
          detector.find(in: bytes) { matches.append(match($0, text, detector: detector)) }
        }
      case .terms(let finder, let terms):
        for (range, term) in finder.matches(in: text.bytes, isTable: isTable) {
          matches.append(match(range, text, canonical: terms[term]))
        }
      }
    }
    if exceptions.isEmpty || matches.isEmpty { return matches }
    let places = try exceptions.places(in: text, isTable: isTable)
    return matches.filter { !exceptions.leave($0.range, in: text, places) }
  }

  /// What is found in a value whose name says that it is of one of these kinds.
  func matches(
    in text: SearchText, named detectors: [Detector]
  ) throws(FindError) -> [Match] {
    guard case .detect(let wanted) = rule.selector else { return [] }
    var matches: [Match] = []
    for detector in detectors where wanted.contains(detector) {
      text.bytes.withUnsafeBufferPointer { bytes in
        detector.find(inNamed: bytes) { matches.append(match($0, text, detector: detector)) }
      }
    }
    if exceptions.isEmpty || matches.isEmpty { return matches }
    let places = try exceptions.places(in: text, isTable: false)
    return matches.filter { !exceptions.leave($0.range, in: text, places) }
  }

  private func match(
    _ range: Range<Int>, _ text: SearchText, canonical: String? = nil, detector: Detector? = nil
  ) -> Match {
    guard let show = rule.show else { return Match(range: range, part: nil, isTold: false) }
    let value = text.text(in: range)
    return Match(
      range: range, part: show.part(of: value, canonical: canonical, detector: detector),
      isTold: show.tells(value))
  }
}

/// What a rule leaves where it finds it: `except`.
///
/// An exception must cover all that was found. One that is only in it, such as the domain of an
/// address, would make the rule leave what nobody thought of.
private struct FindExceptions {
  private let terms: TermFinder?
  private let values: Set<[UInt8]>
  private let patterns: [FindPattern]

  init(_ rule: Rule) throws(PolicyError) {
    var terms: [String] = []
    var patterns: [FindPattern] = []
    for exception in rule.exceptions {
      switch exception {
      case .term(let term): terms.append(term)
      case .match(let pattern): patterns.append(try FindPattern(pattern, rule: rule.number))
      }
    }
    self.terms = terms.isEmpty ? nil : TermFinder(terms)
    values = Set(terms.map(normalizedValue))
    self.patterns = patterns
  }

  var isEmpty: Bool { terms == nil && patterns.isEmpty }

  /// Where exceptions stand in a text.
  func places(in text: SearchText, isTable: Bool) throws(FindError) -> [Range<Int>] {
    var places = terms?.matches(in: text.bytes, isTable: isTable).map(\.place) ?? []
    for pattern in patterns { places += try pattern.matches(in: text) }
    return places.sorted { $0.lowerBound < $1.lowerBound }
  }

  /// Whether what was found stays: an exception covers it, or says the same in another spelling.
  func leave(_ range: Range<Int>, in text: SearchText, _ places: [Range<Int>]) -> Bool {
    for place in places {
      if place.lowerBound > range.lowerBound { break }
      if place.upperBound >= range.upperBound { return true }
    }
    return !values.isEmpty && values.contains(normalizedValue(text.text(in: range)))
  }
}

extension SearchText {
  /// What a range of bytes says.
  func text(in range: Range<Int>) -> String { SearchText(Array(bytes[range])).string }
}

/// The finders of a policy's rules, made once for all items.
struct RuleFinders {
  private let byRule: [Int: RuleFinder]

  init(_ rules: [Rule]) throws(PolicyError) {
    var byRule: [Int: RuleFinder] = [:]
    for rule in rules { byRule[rule.number] = try RuleFinder(rule) }
    self.byRule = byRule
  }

  subscript(rule: Rule) -> RuleFinder? { byRule[rule.number] }
}
