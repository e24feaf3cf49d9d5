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
    case .unknownVersion: "it is of another version than 1"
    case .noRules: "it has no list of rules"
    case .tooManyRules(let limit): "it has more than \(limit) rules"
    case .unknownKey(let key, let rule):
      (rule.map { "rule \($0)" } ?? "it") + " has a key that a policy doesn't know: \(key)"
    case .missingKey(let key, let rule): "rule \(rule) lacks \(key)"
    case .badTopValue(let key): "the value of \(key) isn't one that it takes"
    case .badValue("show", let rule):
      "rule \(rule): show is last-4, first-letter, initials, year, domain, pseudonym, or a text in "
        + "quotes"
    case .badValue(let key, let rule): "rule \(rule): the value of \(key) isn't one that it takes"
    case .noSelector(let rule):
      "rule \(rule) doesn't say what: columns, pointers, headers, parts, lines, bytes, areas, match, "
        + "detect, terms, list or all"
    case .severalSelectors(let rule):
      "rule \(rule) says it twice: a rule has one selector, or one of columns, pointers, headers, "
        + "parts, lines and bytes with one of match, detect, terms and list"
    case .keyWithoutUse(let key, let rule):
      "rule \(rule): \(key) has no use here; it belongs to other selectors or to another show"
    case .badPattern(let rule): "rule \(rule): match isn't a regular expression"
    case .unknownList(let name, let rule): "rule \(rule): there is no list \(name)"
    case .badList(let name):
      "the list \(name) must be terms with letters or digits, or one file of them"
    case .unsafeListFile(let name):
      "the file \(name) isn't a plain path below the policy's own folder"
    case .listFileMissing(let name): "the file \(name) wasn't read"
    case .badListFile(let name): "the file \(name) is too long or isn't UTF-8 text"
    case .tooManyTerms(let limit): "its lists have more than \(limit) terms"
    }
  }
}
