// What to withhold: a redaction policy, a YAML file of rules (Docs/CommandLine.md, "Redaction policies"). YAML is read by Yams;
// the schema here is closed, so that a misspelt key is an error and never a silent gap. Config/redaction-policy.schema.json says
// the same to other programs. `PolicyTests` hold the language, `FindTests` what the rules find.

internal import Foundation
internal import Yams

/// Rules that say what of a bundle is withheld and why.
public struct Policy: Sendable {
  /// What its author calls it.
  public let name: String?
  /// The rules in the file's order. Where several claim a leaf, the strictest code is kept, and
  /// among equal ones the first rule: see ``Rule/precedes(_:)``.
  public let rules: [Rule]

  /// Reads a policy.
  ///
  /// - Parameters:
  ///   - bytes: YAML 1.1 as UTF-8, one document, without anchors and aliases.
  ///   - files: the bytes of the files of terms, by the names that ``listFiles(yaml:)`` gives.
  /// - Throws: ``PolicyError``, naming rule and key.
  public init(
    yaml bytes: some Collection<UInt8>, files: [String: [UInt8]] = [:]
  ) throws(PolicyError) {
    let document = try Self.document(bytes)
    guard document.rules.count <= Self.maximumRuleCount else {
      throw .tooManyRules(limit: Self.maximumRuleCount)
    }
    let lists = try document.lists.resolved(files)
    var rules: [Rule] = []
    for (index, node) in document.rules.enumerated() {
      let ruleNode = try PolicyRuleNode(node, number: index + 1, defaults: document.defaults)
      rules.append(try Rule(ruleNode, lists: lists))
    }
    self.rules = rules
    name = document.name
  }

  /// The names of the files of terms that a policy wants, relative to its own folder: plain
  /// relative paths, without `..`.
  ///
  /// - Throws: ``PolicyError`` where the top of the policy isn't well-formed.
  public static func listFiles(
    yaml bytes: some Collection<UInt8>
  ) throws(PolicyError) -> [String] {
    try document(bytes).lists.files
  }

  private static func document(
    _ bytes: some Collection<UInt8>
  ) throws(PolicyError) -> PolicyDocument {
    guard bytes.count <= maximumByteCount else { throw .tooLarge(limit: maximumByteCount) }
    return try PolicyDocument(bytes)
  }

  /// What the policy asks for an item of this name.
  ///
  /// - Parameter name: the item's full relative path.
  public func plan(forItem name: String) -> ItemPlan {
    let matching = rules.filter { $0.isAbout(name) }
    let whole = matching.filter { $0.selector == .all }.min { $0.precedes($1) }
    if let whole { return .all(whole) }
    return matching.isEmpty ? .untouched : .search(matching)
  }

  /// Whether a rule wants labels that stay the same over all bundles of a case.
  public var wantsCasePseudonyms: Bool {
    rules.contains { if case .pseudonym(_, .wholeCase)? = $0.show { true } else { false } }
  }

  /// A policy is written by people; this is past any that a person has read.
  public static let maximumByteCount = 1 << 20
  /// Each rule is tried on each item, and a rule's number stands in every cut.
  public static let maximumRuleCount = 1000
  /// Columns, pointers, lines or detectors in one rule: each is compared with every cell or key.
  public static let maximumSelectionCount = 1000
  /// Terms of all lists and rules: each is held in memory, by its words.
  public static let maximumTermCount = 100_000
  /// A file of terms, which is that many names.
  public static let maximumListByteCount = 4 << 20
}

/// One rule of a policy.
public struct Rule: Sendable, Hashable {
  /// Its place in the file, from 1; what a redaction record names.
  public let number: Int
  /// The items that it is about.
  public let item: Glob
  /// The items that it isn't about, though their names match.
  public let exceptItems: [Glob]
  /// What it takes from them.
  public let selector: Selector
  /// Where alone it looks; nil for everywhere. One of columns, pointers, headers, parts, lines and
  /// bytes, and only where the selector is a finder.
  public let within: Selector?
  /// What a finder leaves.
  public let exceptions: [Exception]
  /// What stands in the place of what it takes; nil for the reason code alone.
  public let show: ShowForm?
  /// The reason code, such as `PD-NAME`.
  public let code: String
  /// The legal provision; `-` where the policy names none.
  public let basis: String
  /// Whether nothing is said where an item lacks what the rule asks for.
  public let isOptional: Bool

  /// What a finder leaves where it finds it.
  public enum Exception: Sendable, Hashable {
    /// These words, compared as ``Selector/terms(_:)`` are.
    case term(String)
    /// What this regular expression matches.
    case match(String)
  }

  /// Whether it is about an item of this name.
  public func isAbout(_ name: String) -> Bool {
    item.matches(name) && !exceptItems.contains { $0.matches(name) }
  }

  /// Whether a leaf that both claim is this rule's: its code is stricter, or the same and the rule
  /// is the earlier one.
  public func precedes(_ other: Rule) -> Bool { precedence < other.precedence }

  /// The lower wins.
  var precedence: Int { ReasonCode.strictness(of: code) * (Policy.maximumRuleCount + 1) + number }
}

/// What a rule takes from an item.
public enum Selector: Sendable, Hashable {
  /// The cells below these names of a CSV file's header row, which stays itself.
  case columns([String])
  /// The values at these places of a JSON document, or of each document in a file of lines.
  case pointers([JSONPointer])
  /// The values of a mail's header fields of these names.
  case headers([String])
  /// The bodies of these parts of a mail.
  case parts([PartPattern])
  /// Lines of text, from 1.
  case lines([NumberRange])
  /// Bytes of the sealed content, from 0.
  case bytes([NumberRange])
  /// Rectangles of a picture or page.
  case areas([PageArea])
  /// Every leaf that a match of this regular expression (ICU's) touches.
  case match(String)
  /// Every leaf that something of these kinds touches.
  case detect([Detector])
  /// Names and other terms, as whole words.
  case terms([String])
  /// The whole item: its name too.
  case all

  /// Whether it looks for something, anywhere or within a place.
  public var isFinder: Bool {
    switch self {
    case .match, .detect, .terms: true
    default: false
    }
  }
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
