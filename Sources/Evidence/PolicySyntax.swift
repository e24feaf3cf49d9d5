internal import Foundation
internal import Yams

/// A policy file as YAML nodes, without anchors and aliases.
///
/// With aliases a small file can stand for a tree that no memory holds, and Yams compares mapping
/// keys before we could look. So each `&` is replaced before parsing: no anchor is left, each alias
/// is an undefined one, and the texts get their `&` back. Looking for anchors without a YAML
/// scanner was rejected: it can't tell them from the same characters in quotes.
struct PolicyDocument {
  private let root: Node

  init(_ bytes: some Collection<UInt8>) throws(PolicyError) {
    guard let text = String(validating: bytes, as: UTF8.self),
      !text.unicodeScalars.contains(Self.standIn)
    else { throw .notText }
    let safe = Self.replacing("&", by: Self.standIn, in: text)
    do {
      guard let root = try Parser(yaml: safe, encoding: .utf8).singleRoot() else {
        throw PolicyError.noRules
      }
      self.root = root
    } catch let error as PolicyError {
      throw error
    } catch let error as YamlError {
      throw Self.sentence(error)
    } catch {
      throw .notYAML(line: 0, column: 0)
    }
  }

  func ruleList() throws(PolicyError) -> [Node] {
    guard case .mapping(let top) = root else { throw .noRules }
    var list: [Node] = []
    for (key, value) in top {
      let name = try Self.text(key) ?? ""
      guard name == "rules" else { throw .unknownKey(name, rule: nil) }
      guard case .sequence(let nodes) = value else { throw .noRules }
      list = Array(nodes)
    }
    guard !list.isEmpty else { throw .noRules }
    return list
  }

  /// The text of a scalar; nil for another node.
  static func text(_ node: Node) throws(PolicyError) -> String? {
    guard case .scalar(let scalar) = node else { return nil }
    if scalar.style == .plain, scalar.string.unicodeScalars.first == standIn {
      throw .anchorOrAlias(line: scalar.mark?.line ?? 0)
    }
    return replacing(standIn, by: "&", in: scalar.string)
  }

  private static func sentence(_ error: YamlError) -> PolicyError {
    switch error {
    case .composer(_, "found undefined alias", let mark, _): .anchorOrAlias(line: mark.line)
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
      .notYAML(line: mark.line, column: mark.column)
    case .duplicatedKeysInMapping(let names, _): .duplicateKey(names.first ?? "")
    case .reader: .notText
    default: .notYAML(line: 0, column: 0)
    }
  }

  /// By scalars: as characters, a `&` that a combining mark follows would be another.
  private static func replacing(
    _ old: Unicode.Scalar, by new: Unicode.Scalar, in text: String
  ) -> String {
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: text.unicodeScalars.lazy.map { $0 == old ? new : $0 })
    return String(scalars)
  }

  /// Private use, so that no text means it; a policy that holds it is refused.
  private static let standIn: Unicode.Scalar = "\u{E026}"
}

/// One element of `rules`: known keys only.
struct PolicyRuleNode {
  let number: Int
  private var values: [String: Node] = [:]

  init(_ node: Node, number: Int) throws(PolicyError) {
    self.number = number
    guard case .mapping(let mapping) = node else { throw .badValue(key: "rules", rule: number) }
    for (key, value) in mapping {
      let name = try PolicyDocument.text(key) ?? ""
      guard Self.keys.contains(name) else { throw .unknownKey(name, rule: number) }
      values[name] = value
    }
  }

  func has(_ key: String) -> Bool { values[key] != nil }

  /// The text of a key's value, never empty; nil without the key.
  func text(_ key: String) throws(PolicyError) -> String? {
    guard let node = values[key] else { return nil }
    guard let text = try PolicyDocument.text(node), !text.isEmpty else {
      throw .badValue(key: key, rule: number)
    }
    return text
  }

  /// The texts of a key's value, at least one.
  func texts(_ key: String) throws(PolicyError) -> [String] {
    guard case .sequence(let nodes)? = values[key], !nodes.isEmpty,
      nodes.count <= Policy.maximumSelectionCount
    else { throw .badValue(key: key, rule: number) }
    var texts: [String] = []
    for node in nodes {
      guard let text = try PolicyDocument.text(node) else {
        throw .badValue(key: key, rule: number)
      }
      texts.append(text)
    }
    return texts
  }

  static let selectors = ["columns", "pointers", "match", "detect", "all"]
  private static let keys = Set(["item", "code", "basis"] + selectors)
}

extension Rule {
  init(_ node: PolicyRuleNode) throws(PolicyError) {
    number = node.number
    guard let pattern = try node.text("item") else {
      throw .missingKey("item", rule: node.number)
    }
    item = Glob(pattern)
    guard let code = try node.text("code") else { throw .missingKey("code", rule: node.number) }
    guard Self.isCode(code) else { throw .badValue(key: "code", rule: node.number) }
    self.code = code
    basis = try node.text("basis") ?? "-"
    guard Self.isProvision(basis) else { throw .badValue(key: "basis", rule: node.number) }
    selector = try Selector(node)
  }

  /// `[A-Z][A-Z0-9-]*`, as a redaction record writes it.
  private static func isCode(_ text: String) -> Bool {
    text.utf8.first.map { (0x41...0x5A).contains($0) } == true
      && text.utf8.allSatisfy {
        (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
      }
  }

  /// One line without control characters, and without space at its ends.
  private static func isProvision(_ text: String) -> Bool {
    let scalars = text.unicodeScalars
    return scalars.first != " " && scalars.last != " "
      && scalars.allSatisfy { $0.properties.generalCategory != .control }
  }
}

extension Selector {
  init(_ node: PolicyRuleNode) throws(PolicyError) {
    let number = node.number
    let found = PolicyRuleNode.selectors.filter(node.has)
    guard let key = found.first else { throw .noSelector(rule: number) }
    guard found.count == 1 else { throw .severalSelectors(rule: number) }
    switch key {
    case "columns": self = .columns(try node.texts(key))
    case "pointers":
      var pointers: [JSONPointer] = []
      for text in try node.texts(key) {
        guard let pointer = JSONPointer(text) else { throw .badValue(key: key, rule: number) }
        pointers.append(pointer)
      }
      self = .pointers(pointers)
    case "detect":
      var detectors: [Detector] = []
      for text in try node.texts(key) {
        guard let detector = Detector(rawValue: text) else {
          throw .badValue(key: key, rule: number)
        }
        detectors.append(detector)
      }
      self = .detect(detectors)
    case "match":
      let pattern = try node.text(key) ?? ""
      _ = try FindPattern(pattern, rule: number)
      self = .match(pattern)
    default:
      guard try node.text(key) == "true" else { throw .badValue(key: key, rule: number) }
      self = .all
    }
  }
}
