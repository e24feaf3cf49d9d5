/// Why a leaf is taken, and what is to stand there.
struct Claim: Hashable {
  /// The rule's number.
  let rule: Int
  /// What is shown of what was found there.
  var parts: [ShownPart] = []
  /// Whether it takes whole lines of a base64 body, whose placeholder must keep decoders in step.
  var isEncoded = false
}

/// The claims of an item's leaves, each once: a leaf holds only a small number.
struct ClaimTable {
  /// The number of no claim.
  static let none: UInt32 = 0

  private var claims: [Claim]
  private var numbers: [Claim: UInt32] = [:]
  private let precedences: [Int: Int]

  init(_ rules: [Rule]) {
    claims = [Claim(rule: 0)]
    precedences = Dictionary(rules.map { ($0.number, $0.precedence) }) { first, _ in first }
  }

  subscript(number: UInt32) -> Claim { claims[Int(number)] }

  /// What a leaf is taken for when another claim comes to it: the stricter rule keeps it.
  ///
  /// - Parameters:
  ///   - claim: the claim that comes.
  ///   - held: the number of the one that is there.
  ///   - joins: whether texts of one rule stand side by side: a cell is one leaf, whatever it holds.
  mutating func adding(_ claim: Claim, to held: UInt32, joins: Bool) -> UInt32 {
    guard held != Self.none else { return number(of: claim) }
    let old = claims[Int(held)]
    if old.rule == claim.rule {
      guard !claim.parts.isEmpty, old.parts != claim.parts else { return held }
      if old.parts.isEmpty { return number(of: claim) }
      let added = claim.parts.filter { !old.parts.contains($0) }
      guard joins, !added.isEmpty, old.parts.count < Self.maximumPartCount else { return held }
      var joined = old
      joined.parts += added
      return number(of: joined)
    }
    return precedence(claim.rule) < precedence(old.rule) ? number(of: claim) : held
  }

  private func precedence(_ rule: Int) -> Int { precedences[rule] ?? .max }

  private mutating func number(of claim: Claim) -> UInt32 {
    if let number = numbers[claim] { return number }
    let number = UInt32(clamping: claims.count)
    claims.append(claim)
    numbers[claim] = number
    return number
  }

  /// What is shown of the first few things in a cell; nobody reads more in its place.
  private static let maximumPartCount = 8
}

/// Leaves and the number of the claim on them.
struct TakenLeaves {
  var leaves: Range<UInt64>
  let claim: UInt32
}

/// What is collected while leaves pass.
struct FindResults {
  var claims: ClaimTable
  private(set) var cuts: [TakenLeaves] = []
  private(set) var matches: [Int: UInt64] = [:]
  private(set) var problems: [FindProblem] = []

  init(_ rules: [Rule]) { claims = ClaimTable(rules) }

  mutating func cut(_ leaf: UInt64, claim: UInt32) { append(leaf..<leaf + 1, claim) }

  mutating func count(rule: Int) { matches[rule, default: 0] += 1 }

  mutating func add(_ problem: FindProblem) {
    if !problems.contains(problem) { problems.append(problem) }
  }

  /// Lays claims over what was cut so far.
  ///
  /// - Parameter others: in any order, also overlapping; of one rule the first keeps a leaf.
  mutating func overlay(_ others: [(leaves: Range<UInt64>, claim: Claim)], joins: Bool) {
    guard !others.isEmpty else { return }
    let old = cuts.map { (leaves: $0.leaves, claim: claims[$0.claim]) }
    let all = (others + old).enumerated().sorted {
      ($0.element.leaves.lowerBound, $0.offset) < ($1.element.leaves.lowerBound, $1.offset)
    }
    let bounds = all.flatMap { [$0.element.leaves.lowerBound, $0.element.leaves.upperBound] }
      .sorted()
    cuts.removeAll(keepingCapacity: true)
    var next = 0
    var open: [(offset: Int, element: (leaves: Range<UInt64>, claim: Claim))] = []
    for (start, end) in zip(bounds, bounds.dropFirst()) where start < end {
      open.removeAll { $0.element.leaves.upperBound <= start }
      while next < all.count, all[next].element.leaves.lowerBound <= start {
        open.append(all[next])
        next += 1
      }
      open.sort { $0.offset < $1.offset }
      let claim = open.reduce(ClaimTable.none) { held, taken in
        claims.adding(taken.element.claim, to: held, joins: joins)
      }
      if claim != ClaimTable.none { append(start..<end, claim) }
    }
  }

  /// The cuts with the texts that they show; those that then are the same are one.
  ///
  /// - Parameter labels: asked in the order of the leaves.
  func foundCuts(
    _ rules: [Rule], _ labels: inout PseudonymLabels
  ) throws(FindError) -> [FoundCut] {
    let byNumber = Dictionary(rules.map { ($0.number, $0) }) { first, _ in first }
    var found: [FoundCut] = []
    for taken in cuts {
      let claim = claims[taken.claim]
      guard let rule = byNumber[claim.rule] else { continue }
      let shown = try claim.shown(code: rule.code, &labels)
      if let last = found.last, last.leaves.upperBound == taken.leaves.lowerBound,
        last.rule == rule.number, last.shown == shown
      {
        found[found.count - 1].leaves = last.leaves.lowerBound..<taken.leaves.upperBound
      } else {
        found.append(
          FoundCut(
            leaves: taken.leaves, rule: rule.number, code: rule.code, basis: rule.basis,
            shown: shown))
      }
    }
    return found
  }

  private mutating func append(_ leaves: Range<UInt64>, _ claim: UInt32) {
    if let last = cuts.last, last.claim == claim, last.leaves.upperBound == leaves.lowerBound {
      cuts[cuts.count - 1].leaves = last.leaves.lowerBound..<leaves.upperBound
    } else {
      cuts.append(TakenLeaves(leaves: leaves, claim: claim))
    }
  }
}
