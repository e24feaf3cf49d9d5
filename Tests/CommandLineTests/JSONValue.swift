import Foundation

/// A JSON value as a script looks at it.
enum JSONValue: Decodable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// Reads exactly one JSON value.
  init(parsing text: String) throws {
    do {
      self = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    } catch {
      throw ScriptRun.Reason(text: "stdout is not one JSON value")
    }
  }

  init(from decoder: any Decoder) throws {
    let single = try decoder.singleValueContainer()
    if single.decodeNil() {
      self = .null
    } else if let value = try? single.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? single.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? single.decode(Double.self) {
      self = .number(value)
    } else if let value = try? single.decode(String.self) {
      self = .string(value)
    } else if let value = try? single.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try single.decode([String: JSONValue].self))
    }
  }

  /// The values at a path: keys and indices with dots between; `#` counts, `*` is every element.
  func values(at path: String) throws -> [JSONValue] {
    try path.split(separator: ".", omittingEmptySubsequences: false)
      .reduce([self]) { values, step in try values.flatMap { try $0.step(step) } }
  }

  private func step(_ step: Substring) throws -> [JSONValue] {
    switch self {
    case .array(let values):
      if step == "#" { return [.integer(Int64(values.count))] }
      if step == "*" { return values }
      guard let index = Int(step) else { throw ScriptRun.Reason(text: "\(step) is no index") }
      return values.indices.contains(index) ? [values[index]] : []
    case .object(let members):
      if let value = members[String(step)] { return [value] }
      if step == "#" { return [.integer(Int64(members.count))] }
      return step == "*" ? Array(members.values) : []
    default: return []
    }
  }

  /// How a script writes it: strings bare, everything else as compact JSON with sorted keys.
  var text: String {
    if case .string(let text) = self { text } else { json }
  }

  private var json: String {
    switch self {
    case .null: return "null"
    case .bool(let value): return "\(value)"
    case .integer(let value): return "\(value)"
    case .number(let value): return "\(value)"
    case .string(let value):
      let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      return "\"\(escaped.replacing("\n", with: "\\n"))\""
    case .array(let values): return "[\(values.map(\.json).joined(separator: ","))]"
    case .object(let members):
      let pairs = members.sorted { $0.key < $1.key }
        .map { "\(JSONValue.string($0.key).json):\($0.value.json)" }
      return "{\(pairs.joined(separator: ","))}"
    }
  }
}
