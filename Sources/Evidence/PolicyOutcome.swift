/// What a policy did over all items: what the person who wrote it must see.
public struct PolicyOutcome: Sendable, Hashable {
  /// One for each rule, in the policy's order.
  public private(set) var rules: [RuleOutcome]

  /// The outcome of no policy, for cuts that come from elsewhere.
  init() { rules = [] }

  /// Nothing done yet.
  public init(policy: Policy) {
    rules = policy.rules.map { RuleOutcome(number: $0.number) }
  }

  /// Adds what happened to one item.
  ///
  /// - Parameters:
  ///   - item: its name.
  ///   - plan: what the policy asked for it.
  ///   - findings: what was found; nil unless the plan was to search.
  public mutating func note(item: String, plan: ItemPlan, findings: Findings?) {
    switch plan {
    case .untouched: return
    case .all(let rule):
      change(rule.number) {
        $0.itemCount += 1
        $0.matchCount += 1
      }
    case .search(let searched):
      for rule in searched { change(rule.number) { $0.itemCount += 1 } }
    }
    guard let findings else { return }
    for (number, count) in findings.matches { change(number) { $0.matchCount += count } }
    for cut in findings.cuts {
      change(cut.rule) { $0.leafCount += cut.leaves.upperBound - cut.leaves.lowerBound }
    }
    for problem in findings.problems {
      change(problem.rule) { $0.problems.append(ItemProblem(item: item, problem: problem)) }
    }
  }

  /// The numbers of the rules that were about no item, or found nothing in any.
  public var idle: [Int] { rules.filter { $0.matchCount == 0 }.map(\.number) }

  private mutating func change(_ number: Int, _ body: (inout RuleOutcome) -> Void) {
    // Rules and findings are of one policy, whose rules are numbered from 1.
    if rules.indices.contains(number - 1) { body(&rules[number - 1]) }
  }
}

/// What one rule did.
public struct RuleOutcome: Sendable, Hashable {
  /// The rule's number.
  public let number: Int
  /// The items that it was about.
  public internal(set) var itemCount = 0
  /// How often it found something, also where an earlier rule took the leaf; a whole item is one.
  public internal(set) var matchCount: UInt64 = 0
  /// The leaves that it takes.
  public internal(set) var leafCount: UInt64 = 0
  /// What it couldn't do.
  public internal(set) var problems: [ItemProblem] = []
}

/// A problem and the item that has it.
public struct ItemProblem: Sendable, Hashable {
  /// The item's name.
  public let item: String
  /// What a rule didn't do in it.
  public let problem: FindProblem
}

extension FindProblem {
  /// The number of the rule that has the problem.
  public var rule: Int {
    switch self {
    case .columnMissing(let rule, _), .notATable(let rule), .notJSON(let rule),
      .pointerMissing(let rule, _), .structureWithheld(let rule), .nothingFound(let rule):
      rule
    }
  }
}
