internal import Redaction

/// Tries a policy's rules on the items of a bundle, one after the other.
///
/// What a rule says of an original it says of its companions: finders look at the words of its
/// pages instead of its bytes, where text can't be told from numbers, and areas are those of its
/// pages' tiles.
struct BundleSearch {
  private let policy: Policy
  private let bundle: EvidenceBundle
  private let finders: RuleFinders
  private let companions: CompanionIndex
  private let names: [Int: String]
  private(set) var labels: PseudonymLabels
  private(set) var outcome: PolicyOutcome
  private(set) var cuts: [Cut] = []
  /// Items whose names an earlier step withheld.
  private(set) var namelessItems: [Int] = []
  /// Originals that go whole for what stands in their metadata alone: their companions stay.
  private(set) var metadataOnly: Set<Int> = []

  init(_ policy: Policy, _ verified: VerifiedBundle, _ labels: PseudonymLabels) throws {
    self.policy = policy
    self.labels = labels
    bundle = verified.bundle
    finders = try RuleFinders(policy.rules)
    companions = CompanionIndex(verified.verification.items)
    names = Dictionary(
      verified.verification.items.compactMap { item in item.name.map { (item.number, $0) } },
      uniquingKeysWith: { first, _ in first })
    outcome = PolicyOutcome(policy: policy)
  }

  mutating func run(_ item: ItemReport) throws {
    guard let name = item.name else { return namelessItems.append(item.number) }
    let plan = policy.plan(forItem: name)
    outcome.note(item: name, plan: plan, findings: nil)
    switch plan {
    case .all(let rule):
      cuts.append(wholeCut(item, rule))
    case .untouched:
      if let derivation = companions.derivation(of: item.number) {
        try runCompanion(item, name, derivation, own: [])
      }
    case .search(let rules):
      if let derivation = companions.derivation(of: item.number),
        [Derivation.pageTiles, Derivation.pageWords].contains(derivation.tool)
      {
        try runCompanion(item, name, derivation, own: rules)
      } else {
        try runOriginal(item, name, rules)
      }
    }
  }

  /// A companion, with its own rules and those of its original that it stands for.
  private mutating func runCompanion(
    _ item: ItemReport, _ name: String, _ derivation: Derivation, own: [Rule]
  ) throws {
    var inherited: [Rule] = []
    if case .search(let rules) = policy.plan(
      forItem: names[derivation.original] ?? Self.nameOfOriginal(of: name))
    {
      inherited = rules.filter { rule in !own.contains { $0.number == rule.number } }
    }
    switch derivation.tool {
    case Derivation.pageWords:
      let finding = inherited.filter { $0.selector.isFinder && $0.within == nil }
      let rules = own.filter { !$0.isAboutAreas } + finding
      let missing = Set(finding.map(\.number))
      try take(item, name, rules, isPageWords: true) { problem in
        // The rule may find something on another page.
        if case .nothingFound(let rule) = problem { return !missing.contains(rule) }
        return true
      }
    case Derivation.pageTiles:
      // A pattern such as `**` names the picture as well as its tiles, in whose pixels a finder only
      // finds what is there by chance. One that names the tiles alone means them.
      let named = policy.rules.filter {
        $0.isAbout(names[derivation.original] ?? Self.nameOfOriginal(of: name))
      }.map(\.number)
      let rules = own.filter {
        !$0.selector.isFinder || $0.within != nil || !named.contains($0.number)
      }
      try takeTiles(
        item, name, rules.filter(\.isAboutAreas) + inherited.filter(\.isAboutAreas),
        page: derivation.page ?? 1)
      try take(item, name, rules.filter { !$0.isAboutAreas })
    default: break
    }
  }

  private mutating func runOriginal(_ item: ItemReport, _ name: String, _ rules: [Rule]) throws {
    let mine = companions.companions(of: item.number)
    let tiles = mine.filter { $0.derivation.tool == Derivation.pageTiles }
    let hasWords = mine.contains { $0.derivation.tool == Derivation.pageWords }
    var rest: [Rule] = []
    var problems: [FindProblem] = []
    let office = try item.isOffice && !item.isText ? searchParts(of: item, name, rules) : nil
    for rule in rules {
      switch rule.selector {
      case .areas(let areas):
        if tiles.isEmpty {
          problems.append(takeForAreas(item, rule))
          continue
        }
        let pages = Set(tiles.map { $0.derivation.page ?? 1 })
        for page in Set(areas.map(\.page)).subtracting(pages).sorted() {
          problems.append(.pageMissing(rule: rule.number, page: page))
        }
      case _ where rule.selector.isFinder && rule.within == nil:
        if try takeMetadata(item, rule) { continue }
        if let office {
          problems += takeForParts(item, rule, office)
          if office.found.contains(rule.number) || office.isComplete { continue }
        }
        if hasWords {
          // Text of its own, such as RTF, may hold what no page shows.
          if item.isText { rest.append(rule) }
          continue
        }
        if !tiles.isEmpty {
          problems.append(.pictureNotRead(rule: rule.number))
        } else if let rule = item.isPicture ? rule.withoutPositions : rule {
          if item.isDrawn { problems.append(.onlyBytesSearched(rule: rule.number)) }
          rest.append(rule)
        }
      default: rest.append(rule)
      }
    }
    outcome.note(
      item: name,
      Findings(
        cuts: [], matches: [:],
        problems: problems.filter { problem in
          !problem.isAbsence || !policy.rules[problem.rule - 1].isOptional
        }))
    try take(item, name, rest)
  }

  /// Takes a picture whole for the position that its metadata tell, if the rule asks for it; also
  /// where that can't be known.
  private mutating func takeMetadata(_ item: ItemReport, _ rule: Rule) throws -> Bool {
    guard rule.detects(.gps), item.isPicture else { return false }
    let scanner = try scanner(of: item)
    var search = PositionSearch()
    while let piece = try scanner.next() {
      if case .bytes(_, let bytes) = piece { search.push(bytes) }
    }
    guard search.finish() != .absent else { return false }
    outcome.noteWhole(rule: rule.number)
    cuts.append(wholeCut(item, rule))
    metadataOnly.insert(item.number)
    return true
  }

  /// Searches the parts of an office file, which pages may not show.
  private func searchParts(
    of item: ItemReport, _ name: String, _ rules: [Rule]
  ) throws -> OfficeSearch {
    var search = OfficeSearch(
      rules.filter { $0.selector.isFinder && $0.within == nil }, finders)
    var whole = WholeItem()
    let scanner = try scanner(of: item)
    var hasGap = false
    while let piece = try scanner.next() {
      switch piece {
      case .bytes(_, let bytes): whole.append(bytes)
      case .withheld: hasGap = true
      case .end: break
      }
    }
    // What is cut, or too long, can't be unpacked.
    try search.run(hasGap || whole.isTooLong ? [] : whole.bytes)
    return search
  }

  /// Takes an office file whole for what its parts hold; its pages stay, and are searched as such.
  private mutating func takeForParts(
    _ item: ItemReport, _ rule: Rule, _ office: OfficeSearch
  ) -> [FindProblem] {
    guard office.found.contains(rule.number) else {
      return office.isComplete ? [] : [.partsNotSearched(rule: rule.number)]
    }
    outcome.noteWhole(rule: rule.number)
    if metadataOnly.insert(item.number).inserted { cuts.append(wholeCut(item, rule)) }
    return item.isSpreadsheet ? [.cellsCutOff(rule: rule.number)] : []
  }

  /// What can't be cut in part and shows more than asked for goes whole: the areas must not stay.
  private mutating func takeForAreas(_ item: ItemReport, _ rule: Rule) -> FindProblem {
    guard item.isDrawn else { return .notAPicture(rule: rule.number) }
    outcome.noteWhole(rule: rule.number)
    cuts.append(wholeCut(item, rule))
    return .wholeForAreas(rule: rule.number)
  }

  private func wholeCut(_ item: ItemReport, _ rule: Rule) -> Cut {
    var shown: String?
    if case .text(let text)? = rule.show { shown = text }
    return Cut(
      item: item.number, part: .all, code: rule.code, rule: UInt64(rule.number),
      basis: rule.basis, shown: shown)
  }

  /// Searches an item by rules.
  ///
  /// - Parameter keeps: which problems are told.
  private mutating func take(
    _ item: ItemReport, _ name: String, _ rules: [Rule], isPageWords: Bool = false,
    keeps: (FindProblem) -> Bool = { _ in true }
  ) throws {
    guard !rules.isEmpty else { return }
    let findings = try find(rules, in: item, finders, isPageWords: isPageWords)
    outcome.note(
      item: name,
      Findings(
        cuts: findings.cuts, matches: findings.matches,
        problems: findings.problems.filter(keeps)))
    cuts += findings.cuts.map { $0.cut(ofItem: item.number) }
  }

  private mutating func takeTiles(
    _ item: ItemReport, _ name: String, _ rules: [Rule], page: Int
  ) throws {
    guard !rules.isEmpty else { return }
    let tiles = try AreaSearch(item, of: bundle, scanner(of: item))
    let findings = try tiles.find(rules, page: page, &labels)
    outcome.note(item: name, findings)
    cuts += findings.cuts.map { $0.cut(ofItem: item.number) }
  }

  private mutating func find(
    _ rules: [Rule], in item: ItemReport, _ finders: RuleFinders, isPageWords: Bool = false
  ) throws -> Findings {
    let scanner = try scanner(of: item)
    var grid: UInt32?
    if case .grid(let size) = scanner.head.shape.mode { grid = size }
    var finder = try Finder(
      rules: rules, finders: finders, form: grid != nil ? .grid : scanner.head.form(),
      mediaType: scanner.head.mediaType(), grid: grid, isPageWords: isPageWords)
    if let ranges = GridRangeSearch(rules, item: item, of: bundle, shape: scanner.head.shape) {
      return try ranges.find(&finder, &labels)
    }
    while let piece = try scanner.next() {
      switch piece {
      case .bytes(let leaf, let bytes): try finder.push(leaf: leaf, bytes: bytes)
      case .end(let leaf): try finder.end(leaf: leaf)
      case .withheld(let range): try finder.withheld(range)
      }
    }
    return try finder.finish(&labels)
  }

  private func scanner(of item: ItemReport) throws -> LeafScanner {
    guard let leaves = bundle.leaves(ofItem: item.number) else {
      throw EvidenceError.missing(Layout.leaves(item.number))
    }
    return try LeafScanner(
      leaves: leaves, content: bundle.content(ofItem: item.number, name: item.name),
      cuts: bundle.claims.cuts(ofItem: item.number))
  }

  /// The name of a companion's original, where that is withheld: `x.pdf` for
  /// `x.pdf.page-001.words.csv` and `x.pdf.page-001.tiff`, `x.png` for `x.png.tiles.tiff`.
  static func nameOfOriginal(of companion: String) -> String {
    let endings = /\.tiles\.tiff|\.page-[0-9]+\.(tiff|words\.csv)/
    guard let range = companion.firstRange(of: endings), range.upperBound == companion.endIndex
    else { return companion }
    return String(companion[..<range.lowerBound])
  }
}

extension FoundCut {
  fileprivate func cut(ofItem item: Int) -> Cut {
    Cut(
      item: item, part: .content(leaves), code: code, rule: UInt64(rule), basis: basis,
      shown: shown)
  }
}

extension Rule {
  var isAboutAreas: Bool { if case .areas = selector { true } else { false } }

  fileprivate func detects(_ detector: Detector) -> Bool {
    if case .detect(let detectors) = selector { detectors.contains(detector) } else { false }
  }

  /// The rule without the detector of positions; nil where nothing is left.
  fileprivate var withoutPositions: Rule? {
    guard case .detect = selector else { return self }
    return detecting { $0 != .gps }
  }

  private func detecting(_ isWanted: (Detector) -> Bool) -> Rule? {
    guard case .detect(let detectors) = selector else { return nil }
    let wanted = detectors.filter(isWanted)
    guard !wanted.isEmpty else { return nil }
    return Rule(
      number: number, item: item, exceptItems: exceptItems, selector: .detect(wanted),
      within: within, exceptions: exceptions, show: show, code: code, basis: basis,
      isOptional: isOptional)
  }
}

extension ItemReport {
  fileprivate var isPicture: Bool { mediaType.hasPrefix("image/") }
  /// Whether an item shows pages or a picture, so that its bytes don't show its text.
  fileprivate var isDrawn: Bool { isPicture || mediaType.hasPrefix("application/pdf") || isOffice }
  /// An office file, which holds more than its pages show.
  fileprivate var isOffice: Bool { officeExtension(mediaType: mediaType) != nil }
  fileprivate var isSpreadsheet: Bool {
    ["xlsx", "ods", "xls"].contains(officeExtension(mediaType: mediaType))
  }
  fileprivate var isText: Bool { mediaType.hasPrefix("text/") }

  private var mediaType: String { (headers["media-type"] ?? "").lowercased() }
}
