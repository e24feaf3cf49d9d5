/// What a policy did over all items: what the person who wrote it must see.
public struct PolicyOutcome: Sendable, Hashable {
  /// One for each rule, in the policy's order.
  public private(set) var rules: [RuleOutcome]

  /// The outcome of no policy, for cuts that come from elsewhere.
  init() { rules = [] }

  /// Nothing done yet.
  public init(policy: Policy) { rules = policy.rules.map { RuleOutcome($0) } }

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
      change(rule.number) { $0.itemCount += 1 }
      noteWhole(rule: rule.number)
    case .search(let searched):
      for rule in searched { change(rule.number) { $0.itemCount += 1 } }
    }
    if let findings { note(item: item, findings) }
  }

  /// Adds what was found in an item or a companion of it.
  mutating func note(item: String, _ findings: Findings) {
    for (number, count) in findings.matches { change(number) { $0.matchCount += count } }
    for cut in findings.cuts {
      change(cut.rule) { $0.leafCount += cut.leaves.upperBound - cut.leaves.lowerBound }
    }
    for problem in findings.problems {
      change(problem.rule) { $0.problems.append(ItemProblem(item: item, problem: problem)) }
    }
  }

  /// Adds that a rule takes an item as a whole.
  mutating func noteWhole(rule: Int) {
    change(rule) {
      $0.matchCount += 1
      $0.wholeCount += 1
    }
  }

  /// The numbers of the rules that were about no item, or found nothing in any.
  public var idle: [Int] { rules.filter { $0.matchCount == 0 }.map(\.number) }

  /// Whether no rule takes anything that isn't withheld already.
  public var foundNothing: Bool { rules.allSatisfy { $0.leafCount == 0 && $0.wholeCount == 0 } }

  private mutating func change(_ number: Int, _ body: (inout RuleOutcome) -> Void) {
    // Rules and findings are of one policy, whose rules are numbered from 1.
    if rules.indices.contains(number - 1) { body(&rules[number - 1]) }
  }
}

/// What one rule did.
public struct RuleOutcome: Sendable, Hashable {
  /// The rule's number.
  public let number: Int
  /// What it asks for, without the terms and patterns themselves, which may be what is withheld.
  public let asked: String
  /// Its reason code, where that isn't one of ``ReasonCode``.
  public let unknownCode: String?
  /// Whether it may find nothing.
  public let isOptional: Bool
  /// The items that it was about.
  public internal(set) var itemCount = 0
  /// How often it found something, also where a stricter rule took the leaf; a whole item is one.
  public internal(set) var matchCount: UInt64 = 0
  /// The leaves that it takes.
  public internal(set) var leafCount: UInt64 = 0
  /// The items that it takes as a whole.
  public internal(set) var wholeCount = 0
  /// What it couldn't do.
  public internal(set) var problems: [ItemProblem] = []

  init(_ rule: Rule) {
    number = rule.number
    asked = rule.asked
    unknownCode = ReasonCode(rawValue: rule.code) == nil ? rule.code : nil
    isOptional = rule.isOptional
  }
}

/// A problem and the item that has it.
public struct ItemProblem: Sendable, Hashable {
  /// The item's name.
  public let item: String
  /// What a rule didn't do in it.
  public let problem: FindProblem
}

extension Rule {
  /// What it asks for, in words; never a term or a pattern.
  public var asked: String {
    let what = selector.asked + (within.map { " in \($0.asked)" } ?? "")
    return "\(what) of \(item)"
  }
}

extension Selector {
  fileprivate var asked: String {
    switch self {
    case .columns(let names): "columns \(names.joined(separator: ", "))"
    case .pointers(let list): "pointers \(Self.joined(list))"
    case .headers(let names): "headers \(names.joined(separator: ", "))"
    case .parts(let list): "parts \(Self.joined(list))"
    case .lines(let ranges): "lines \(Self.joined(ranges))"
    case .bytes(let ranges): "bytes \(Self.joined(ranges))"
    case .areas(let areas): counted(areas.count, "area")
    case .match: "what a pattern matches"
    case .detect(let kinds): "detect \(kinds.map(\.rawValue).joined(separator: ", "))"
    case .terms(let terms): counted(terms.count, "term")
    case .all: "all"
    }
  }

  private static func joined(_ list: [some CustomStringConvertible]) -> String {
    list.map(\.description).joined(separator: ", ")
  }
}
