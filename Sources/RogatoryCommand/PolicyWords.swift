import Evidence

extension PolicyError {
  /// The error in words, without a full stop.
  var words: String {
    switch self {
    case .tooLarge(let limit): "it is longer than \(limit) bytes"
    case .notText: "it isn't UTF-8 text"
    case .notYAML(let line, let column): "it isn't YAML, at line \(line), column \(column)"
    case .anchorOrAlias(let line):
      "line \(line) begins a value with & or *: put it in quotes"
    case .duplicateKey(let key): "the key \(key) stands twice in one place"
    case .noRules: "it has no list of rules"
    case .tooManyRules(let limit): "it has more than \(limit) rules"
    case .unknownKey(let key, let rule):
      (rule.map { "rule \($0)" } ?? "it") + " has a key that a policy doesn't know: \(key)"
    case .missingKey(let key, let rule): "rule \(rule) lacks \(key)"
    case .badValue(let key, let rule): "rule \(rule): the value of \(key) isn't one that it takes"
    case .noSelector(let rule):
      "rule \(rule) doesn't say what: columns, pointers, match, detect or all"
    case .severalSelectors(let rule):
      "rule \(rule) says it twice: one of columns, pointers, match, detect and all"
    case .badPattern(let rule): "rule \(rule): match isn't a regular expression"
    }
  }
}
