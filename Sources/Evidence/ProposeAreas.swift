internal import Redaction

/// Turns the areas of rules into the leaves of a picture of tiles.
struct AreaSearch {
  private let grid: TileGrid?
  /// The leaves that an earlier step withheld.
  private let withheld: [Range<UInt64>]

  init(_ item: ItemReport, of bundle: EvidenceBundle, _ scanner: LeafScanner) throws {
    let leafCount = scanner.head.shape.leafCount
    var header: [UInt8] = []
    var isRead = false
    while !isRead, let piece = try scanner.next() {
      switch piece {
      case .bytes(0, let bytes) where header.count <= TiledPictureHeader.maximumByteCount:
        header += bytes
      default: isRead = true
      }
    }
    let grid = TiledPictureHeader(parsing: header)?.grid
    self.grid = grid?.leafCount == leafCount ? grid : nil
    withheld = bundle.claims.cuts(ofItem: item.number).compactMap { cut in
      if case .content(let range) = cut.part { range } else { nil }
    }.sorted { $0.lowerBound < $1.lowerBound }
  }

  /// The tiles that the areas of rules touch.
  ///
  /// - Parameter page: the page that the picture shows.
  func find(
    _ rules: [Rule], page: Int, _ labels: inout PseudonymLabels
  ) throws(FindError) -> Findings {
    var results = FindResults(rules)
    var claims: [(leaves: Range<UInt64>, claim: Claim)] = []
    for rule in rules {
      guard case .areas(let areas) = rule.selector else { continue }
      guard let grid else {
        results.add(.notAPicture(rule: rule.number))
        continue
      }
      var claim = Claim(rule: rule.number)
      if case .text(let text)? = rule.show { claim.parts = [.text(text)] }
      for area in areas where area.page == page {
        let leaves = grid.leaves(touching: area.pixels(of: grid))
        if leaves.isEmpty, !rule.isOptional {
          results.add(.areaOutside(rule: rule.number, area: area.description))
        }
        if !leaves.isEmpty { results.count(rule: rule.number) }
        for range in leaves.flatMap(disclosed) { claims.append((range, claim)) }
      }
    }
    results.overlay(claims, joins: true)
    return Findings(
      cuts: try results.foundCuts(rules, &labels), matches: results.matches,
      problems: results.problems)
  }

  private func disclosed(_ range: Range<UInt64>) -> [Range<UInt64>] {
    var rest: [Range<UInt64>] = []
    var start = range.lowerBound
    for gap in withheld where gap.overlaps(range) {
      if start < gap.lowerBound { rest.append(start..<gap.lowerBound) }
      start = max(start, gap.upperBound)
    }
    if start < range.upperBound { rest.append(start..<range.upperBound) }
    return rest
  }
}
