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
  /// The policy is of another version than 1.
  case unknownVersion
  /// There is no list `rules` at the top, or it is empty.
  case noRules
  /// There are more rules than ``Policy/maximumRuleCount``.
  case tooManyRules(limit: Int)
  /// A key that the language doesn't have; no rule is named for one at the top.
  case unknownKey(String, rule: Int?)
  /// A rule lacks a key that it needs.
  case missingKey(String, rule: Int)
  /// The value of a key at the top isn't of the kind that the key asks for.
  case badTopValue(key: String)
  /// The value isn't of the kind that the key asks for.
  case badValue(key: String, rule: Int)
  /// A rule has no selector.
  case noSelector(rule: Int)
  /// A rule has more than one selector, and they aren't a place and a finder.
  case severalSelectors(rule: Int)
  /// The key says something of another one that the rule doesn't have, or not in that form.
  case keyWithoutUse(String, rule: Int)
  /// The regular expression isn't one.
  case badPattern(rule: Int)
  /// A rule names a list that the policy doesn't have.
  case unknownList(String, rule: Int)
  /// A list has no terms, or one without letters and digits.
  case badList(String)
  /// A file of terms has a name that leads out of the policy's folder.
  case unsafeListFile(String)
  /// Nobody gave the bytes of this file of terms.
  case listFileMissing(String)
  /// A file of terms is too long or isn't UTF-8.
  case badListFile(String)
  /// All lists and rules together have more terms than ``Policy/maximumTermCount``.
  case tooManyTerms(limit: Int)
}
