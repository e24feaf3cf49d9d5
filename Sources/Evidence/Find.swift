public import Redaction

/// Looks through one item's disclosed leaves for what a policy's rules take.
///
/// Leaves come in order, each in any number of pieces; see ``LeafScanner``. A rule takes content
/// leaves only. Delimiters of CSV and the structure of JSON are never taken, so that the file keeps
/// its shape. Memory is bounded by ``LeafWindow/byteCount``, for a mail, HTML, XML or the words of a
/// page by ``WholeItem/maximumByteCount``, apart from the cuts found.
public struct Finder {
  private let rules: [Int: Rule]
  private let finders: RuleFinders
  /// Rules that look within columns or pointers.
  private let scoped: Set<Int>
  /// Rules that look everywhere, and by names too.
  private let namedRules: [Int]
  private let keepsBytes: Bool
  private let grid: UInt64?
  private var columns: ColumnTracker?
  private var pointers: PointerTracker?
  private var names: ValueNames?
  /// The detectors that the name of the leaf that ended last stands for.
  private var named: [Detector] = []
  private var search: TextSearch?
  private var window: LeafWindow
  private let decoding: Decoding?
  private let decodedRules: [Rule]
  private var whole: WholeItem?
  private var results: FindResults

  /// A finder at the start of an item's content.
  ///
  /// - Parameters:
  ///   - rules: the rules that are about the item, as ``Policy/plan(forItem:)`` gives them.
  ///   - form: the item's form; `.grid` for an item in grid mode.
  ///   - mediaType: the item's media type.
  ///   - grid: the bytes of a leaf in grid mode.
  ///   - isPageWords: whether the item holds the words of a page.
  /// - Throws: ``PolicyError/badPattern(rule:)``.
  public init(
    rules: [Rule], form: Form, mediaType: String, grid: UInt32? = nil, isPageWords: Bool = false
  ) throws(PolicyError) {
    self.init(
      rules: rules, finders: try RuleFinders(rules), form: form, mediaType: mediaType, grid: grid,
      isPageWords: isPageWords)
  }

  init(
    rules: [Rule], finders: RuleFinders, form: Form, mediaType: String, grid: UInt32?,
    isPageWords: Bool
  ) {
    self.rules = Dictionary(rules.map { ($0.number, $0) }) { first, _ in first }
    self.finders = finders
    self.grid = grid.map(UInt64.init)
    let isTable = form == .csv || form == .text && isTabSeparated(mediaType: mediaType)
    window = LeafWindow(form: form, isTable: isTable)
    results = FindResults(rules)
    let kind = Decoding(mediaType: mediaType, isPageWords: isPageWords)
    decoding = kind
    decodedRules = rules.filter {
      $0.isAboutMail || kind != nil && $0.within == nil && $0.selector.isFinder
    }
    if kind != nil, !decodedRules.isEmpty { whole = WholeItem() }
    let isDecoded = kind != nil
    search = TextSearch(
      rules.filter { !isDecoded || $0.within != nil || !$0.selector.isFinder }, finders)
    var columnRules: [ColumnTracker.Wanted] = []
    var pointerRules: [PointerTracker.Wanted] = []
    for rule in rules {
      switch rule.within ?? rule.selector {
      case .columns(let names): columnRules += names.map { (rule.number, $0) }
      case .pointers(let list): pointerRules += list.map { (rule.number, $0) }
      default: break
      }
    }
    if !columnRules.isEmpty { columns = ColumnTracker(columnRules, isTable: isTable) }
    let isLines = mediaType.lowercased().hasPrefix("application/x-ndjson")
    names = ValueNames(
      kind == nil ? rules : [], isTable: isTable, isJSON: form == .json, isLines: isLines)
    if !pointerRules.isEmpty {
      pointers = PointerTracker(pointerRules, isJSON: form == .json, isLines: isLines)
    }
    namedRules = rules.filter { rule in
      if case .detect = rule.selector { rule.within == nil } else { false }
    }.map(\.number)
    scoped = Set(rules.filter { $0.within != nil }.map(\.number))
    keepsBytes =
      search != nil || names != nil || rules.contains { $0.within != nil || $0.show != nil }
  }

  /// Takes the next bytes of a leaf.
  public mutating func push(leaf: UInt64, bytes: UnsafeRawBufferPointer) throws(FindError) {
    if leaf != window.nextLeaf { try breakOff(at: leaf) }
    columns?.push(bytes)
    pointers?.push(bytes)
    names?.push(bytes)
    whole?.append(bytes)
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = rest.prefix(LeafWindow.stepByteCount)
      window.append(UnsafeRawBufferPointer(rebasing: part), keepsBytes: keepsBytes)
      rest = rest.dropFirst(part.count)
      if window.isFull, window.isInsideLongLeaf { try searchWindow(isLast: false) }
    }
  }

  /// Takes the end of a leaf.
  public mutating func end(leaf: UInt64) throws(FindError) {
    if leaf != window.nextLeaf { try breakOff(at: leaf) }
    window.endLeaf()
    whole?.endLeaf(isStructure: window.lastIsStructure)
    if names != nil {
      named = names?.endLeaf(leaf, value: window.lastBytes.map(window.value)) ?? []
      for number in namedRules where !named.isEmpty { try takeNamed(number) }
    }
    if columns != nil || pointers != nil {
      for rule in (columns?.endLeaf(leaf) ?? []) + (pointers?.endLeaf() ?? []) {
        try takeValue(rule)
      }
    }
    if search == nil {
      window.flush(keeping: 0, &results)
    } else if window.isFull {
      try searchWindow(isLast: false)
    }
  }

  /// Takes the leaf that ended last for a rule that is about it, or looks into it.
  private mutating func takeValue(_ number: Int) throws(FindError) {
    guard let rule = rules[number], !window.lastIsStructure else { return }
    var claim = Claim(rule: number)
    guard rule.within != nil || rule.show != nil else {
      window.claimLast(claim, &results.claims)
      return results.count(rule: number)
    }
    // A value that has moved out of the window is too long to be looked into: it goes whole.
    guard let leaf = window.lastBytes else {
      window.claimLast(claim, &results.claims)
      return results.count(rule: number)
    }
    let text = SearchText(window.value(of: leaf))
    guard rule.within != nil else {
      claim.parts = [rule.show?.part(of: text.string)].compactMap(\.self)
      if rule.show?.tells(text.string) == true { results.add(.shownTellsValue(rule: number)) }
      window.claimLast(claim, &results.claims)
      return results.count(rule: number)
    }
    let matches = try finders[rule]?.matches(in: text) ?? []
    take(try matches + (finders[rule]?.matches(in: text, named: named) ?? []), number)
  }

  /// Takes what a rule that looks everywhere finds by the name of the value that ended last.
  private mutating func takeNamed(_ number: Int) throws(FindError) {
    guard let rule = rules[number], !window.lastIsStructure, let leaf = window.lastBytes else {
      return
    }
    let text = SearchText(window.value(of: leaf))
    take(try finders[rule]?.matches(in: text, named: named) ?? [], number)
  }

  private mutating func take(_ matches: [RuleFinder.Match], _ number: Int) {
    for match in matches {
      window.claimLast(
        Claim(rule: number, parts: match.part.map { [$0] } ?? []), &results.claims)
      if match.isTold { results.add(.shownTellsValue(rule: number)) }
      results.count(rule: number)
    }
  }

  /// Takes leaves that an earlier step has withheld. No match goes across them.
  public mutating func withheld(_ leaves: Range<UInt64>) throws(FindError) {
    columns?.withheld(leaves, &results)
    pointers?.withheld(leaves, &results)
    names?.withheld(leaves)
    whole?.withheld(leaves)
    let count = (leaves.upperBound - leaves.lowerBound).multipliedReportingOverflow(by: grid ?? 0)
    try breakOff(
      at: leaves.upperBound, passing: grid == nil || count.overflow ? nil : count.partialValue)
  }

  /// Passes over leaves of a grid that are there, and that no rule asks for: all rules are about
  /// ranges of bytes, which ``GridRangeSearch`` knows.
  mutating func skip(_ leaves: Range<UInt64>) throws(FindError) {
    let count = (leaves.upperBound - leaves.lowerBound).multipliedReportingOverflow(by: grid ?? 0)
    try breakOff(at: leaves.upperBound, passing: count.overflow ? nil : count.partialValue)
  }

  /// Ends the content.
  ///
  /// - Parameter labels: finds the labels of values; they are asked for in the order of the leaves.
  mutating func finish(_ labels: inout PseudonymLabels) throws(FindError) -> Findings {
    try breakOff(at: window.nextLeaf)
    columns?.finish(&results)
    pointers?.finish(&results, scoped: scoped)
    search?.finish(end: window.start, &results)
    try searchDecoded()
    let idle = rules.keys.sorted().filter { results.matches[$0] == nil }
    let problems = results.problems + idle.map { .nothingFound(rule: $0) }
    return Findings(
      cuts: try results.foundCuts(Array(rules.values), &labels), matches: results.matches,
      problems: problems.filter { !$0.isAbsence || rules[$0.rule]?.isOptional != true })
  }

  /// Ends the content, with labels for this item alone.
  public mutating func finish() throws(FindError) -> Findings {
    var labels = PseudonymLabels(wholeCase: nil)
    return try finish(&labels)
  }

  private mutating func searchDecoded() throws(FindError) {
    guard !decodedRules.isEmpty else { return }
    guard whole?.isTooLong != true else {
      for rule in decodedRules { results.add(.tooLongToDecode(rule: rule.number)) }
      return
    }
    var decoded = DecodedSearch(
      whole ?? WholeItem(), form: window.form, rules: decodedRules, finders: finders)
    whole = nil
    try decoded.run(decoding, &results)
    results.overlay(decoded.claims, joins: window.joins)
  }

  private mutating func breakOff(
    at leaf: UInt64, passing withheld: UInt64? = 0
  ) throws(FindError) {
    try searchWindow(isLast: true)
    window.restart(at: leaf, passing: withheld)
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
  /// What to cut: ascending, not overlapping; neighbours of one rule and one shown text are one cut.
  public let cuts: [FoundCut]
  /// How often each rule found something, by its number, even where a stricter rule took the leaf.
  /// What only an earlier step had withheld counts too.
  public let matches: [Int: UInt64]
  /// What the person who wrote the policy must know.
  public let problems: [FindProblem]
}

/// Content leaves of an item that one rule takes.
public struct FoundCut: Sendable, Hashable {
  /// Positions of leaves, from 0.
  public internal(set) var leaves: Range<UInt64>
  /// The rule's number.
  public let rule: Int
  /// The rule's reason code.
  public let code: String
  /// The rule's legal provision.
  public let basis: String
  /// What stands in their place beside the code.
  public let shown: String?
}
