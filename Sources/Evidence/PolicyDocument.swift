internal import Foundation
internal import Yams

/// A policy file as YAML nodes, without anchors and aliases.
///
/// With aliases a small file can stand for a tree that no memory holds, and Yams compares mapping
/// keys before we could look. So each `&` is replaced before parsing: no anchor is left, each alias
/// is an undefined one, and the texts get their `&` back. Looking for anchors without a YAML
/// scanner was rejected: it can't tell them from the same characters in quotes.
struct PolicyDocument {
  /// The code and legal provision of rules that give none.
  struct Defaults {
    var code: String?
    var basis: String?
  }

  private(set) var name: String?
  private(set) var rules: [Node] = []
  private(set) var lists = PolicyLists()
  private(set) var defaults = Defaults()

  init(_ bytes: some Collection<UInt8>) throws(PolicyError) {
    guard case .mapping(let top) = try Self.root(bytes) else { throw .noRules }
    for (key, value) in top {
      switch try Self.text(key) ?? "" {
      case "rules":
        guard case .sequence(let nodes) = value else { throw .noRules }
        rules = Array(nodes)
      case "version":
        guard try Self.text(value) == "1" else { throw .unknownVersion }
      case "name":
        guard let text = try Self.text(value), isOneLine(text) else {
          throw .badTopValue(key: "name")
        }
        name = text
      case "defaults": try readDefaults(value)
      case "lists": lists = try PolicyLists(value)
      case let other: throw .unknownKey(other, rule: nil)
      }
    }
    guard !rules.isEmpty else { throw .noRules }
  }

  private mutating func readDefaults(_ node: Node) throws(PolicyError) {
    guard case .mapping(let mapping) = node, !mapping.isEmpty else {
      throw .badTopValue(key: "defaults")
    }
    for (key, value) in mapping {
      let name = try Self.text(key) ?? ""
      let text = try Self.text(value) ?? ""
      switch name {
      case "code":
        guard isReasonCode(text) else { throw .badTopValue(key: "defaults.code") }
        defaults.code = text
      case "basis":
        guard isOneLine(text) else { throw .badTopValue(key: "defaults.basis") }
        defaults.basis = text
      default: throw .unknownKey("defaults.\(name)", rule: nil)
      }
    }
  }

  private static func root(_ bytes: some Collection<UInt8>) throws(PolicyError) -> Node {
    guard let text = String(validating: bytes, as: UTF8.self),
      !text.unicodeScalars.contains(Self.standIn)
    else { throw .notText }
    let safe = replacing("&", by: standIn, in: text)
    do {
      guard let root = try Parser(yaml: safe, encoding: .utf8).singleRoot() else {
        throw PolicyError.noRules
      }
      return root
    } catch let error as PolicyError {
      throw error
    } catch let error as YamlError {
      throw sentence(error)
    } catch {
      throw .notYAML(line: 0, column: 0)
    }
  }

  /// The text of a scalar; nil for another node.
  static func text(_ node: Node) throws(PolicyError) -> String? {
    guard case .scalar(let scalar) = node else { return nil }
    if scalar.style == .plain, scalar.string.unicodeScalars.first == standIn {
      throw .anchorOrAlias(line: scalar.mark?.line ?? 0)
    }
    return replacing(standIn, by: "&", in: scalar.string)
  }

  /// Whether a scalar stands without quotes.
  static func isPlain(_ node: Node) -> Bool {
    if case .scalar(let scalar) = node { scalar.style == .plain } else { false }
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

/// `[A-Z][A-Z0-9-]*`, as a redaction record writes it.
func isReasonCode(_ text: String) -> Bool {
  text.utf8.first.map { (0x41...0x5A).contains($0) } == true
    && text.utf8.allSatisfy {
      (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
    }
}

/// One line without control characters, without space at its ends, and not empty.
func isOneLine(_ text: String) -> Bool {
  let scalars = text.unicodeScalars
  return !scalars.isEmpty && scalars.first != " " && scalars.last != " "
    && scalars.allSatisfy { $0.properties.generalCategory != .control }
}
