public import Redaction

/// Looks through one item's disclosed leaves for what a policy's rules take.
///
/// Leaves come in order, each in any number of pieces; see ``LeafScanner``. A rule takes content
/// leaves only. Delimiters of CSV and the structure of JSON are never taken, so that the file keeps
/// its shape. Memory is bounded by ``LeafWindow/byteCount``, apart from the cuts found.
public struct Finder {
  private let rules: [Int: Rule]
  private var columns: ColumnTracker?
  private var pointers: PointerTracker?
  private var search: TextSearch?
  private var window: LeafWindow
  private var results = FindResults()

  /// A finder at the start of an item's content.
  ///
  /// - Parameters:
  ///   - rules: the rules that are about the item, as ``Policy/plan(forItem:)`` gives them.
  ///   - form: the item's form; `.grid` for an item in grid mode.
  ///   - mediaType: the item's media type.
  /// - Throws: ``PolicyError/badPattern(rule:)``.
  public init(rules: [Rule], form: Form, mediaType: String) throws(PolicyError) {
    // The cells of a table with TAB are found as those of CSV, though its placeholders are text's.
    let form = form == .text && isTabSeparated(mediaType: mediaType) ? .csv : form
    self.rules = Dictionary(rules.map { ($0.number, $0) }) { first, _ in first }
    window = LeafWindow(form: form)
    search = try TextSearch(rules)
    let columnRules = rules.flatMap { rule -> [ColumnTracker.Wanted] in
      guard case .columns(let names) = rule.selector else { return [] }
      return names.map { (rule.number, $0) }
    }
    if !columnRules.isEmpty { columns = ColumnTracker(columnRules, isTable: form == .csv) }
    let pointerRules = rules.flatMap { rule -> [PointerTracker.Wanted] in
      guard case .pointers(let list) = rule.selector else { return [] }
      return list.map { (rule.number, $0) }
    }
    if !pointerRules.isEmpty {
      let isLines = mediaType.lowercased().hasPrefix("application/x-ndjson")
      pointers = PointerTracker(pointerRules, isJSON: form == .json, isLines: isLines)
    }
  }

  /// Takes the next bytes of a leaf.
  public mutating func push(leaf: UInt64, bytes: UnsafeRawBufferPointer) throws(FindError) {
    if leaf != window.nextLeaf { try breakOff(at: leaf) }
    columns?.push(bytes)
    pointers?.push(bytes)
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = rest.prefix(LeafWindow.stepByteCount)
      window.append(UnsafeRawBufferPointer(rebasing: part), keepsBytes: search != nil)
      rest = rest.dropFirst(part.count)
      if window.isFull, window.isInsideLongLeaf { try searchWindow(isLast: false) }
    }
  }

  /// Takes the end of a leaf.
  public mutating func end(leaf: UInt64) throws(FindError) {
    if leaf != window.nextLeaf { try breakOff(at: leaf) }
    let rule = min(
      columns?.endLeaf(leaf, &results) ?? .max, pointers?.endLeaf(&results) ?? .max)
    window.endLeaf(rule: rule)
    if search == nil {
      window.flush(keeping: 0, &results)
    } else if window.isFull {
      try searchWindow(isLast: false)
    }
  }

  /// Takes leaves that an earlier step has withheld. No match goes across them.
  public mutating func withheld(_ leaves: Range<UInt64>) throws(FindError) {
    columns?.withheld(leaves, &results)
    pointers?.withheld(leaves, &results)
    try breakOff(at: leaves.upperBound)
  }

  /// Ends the content.
  public mutating func finish() throws(FindError) -> Findings {
    try breakOff(at: window.nextLeaf)
    columns?.finish(&results)
    pointers?.finish(&results)
    let idle = rules.keys.sorted().filter { results.matches[$0] == nil }
    let cuts = results.cuts.compactMap { found in
      rules[found.rule].map {
        FoundCut(leaves: found.leaves, rule: $0.number, code: $0.code, basis: $0.basis)
      }
    }
    return Findings(
      cuts: cuts, matches: results.matches,
      problems: results.problems + idle.map { .nothingFound(rule: $0) })
  }

  private mutating func breakOff(at leaf: UInt64) throws(FindError) {
    try searchWindow(isLast: true)
    window.restart(at: leaf)
  }

  private mutating func searchWindow(isLast: Bool) throws(FindError) {
    if var search {
      self.search = nil
      defer { self.search = search }
      try search.run(over: &window, isLast: isLast, &results)
    }
    window.flush(keeping: isLast ? 0 : 2 * LeafWindow.overlapByteCount, &results)
  }
}

/// What the rules found in one item.
public struct Findings: Sendable, Hashable {
  /// What to cut: ascending, not overlapping; neighbours of one rule are one cut.
  public let cuts: [FoundCut]
  /// How often each rule found something, by its number, even where an earlier rule took the leaf.
  /// What only an earlier step had withheld counts too.
  public let matches: [Int: UInt64]
  /// What the person who wrote the policy must know.
  public let problems: [FindProblem]
}

/// Content leaves of an item that one rule takes.
public struct FoundCut: Sendable, Hashable {
  /// Positions of leaves, from 0.
  public let leaves: Range<UInt64>
  /// The rule's number.
  public let rule: Int
  /// The rule's reason code.
  public let code: String
  /// The rule's legal provision.
  public let basis: String
}

/// Where a rule didn't do in an item what it seems to ask for.
public enum FindProblem: Sendable, Hashable {
  /// The header row has no such cell.
  case columnMissing(rule: Int, name: String)
  /// The item isn't CSV, or was cut as text because its quotes don't close.
  case notATable(rule: Int)
  /// The item isn't JSON, isn't well-formed, or is nested past ``PointerTracker/maximumDepth``.
  case notJSON(rule: Int)
  /// No document of the item has a value at this place.
  case pointerMissing(rule: Int, pointer: String)
  /// An earlier step withheld delimiters or structure, so places behind it can't be known.
  case structureWithheld(rule: Int)
  /// The rule found nothing in an item that it is about.
  case nothingFound(rule: Int)
}

/// Why a search can't be trusted to have found everything.
public enum FindError: Error, Sendable, Hashable {
  /// The regular expression gave up on this content: it needs too much memory or time.
  case patternFailed(rule: Int)
}

/// What is collected while leaves pass.
struct FindResults {
  private(set) var cuts: [(leaves: Range<UInt64>, rule: Int)] = []
  private(set) var matches: [Int: UInt64] = [:]
  private(set) var problems: [FindProblem] = []

  mutating func cut(_ leaf: UInt64, rule: Int) {
    if let last = cuts.last, last.rule == rule, last.leaves.upperBound == leaf {
      cuts[cuts.count - 1].leaves = last.leaves.lowerBound..<leaf + 1
    } else {
      cuts.append((leaf..<leaf + 1, rule))
    }
  }

  mutating func count(rule: Int) { matches[rule, default: 0] += 1 }

  mutating func add(_ problem: FindProblem) {
    if !problems.contains(problem) { problems.append(problem) }
  }
}
