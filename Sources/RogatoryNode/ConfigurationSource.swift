import Yams

/// Why a value of `node.yaml`, or of an environment variable in its place, can't be used.
public enum ConfigurationProblem: Error, Hashable, Sendable {
  /// It isn't YAML, or no mapping; the line where it ends to be one, where that is known.
  case notYAML(line: Int?)
  /// There is no such key; the known one that is nearest to it.
  case unknownKey(String, nearest: String?)
  /// A key without a default is missing.
  case missing(String)
  /// The key's value isn't one that it can have.
  case badValue(String)
}

/// The keys of `node.yaml`, and where their values come from: environment before file.
///
/// The keys are those of ``NodeConfiguration`` itself, so there is no list to forget one in.
struct ConfigurationSource {
  /// A key, by its path from the top.
  struct Key {
    let path: [String]
    let isList: Bool
    let inner: [Key]

    var name: String { path.joined(separator: ".") }

    /// `ROGATORY_LIMITS_IDLE_TIMEOUT_SECONDS` for `limits.idleTimeoutSeconds`.
    var variable: String {
      "ROGATORY_"
        + path.map { part in
          part.map { $0.isUppercase ? "_\($0)" : $0.uppercased() }.joined()
        }.joined(separator: "_")
    }
  }

  /// Every key.
  static var keys: [Key] { keys(of: NodeConfiguration.complete, below: []) }

  /// The keys that hold a value, those of sections among them.
  static var leaves: [Key] { leaves(keys) }

  private static func leaves(_ keys: [Key]) -> [Key] {
    keys.flatMap { $0.inner.isEmpty ? [$0] : leaves($0.inner) }
  }

  /// What the node is stands in the file alone; where and how it runs may come from outside.
  static let fromFileAlone: Set = ["node", "country", "authority", "development"]

  /// The configuration that a file and the environment make.
  static func configuration(
    yaml: String, environment: [String: String]
  ) throws -> NodeConfiguration {
    var root: Node
    do {
      guard let node = try Yams.compose(yaml: yaml), node.mapping != nil else {
        throw ConfigurationProblem.notYAML(line: nil)
      }
      root = node
    } catch let error as YamlError {
      throw ConfigurationProblem.notYAML(line: error.line)
    }
    try refuseUnknown(root, keys)
    for key in leaves where !fromFileAlone.contains(key.name) {
      guard let value = environment[key.variable], !value.isEmpty else { continue }
      root = setting(root, key.path[...], node(value, key))
    }
    do {
      return try YAMLDecoder().decode(NodeConfiguration.self, from: root)
    } catch let error as DecodingError {
      throw problem(error)
    }
  }

  /// The variables that replace something in the file, as lines: they are a part of the configuration
  /// that a log entry names by its digest.
  static func overrides(_ environment: [String: String]) -> String {
    leaves.filter { !fromFileAlone.contains($0.name) }.compactMap { key in
      environment[key.variable].flatMap { $0.isEmpty ? nil : "\n# \(key.variable)=\($0)" }
    }.joined()
  }

  private static func keys(of value: Any, below path: [String]) -> [Key] {
    Mirror(reflecting: value).children.compactMap { child in
      guard let label = child.label else { return nil }
      let inner = content(of: child.value)
      let path = path + [label]
      let isSection = Mirror(reflecting: inner).displayStyle == .struct && !(inner is String)
      return Key(
        path: path, isList: inner is [String],
        inner: isSection && !(inner is any BinaryInteger) && !(inner is Bool)
          ? keys(of: inner, below: path) : [])
    }
  }

  private static func content(of value: Any) -> Any {
    let mirror = Mirror(reflecting: value)
    guard mirror.displayStyle == .optional else { return value }
    return mirror.children.first?.value ?? ""
  }

  private static func refuseUnknown(_ node: Node, _ keys: [Key]) throws {
    for (name, value) in node.mapping ?? Node.Mapping([]) {
      let name = name.string ?? ""
      guard let key = keys.first(where: { $0.path.last == name }) else {
        let section = (keys.first?.path.dropLast() ?? []).map { $0 + "." }.joined()
        throw ConfigurationProblem.unknownKey(
          section + name, nearest: nearest(name, keys) ?? nearest(name, leaves))
      }
      guard !key.inner.isEmpty else { continue }
      guard value.mapping != nil else { throw ConfigurationProblem.badValue(key.name) }
      try refuseUnknown(value, key.inner)
    }
  }

  /// The key that is spelt most like `name`, unless none is.
  private static func nearest(_ name: String, _ keys: [Key]) -> String? {
    let ranked = keys.map { key in (key.name, distance(name, key.path.last ?? "")) }
    guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= max(2, name.count / 3) else {
      return nil
    }
    return best.0
  }

  /// How many letters have to be added, removed or changed (Levenshtein's distance).
  private static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right.lowercased())
    var row = Array(0...right.count)
    for (index, letter) in left.lowercased().prefix(Self.longestName).enumerated() {
      var next = [index + 1]
      for (column, other) in right.enumerated() {
        let change = row[column] + (letter == other ? 0 : 1)
        next.append(min(change, row[column + 1] + 1, next[column] + 1))
      }
      row = next
    }
    return row[right.count]
  }

  private static func node(_ value: String, _ key: Key) -> Node {
    guard key.isList else { return Node(value) }
    let parts = value.split(whereSeparator: { $0 == "," || $0 == " " })
    return Node(parts.map { Node(String($0)) })
  }

  private static func setting(_ node: Node, _ path: ArraySlice<String>, _ value: Node) -> Node {
    guard let first = path.first else { return value }
    var mapping = node.mapping ?? Node.Mapping([])
    let key = Node(first)
    mapping[key] = setting(mapping[key] ?? .mapping(Node.Mapping([])), path.dropFirst(), value)
    return .mapping(mapping)
  }

  private static func problem(_ error: DecodingError) -> ConfigurationProblem {
    func name(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
      (context.codingPath + (key.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context): return .missing(name(context, key))
    case .valueNotFound(_, let context): return .missing(name(context))
    case .typeMismatch(_, let context), .dataCorrupted(let context):
      return .badValue(name(context))
    @unknown default: return .notYAML(line: nil)
    }
  }

  /// Longer than any key; the file may hold any name.
  private static let longestName = 64
}

extension YamlError {
  /// Where the text stops being YAML, counted from 1.
  fileprivate var line: Int? {
    switch self {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
      mark.line
    default: nil
    }
  }
}
