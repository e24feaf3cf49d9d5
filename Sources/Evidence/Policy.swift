// What to withhold: a redaction policy, a YAML file of rules (Docs/CommandLine.md, "Redaction policies"). YAML is read by Yams;
// the schema here is closed, so that a misspelt key is an error and never a silent gap.
// `PolicyTests` hold the language, `FindTests` what the rules find.

internal import Foundation
internal import Yams

/// Rules that say what of a bundle is withheld and why.
public struct Policy: Sendable {
  /// The rules in the file's order; the first that claims a leaf wins.
  public let rules: [Rule]

  /// Reads a policy.
  ///
  /// - Parameter bytes: YAML 1.1 as UTF-8, one document, without anchors and aliases.
  /// - Throws: ``PolicyError``, naming rule and key.
  public init(yaml bytes: some Collection<UInt8>) throws(PolicyError) {
    guard bytes.count <= Self.maximumByteCount else {
      throw .tooLarge(limit: Self.maximumByteCount)
    }
    let document = try PolicyDocument(bytes)
    let list = try document.ruleList()
    guard list.count <= Self.maximumRuleCount else {
      throw .tooManyRules(limit: Self.maximumRuleCount)
    }
    var rules: [Rule] = []
    for (index, node) in list.enumerated() {
      rules.append(try Rule(PolicyRuleNode(node, number: index + 1)))
    }
    self.rules = rules
  }

  /// What the policy asks for an item of this name.
  ///
  /// - Parameter name: the item's full relative path.
  public func plan(forItem name: String) -> ItemPlan {
    let matching = rules.filter { $0.item.matches(name) }
    if let whole = matching.first(where: { $0.selector == .all }) { return .all(whole) }
    return matching.isEmpty ? .untouched : .search(matching)
  }

  /// A policy is written by people; this is past any that a person has read.
  public static let maximumByteCount = 1 << 20
  /// Each rule is tried on each item, and a rule's number stands in every cut.
  public static let maximumRuleCount = 1000
  /// Columns, pointers or detectors in one rule: each is compared with every cell or key.
  public static let maximumSelectionCount = 1000
}

/// One rule of a policy.
public struct Rule: Sendable, Hashable {
  /// Its place in the file, from 1; what a redaction record names.
  public let number: Int
  /// The items that it is about.
  public let item: Glob
  /// What it takes from them.
  public let selector: Selector
  /// The reason code, such as `PD-NAME`.
  public let code: String
  /// The legal provision; `-` where the policy names none.
  public let basis: String
}

/// What a rule takes from an item.
public enum Selector: Sendable, Hashable {
  /// The cells below these names of a CSV file's header row, which stays itself.
  case columns([String])
  /// The values at these places of a JSON document, or of each document in a file of lines.
  case pointers([JSONPointer])
  /// Every leaf that a match of this regular expression (ICU's) touches.
  case match(String)
  /// Every leaf that something of these kinds touches.
  case detect([Detector])
  /// The whole item: its name too.
  case all
}

/// What a policy asks for one item.
public enum ItemPlan: Sendable, Hashable {
  /// No rule is about it.
  case untouched
  /// It is withheld whole, by this rule, whatever others say.
  case all(Rule)
  /// These rules look for leaves in it.
  case search([Rule])
}

/// Why a file isn't a policy; rules are counted from 1, lines too.
public enum PolicyError: Error, Hashable, Sendable {
  /// The file is longer than ``Policy/maximumByteCount``.
  case tooLarge(limit: Int)
  /// The file isn't UTF-8, or has a private-use or control character outside of escapes.
  case notText
  /// The file isn't one document of YAML.
  case notYAML(line: Int, column: Int)
  /// Anchors and aliases aren't supported: text that begins with `*` or `&` stands in quotes.
  case anchorOrAlias(line: Int)
  /// A key stands twice in one mapping.
  case duplicateKey(String)
  /// There is no list `rules` at the top, or it is empty.
  case noRules
  /// There are more rules than ``Policy/maximumRuleCount``.
  case tooManyRules(limit: Int)
  /// A key that the language doesn't have; no rule is named for one at the top.
  case unknownKey(String, rule: Int?)
  /// A rule lacks a key that it needs.
  case missingKey(String, rule: Int)
  /// The value isn't of the kind that the key asks for.
  case badValue(key: String, rule: Int)
  /// A rule has none of `columns`, `pointers`, `match`, `detect` and `all`.
  case noSelector(rule: Int)
  /// A rule has more than one of them.
  case severalSelectors(rule: Int)
  /// The regular expression isn't one.
  case badPattern(rule: Int)
}
