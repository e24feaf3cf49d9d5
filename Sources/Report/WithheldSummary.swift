import CanonicalJSON
import Evidence
import Redaction

/// What is withheld in a bundle, counted: by reason code and by item.
struct WithheldSummary {
  /// One item of which something is withheld.
  struct Item: Sendable {
    let number: Int
    let name: String?
    /// Whether all of it is.
    let isWhole: Bool
    /// Places by reason code.
    let codes: [String: Int]

    var count: Int { codes.values.reduce(0, +) }
  }

  /// Places by reason code.
  let codes: [String: Int]
  /// The items by number.
  let items: [Item]

  var count: Int { codes.values.reduce(0, +) }

  init(_ verification: Verification) {
    let cuts = verification.records.flatMap(\.cuts)
    codes = Self.count(cuts)
    items = Dictionary(grouping: cuts, by: \.item).sorted { $0.key < $1.key }.map { number, cuts in
      let all = cuts.filter { $0.part == .all }
      let reports = verification.items
      return Item(
        number: number,
        name: reports.indices.contains(number - 1) ? reports[number - 1].name : nil,
        // A whole item takes over what was cut of it before.
        isWhole: !all.isEmpty, codes: Self.count(all.isEmpty ? cuts : all))
    }
  }

  private static func count(_ cuts: [Cut]) -> [String: Int] {
    cuts.reduce(into: [:]) { $0[$1.code, default: 0] += 1 }
  }

  /// `PD-NAME 40, SC 1`.
  static func words(_ codes: [String: Int]) -> String {
    codes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }

  /// The rows for a terminal.
  var lines: [String] {
    items.sorted { ($0.name ?? "~", $0.number) < ($1.name ?? "~", $1.number) }.map { item in
      let name = item.name.map(safePath(forName:)) ?? "(name withheld)"
      let what =
        item.isWhole
        ? "wholly, \(item.codes.keys.sorted().joined(separator: ", "))"
        : "\(counted(item.count, "place")): \(Self.words(item.codes))"
      return "\(String(item.number).padded(5))\(name)  \(what)"
    }
  }

  /// The object `withheld` of `verify --json`.
  var json: JSONStream {
    var object = JSONStream(["places": .integer(Int64(count)), "byCode": Self.json(codes)])
    object["items"] = .array(items) { .value(Self.json($0)) }
    return object
  }

  private static func json(_ item: Item) -> JSON {
    var object: [String: JSON] = [
      "index": .integer(Int64(item.number)), "places": .integer(Int64(item.count)),
      "byCode": json(item.codes), "whole": .bool(item.isWhole),
    ]
    if let name = item.name { object["name"] = .string(name) }
    return .object(object)
  }

  private static func json(_ codes: [String: Int]) -> JSON {
    .object(codes.mapValues { .integer(Int64($0)) })
  }
}
