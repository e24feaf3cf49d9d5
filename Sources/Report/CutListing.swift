public import CanonicalJSON
public import Evidence
public import Redaction

/// A cut as people see it: numbered, with its place and what it takes.
public struct ListedCut: Hashable, Sendable {
  /// Its number in the list, from 1.
  public let number: Int
  /// The cut.
  public let cut: Cut
  /// The item's name, as far as it is disclosed.
  public let name: String?
  /// Where it lies, in words and numbers: ``CutPlace/json``.
  public let place: JSON
  /// What it takes, where that can be shown: not of pictures and of whole items.
  public let context: CutContext?

  /// Whether the format forces it, so that nobody can decide on it alone.
  public var isForced: Bool { cut.isForced }
}

/// Proposed cuts, numbered from 1 in the order of a record.
public struct CutListing: Hashable, Sendable {
  /// The cuts.
  public let cuts: [ListedCut]

  /// A list that was made before.
  init(cuts: [ListedCut]) { self.cuts = cuts }

  /// Reads what stands in each cut and around it.
  ///
  /// - Parameters:
  ///   - cuts: cuts of what a bundle still has, in the order of a record.
  ///   - verified: the bundle.
  /// - Throws: `RedactionError.account` for a cut of what isn't there; what reading throws.
  public init(_ cuts: [Cut], of verified: VerifiedBundle) throws {
    let items = verified.verification.items
    var listed: [ListedCut] = []
    var rest = Array(cuts.enumerated())[...]
    while let first = rest.first {
      let number = first.element.item
      let mine = rest.prefix { $0.element.item == number }
      rest = rest.dropFirst(mine.count)
      guard 1...max(1, items.count) ~= number, items.indices.contains(number - 1) else {
        throw RedactionError.account(.outside, item: number)
      }
      listed += try Self.list(Array(mine), in: items[number - 1], of: verified.bundle)
    }
    self.cuts = listed
  }

  /// How many places there are, by reason code; a run of leaves is one.
  public var countsByCode: [String: Int] {
    cuts.reduce(into: [:]) { $0[$1.cut.code, default: 0] += 1 }
  }

  /// How many places there are, by item number.
  public var countsByItem: [Int: Int] {
    cuts.reduce(into: [:]) { $0[$1.cut.item, default: 0] += 1 }
  }

  private static func list(
    _ cuts: [(offset: Int, element: Cut)], in item: ItemReport, of bundle: EvidenceBundle
  ) throws -> [ListedCut] {
    let ranges = cuts.compactMap(\.element.contentLeaves)
    let locator =
      ranges.isEmpty
      ? nil : try CutLocator(ranges, in: item, of: bundle, wantsContexts: true)
    let head = try bundle.head(ofItem: item.number)
    var next = 0
    return cuts.map { offset, cut in
      var place = CutPlace(.whole)
      var context: CutContext?
      switch cut.part {
      case .all: break
      case .header(let leaves):
        (place, context) = facts(leaves, head)
      case .content(let leaves):
        place = locator?.places[next] ?? CutPlace(.leaves(leaves))
        context = locator?.contexts[next]
        next += 1
      }
      return ListedCut(
        number: offset + 1, cut: cut, name: item.name, place: place.json, context: context)
    }
  }

  private static func facts(
    _ leaves: Range<UInt64>, _ head: ItemHead
  ) -> (CutPlace, CutContext) {
    let fields = head.headers.filter { leaves.contains(UInt64($0.index)) }.map(\.field)
    let texts = fields.map { field in
      "\(field.key)=" + (String(validating: field.value, as: UTF8.self) ?? "(not text)")
    }
    let text = String(texts.joined(separator: ", ").prefix(CutContext.maximumCut))
    return (
      CutPlace(.facts(fields.map(\.key), leaves: leaves)),
      CutContext(before: "", cut: text, after: "")
    )
  }
}

extension Cut {
  /// The content leaves that it takes, where it is of content.
  var contentLeaves: Range<UInt64>? {
    if case .content(let leaves) = part { leaves } else { nil }
  }
}

extension ListedCut {
  /// The cut as an object; Docs/CommandLine.md has the keys.
  public var json: JSON {
    var object = cut.json.object ?? [:]
    object["number"] = .integer(Int64(number))
    object["place"] = place
    if let name { object["name"] = .string(name) }
    if isForced { object["forced"] = true }
    if let context { object["context"] = context.json }
    return .object(object)
  }

  /// The cut in an object; nil where that isn't one. What it says of the evidence is checked where it
  /// is used, by making the list again.
  init?(json: JSON) {
    guard let cut = Cut(json: json), let number = json["number"]?.integer,
      let place = json["place"], place["words"]?.string != nil
    else { return nil }
    self.cut = cut
    self.number = Int(number)
    self.place = place
    name = json["name"]?.string
    context = json["context"].flatMap(CutContext.init(json:))
  }
}

extension Cut {
  /// The cut in an object of ``json``'s keys; whether a record can hold it isn't asked.
  fileprivate init?(json: JSON) {
    guard let item = json["item"]?.integer, let code = json["code"]?.string,
      let rule = json["rule"]?.integer, rule >= 0, let basis = json["basis"]?.string
    else { return nil }
    let part: Part
    switch json["part"]?.string {
    case "all": part = .all
    case "header", "content":
      guard let from = json["from"]?.integer, let to = json["to"]?.integer, from >= 0, from < to
      else { return nil }
      let range = UInt64(from)..<UInt64(to)
      part = json["part"] == "header" ? .header(range) : .content(range)
    default: return nil
    }
    self.init(
      item: Int(item), part: part, code: code, rule: UInt64(rule), basis: basis,
      shown: json["shown"]?.string)
  }
}
