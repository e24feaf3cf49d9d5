public import Evidence
public import Redaction

/// The redaction log of a bundle, as courts ask for it (FRCP 26(b)(5)(A): what is withheld, so
/// described that others can judge the claim without seeing it). Never the content, and no place that
/// the copy itself doesn't disclose.
public struct RedactionLog: Sendable {
  /// One place that is withheld.
  public struct Row: Sendable {
    /// Its number in the log, from 1.
    public let number: Int
    /// The redaction step that withheld it, from 1.
    public let step: Int
    /// The item's number.
    public let item: Int
    /// The item's name, where it is disclosed.
    public let name: String?
    /// Where it is.
    public let place: CutPlace
    /// The cut as the record has it.
    public let cut: Cut
  }

  /// What the verification found.
  public let verification: Verification
  /// The path of the bundle as it was given.
  public let path: String
  /// When the log was made, Unix seconds.
  public let time: Int64
  /// The places: by the name of their item, then as they stand in it.
  public let rows: [Row]

  /// A log of a bundle that was verified, whatever the verdict is.
  ///
  /// - Parameter bundle: the bundle, if it can be opened; without it places are told by leaves.
  public init(_ verification: Verification, bundle: EvidenceBundle?, path: String, at time: Int64) {
    self.verification = verification
    self.path = path
    self.time = time
    var found: [(step: Int, cut: Cut)] = []
    for (step, record) in zip(1..., verification.records) {
      found += record.cuts.map { (step, $0) }
    }
    found.sort {
      ($0.cut.item, $0.cut.sortKey.0, $0.cut.sortKey.1, $0.step)
        < ($1.cut.item, $1.cut.sortKey.0, $1.cut.sortKey.1, $1.step)
    }
    // Items stand in random order in a bundle; people look for them by name.
    let named = verification.items.filter { $0.name != nil }
      .sorted { ($0.name ?? "", $0.number) < ($1.name ?? "", $1.number) }
    let ranks = Dictionary(
      zip(named.map(\.number), named.indices), uniquingKeysWith: { first, _ in first })
    let grouped = Dictionary(grouping: found, by: \.cut.item)
    found = grouped.keys.sorted { (ranks[$0] ?? .max, $0) < (ranks[$1] ?? .max, $1) }
      .flatMap { grouped[$0] ?? [] }
    var places: [Int: [Range<UInt64>: CutPlace]] = [:]
    for (item, cuts) in grouped {
      places[item] = Self.places(cuts.map(\.cut), item, verification, bundle)
    }
    var rows: [Row] = []
    for (step, cut) in found {
      let place =
        switch cut.part {
        case .all: CutPlace(.whole)
        case .header(let leaves): CutPlace(.facts([], leaves: leaves))
        case .content(let leaves): places[cut.item]?[leaves] ?? CutPlace(.leaves(leaves))
        }
      let items = verification.items
      let name = items.indices.contains(cut.item - 1) ? items[cut.item - 1].name : nil
      let above = rows.indices.suffix(Self.rowsOfPieces).last {
        rows[$0].step == step && rows[$0].joined(with: cut, at: place) != nil
      }
      if let above, let joined = rows[above].joined(with: cut, at: place) {
        rows[above] = joined
      } else {
        rows.append(
          Row(
            number: rows.count + 1, step: step, item: cut.item, name: name, place: place, cut: cut))
      }
    }
    self.rows = rows
  }

  /// Where pieces of a rectangle are looked for: a row of tiles seldom has more cuts.
  private static let rowsOfPieces = 64

  /// Where the cuts of one item lie, as far as the copy discloses it. An item that can't be read as it
  /// should, which the verdict tells, has no places.
  private static func places(
    _ cuts: [Cut], _ item: Int, _ verification: Verification, _ bundle: EvidenceBundle?
  ) -> [Range<UInt64>: CutPlace] {
    let ranges = cuts.compactMap(\.contentLeaves)
    guard let bundle, !ranges.isEmpty, verification.items.indices.contains(item - 1),
      verification.items[item - 1].state == .partial,
      let locator = try? CutLocator(
        ranges, in: verification.items[item - 1], of: bundle, wantsContexts: false)
    else { return [:] }
    return Dictionary(
      locator.places.map { (ranges[$0.key], $0.value) }, uniquingKeysWith: { first, _ in first })
  }
}

extension RedactionLog.Row {
  /// One row for tiles that make one rectangle, where the same rule took the row of tiles below.
  fileprivate func joined(with next: Cut, at other: CutPlace) -> RedactionLog.Row? {
    guard case .pixels(let x, let y) = place.part, case .pixels(x, let below) = other.part,
      place.page == other.page, y.upperBound == below.lowerBound, cut.item == next.item,
      (cut.code, cut.rule, cut.basis, cut.shown) == (next.code, next.rule, next.basis, next.shown)
    else { return nil }
    let rectangle = CutPlace(page: place.page, .pixels(x: x, y: y.lowerBound..<below.upperBound))
    return RedactionLog.Row(
      number: number, step: step, item: item, name: name, place: rectangle, cut: cut)
  }
}

extension Cut {
  /// `all`, header, content, each ascending.
  fileprivate var sortKey: (Int, UInt64) {
    switch part {
    case .all: (0, 0)
    case .header(let leaves): (1, leaves.lowerBound)
    case .content(let leaves): (2, leaves.lowerBound)
    }
  }
}
