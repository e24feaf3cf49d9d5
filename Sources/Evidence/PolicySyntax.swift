internal import Redaction
internal import Yams

/// One element of `rules`: known keys only.
struct PolicyRuleNode {
  let number: Int
  let defaults: PolicyDocument.Defaults
  private var values: [String: Node] = [:]

  init(_ node: Node, number: Int, defaults: PolicyDocument.Defaults) throws(PolicyError) {
    self.number = number
    self.defaults = defaults
    guard case .mapping(let mapping) = node else { throw .badValue(key: "rules", rule: number) }
    for (key, value) in mapping {
      let name = try PolicyDocument.text(key) ?? ""
      guard Self.keys.contains(name) else { throw .unknownKey(name, rule: number) }
      values[name] = value
    }
  }

  func has(_ key: String) -> Bool { values[key] != nil }

  func bad(_ key: String) -> PolicyError { .badValue(key: key, rule: number) }

  /// The text of a key's value, never empty; nil without the key.
  func text(_ key: String) throws(PolicyError) -> String? {
    guard let node = values[key] else { return nil }
    guard let text = try PolicyDocument.text(node), !text.isEmpty else { throw bad(key) }
    return text
  }

  /// Whether the key's value stands without quotes.
  func isPlain(_ key: String) -> Bool { values[key].map(PolicyDocument.isPlain) ?? false }

  /// The elements of a key's value, at least one.
  func nodes(_ key: String) throws(PolicyError) -> [Node] {
    guard case .sequence(let nodes)? = values[key], !nodes.isEmpty,
      nodes.count <= Policy.maximumSelectionCount
    else { throw bad(key) }
    return Array(nodes)
  }

  /// The texts of a key's value, at least one.
  func texts(_ key: String) throws(PolicyError) -> [String] {
    var texts: [String] = []
    for node in try nodes(key) {
      guard let text = try PolicyDocument.text(node) else { throw bad(key) }
      texts.append(text)
    }
    return texts
  }

  /// The texts of a key's value as another type.
  func values<Value>(_ key: String, _ make: (String) -> Value?) throws(PolicyError) -> [Value] {
    var values: [Value] = []
    for text in try texts(key) {
      guard let value = make(text) else { throw bad(key) }
      values.append(value)
    }
    return values
  }

  /// What a rule looks in.
  static let places = ["columns", "pointers", "headers", "parts", "lines", "bytes"]
  /// What it looks for there.
  static let finders = ["match", "detect", "terms", "list"]
  static let selectors = places + finders + ["areas", "all"]
  private static let keys = Set(
    [
      "item", "except-items", "code", "basis", "optional", "show", "prefix", "scope", "except",
    ] + selectors)
}

extension Rule {
  init(_ node: PolicyRuleNode, lists: [String: [String]]) throws(PolicyError) {
    number = node.number
    guard let pattern = try node.text("item") else {
      throw .missingKey("item", rule: node.number)
    }
    item = Glob(pattern)
    exceptItems = node.has("except-items") ? try node.values("except-items") { Glob($0) } : []
    guard let code = try node.text("code") ?? node.defaults.code else {
      throw .missingKey("code", rule: node.number)
    }
    guard isReasonCode(code) else { throw node.bad("code") }
    self.code = code
    basis = try node.text("basis") ?? node.defaults.basis ?? "-"
    guard isOneLine(basis) else { throw node.bad("basis") }
    switch try node.text("optional") {
    case "true": isOptional = true
    case "false", nil: isOptional = false
    default: throw node.bad("optional")
    }
    (selector, within) = try Self.selectors(node, lists)
    show = try ShowForm(node, selector: selector)
    guard !node.has("except") || selector.isFinder else {
      throw .keyWithoutUse("except", rule: node.number)
    }
    exceptions = node.has("except") ? try Self.exceptions(node) : []
  }

  /// Exactly one selector, or a place and what is looked for in it.
  private static func selectors(
    _ node: PolicyRuleNode, _ lists: [String: [String]]
  ) throws(PolicyError) -> (Selector, within: Selector?) {
    let found = PolicyRuleNode.selectors.filter(node.has)
    guard let first = found.first else { throw .noSelector(rule: node.number) }
    let selector = try Selector(node, first, lists)
    if found.count == 1 { return (selector, nil) }
    guard found.count == 2, PolicyRuleNode.places.contains(first),
      PolicyRuleNode.finders.contains(found[1])
    else { throw .severalSelectors(rule: node.number) }
    return (try Selector(node, found[1], lists), selector)
  }

  private static func exceptions(_ node: PolicyRuleNode) throws(PolicyError) -> [Exception] {
    var exceptions: [Exception] = []
    for element in try node.nodes("except") {
      if let term = try PolicyDocument.text(element) {
        guard isTerm(term) else { throw node.bad("except") }
        exceptions.append(.term(term))
        continue
      }
      guard case .mapping(let mapping) = element, mapping.count == 1,
        let (key, value) = mapping.first, let pattern = try PolicyDocument.text(value)
      else { throw node.bad("except") }
      let name = try PolicyDocument.text(key) ?? ""
      guard name == "match" else { throw .unknownKey("except.\(name)", rule: node.number) }
      _ = try FindPattern(pattern, rule: node.number)
      exceptions.append(.match(pattern))
    }
    return exceptions
  }
}

extension Selector {
  init(
    _ node: PolicyRuleNode, _ key: String, _ lists: [String: [String]]
  ) throws(PolicyError) {
    switch key {
    case "columns": self = .columns(try node.texts(key))
    case "pointers": self = .pointers(try node.values(key) { JSONPointer($0) })
    case "headers": self = .headers(try node.values(key) { Self.isFieldName($0) ? $0 : nil })
    case "parts": self = .parts(try node.values(key) { $0.isEmpty ? nil : PartPattern($0) })
    case "lines":
      self = .lines(
        try node.values(key) { text in
          NumberRange(text).flatMap { $0.bounds.lowerBound > 0 ? $0 : nil }
        })
    case "bytes": self = .bytes(try node.values(key) { NumberRange($0) })
    case "areas": self = .areas(try Self.areas(node))
    case "detect": self = .detect(try node.values(key) { Detector(rawValue: $0) })
    case "terms": self = .terms(try node.values(key) { isTerm($0) ? $0 : nil })
    case "list":
      let name = try node.text(key) ?? ""
      guard let terms = lists[name] else { throw .unknownList(name, rule: node.number) }
      self = .terms(terms)
    case "match":
      let pattern = try node.text(key) ?? ""
      _ = try FindPattern(pattern, rule: node.number)
      self = .match(pattern)
    default:
      guard try node.text(key) == "true" else { throw node.bad(key) }
      self = .all
    }
  }

  /// RFC 5322 section 3.6.8: printable ASCII without the colon.
  private static func isFieldName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3A }
  }

  private static func areas(_ node: PolicyRuleNode) throws(PolicyError) -> [PageArea] {
    var areas: [PageArea] = []
    for element in try node.nodes("areas") {
      guard case .mapping(let mapping) = element else { throw node.bad("areas") }
      var values: [String: String] = ["page": "1"]
      for (key, value) in mapping {
        let name = try PolicyDocument.text(key) ?? ""
        guard ["page", "x", "y", "width", "height"].contains(name) else {
          throw .unknownKey("areas.\(name)", rule: node.number)
        }
        values[name] = try PolicyDocument.text(value)
      }
      let lengths = ["x", "y", "width", "height"].compactMap { values[$0] }
        .compactMap { PageArea.Length($0) }
      guard lengths.count == 4, let page = values["page"].flatMap({ Int($0) }),
        let area = PageArea(
          page: page, x: lengths[0], y: lengths[1], width: lengths[2], height: lengths[3])
      else { throw node.bad("areas") }
      areas.append(area)
    }
    return areas
  }
}
