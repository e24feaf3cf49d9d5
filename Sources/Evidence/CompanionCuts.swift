public import Redaction

/// Adds the cuts that companions force: Docs/Redaction.md, "Companions".
///
/// - A cut in a companion's content withholds its original whole, code `DER`, rule 0.
/// - Words that are cut take the tiles that they touch on the same page; tiles that are cut take the
///   words that touch them, and all tiles of those. Such cuts have code and provision of what they
///   match, and rule 0: nobody decides on them, so they are found anew from what people keep.
/// - What can't be matched goes whole, code `DER`, rule 0; so do words of a page of which something
///   is cut that touches none of them.
/// - A rule that withholds an original whole withholds its companions whole, with its code and rule 0,
///   except a rule about metadata: companions have none.
///
/// Everything is found in the bundle: no decoder is needed, and it works at any step.
///
/// - Parameters:
///   - cuts: what rules and people propose, in any order, no two over the same leaf.
///   - bundle: the bundle before the step.
///   - items: its items, as its verification reports them.
///   - metadataOnly: originals that only a rule about metadata withholds, such as a position beside the
///     picture: their companions stay.
/// - Returns: the same cuts in the same order, then the forced ones.
public func completeCompanions(
  _ cuts: [Cut], in bundle: EvidenceBundle, items: ItemReports,
  metadataOnly: Set<Int> = []
) throws -> [Cut] {
  let index = CompanionIndex(items)
  guard !index.isEmpty, !cuts.isEmpty else { return cuts }
  var draft = CompanionDraft(cuts, bundle, index, items)
  draft.withholdCompanions(except: metadataOnly)
  try draft.withholdOriginals()
  return cuts + draft.forced
}

/// The cuts of a step while companions and originals are brought into line.
private struct CompanionDraft {
  private let bundle: EvidenceBundle
  private let index: CompanionIndex
  private let byNumber: [Int: ItemReport]
  private var cuts: [Int: [Cut]] = [:]
  /// Items of which something goes, whose originals are still to be looked at.
  private var pending: [Int] = []
  /// Pages whose cuts were matched, by original: forced cuts are never matched again.
  private var matched: [Int: Set<Int>] = [:]
  private(set) var forced: [Cut] = []

  init(
    _ cuts: [Cut], _ bundle: EvidenceBundle, _ index: CompanionIndex, _ items: ItemReports
  ) {
    self.bundle = bundle
    self.index = index
    byNumber = Dictionary(items.map { ($0.number, $0) }) { first, _ in first }
    for cut in cuts { self.cuts[cut.item, default: []].append(cut) }
  }

  mutating func withholdCompanions(except metadataOnly: Set<Int>) {
    var originals = cuts.keys.sorted()
    while let original = originals.popLast() {
      guard let all = whole(original), !metadataOnly.contains(original) else { continue }
      for companion in index.companions(of: original) where whole(companion.number) == nil {
        withhold(
          Cut(
            item: companion.number, part: all.part, code: all.code, rule: 0, basis: all.basis))
        originals.append(companion.number)
      }
    }
  }

  /// Each item is withheld whole once at most, so this ends however items are tied together.
  mutating func withholdOriginals() throws {
    pending = cuts.keys.sorted().filter { !contentCuts($0).isEmpty || whole($0) != nil }
    while let number = pending.popLast() {
      guard let derivation = index.derivation(of: number) else { continue }
      // Once for each original will do, unless something was withheld whole meanwhile.
      if matched[derivation.original] == nil || whole(number) != nil {
        try match(companionsOf: derivation.original)
      }
      if let cause = whole(number) ?? contentCuts(number).first {
        withholdWhole(derivation.original, because: cause)
      }
    }
  }

  private mutating func match(companionsOf original: Int) throws {
    let companions = index.companions(of: original)
    guard let cause = cause(companions) else { return }
    var pages: [Int: [CompanionIndex.Companion]] = [:]
    for companion in companions {
      if companion.derivation.isCompanion {
        pages[companion.derivation.page ?? 1, default: []].append(companion)
      } else {
        withholdWhole(companion.number, because: cause)
      }
    }
    for (page, group) in pages.sorted(by: { $0.key < $1.key }) {
      try match(group, page: page, of: original)
    }
  }

  private mutating func match(
    _ group: [CompanionIndex.Companion], page: Int, of original: Int
  ) throws {
    guard let cause = cause(group) else { return }
    let pictures = group.filter { $0.derivation.tool == Derivation.pageTiles }
    let words = group.filter { $0.derivation.tool == Derivation.pageWords }
    // A picture's leaf 0 is never withheld alone: nothing could show the rest.
    for picture in pictures {
      if let cut = contentCuts(picture.number).first(where: { $0.range.contains(0) }) {
        withholdWhole(picture.number, because: cut, code: cut.code, rule: cut.rule)
      }
    }
    guard matched[original, default: []].insert(page).inserted else {
      // Something went whole meanwhile; what stands beside it mustn't stay as it was.
      for companion in group where self.cause([companion]) == nil {
        withholdWhole(companion.number, because: cause)
      }
      return
    }
    let isWhole = group.contains { whole($0.number) != nil }
    if isWhole || pictures.count > 1 || words.count > 1 {
      for companion in group { withholdWhole(companion.number, because: cause) }
      return
    }
    guard let picture = pictures.first?.number, let text = words.first?.number else { return }
    let matching = PageMatching(
      page: page, tiles: contentCuts(picture), words: contentCuts(text),
      withheldTiles: bundle.claims.cuts(ofItem: picture))
    guard
      let grid = try tileGrid(ofItem: picture, name: byNumber[picture]?.name, in: bundle),
      let found = try matching.run(
        over: grid, leaves: bundle.leaves(ofItem: text),
        content: bundle.content(ofItem: text, name: byNumber[text]?.name),
        earlier: bundle.claims.cuts(ofItem: text))
    else {
      withholdWhole(contentCuts(picture).isEmpty ? picture : text, because: cause)
      withholdWhole(contentCuts(text).isEmpty ? text : picture, because: cause)
      return
    }
    for (item, pieces) in [(picture, found.tiles), (text, found.cells)] {
      for piece in pieces {
        force(
          Cut(
            item: item, part: .content(piece.range), code: piece.cause.code, rule: 0,
            basis: piece.cause.basis))
      }
      // A verifier can't see that nothing matches: where one is cut, it wants the other cut too.
      if contentCuts(item).isEmpty, !bundle.claims.cuts(ofItem: item).contains(where: \.isOfContent)
      {
        withholdWhole(item, because: cause)
      }
    }
  }

  private func whole(_ number: Int) -> Cut? { cuts[number]?.first { $0.part == .all } }

  private func contentCuts(_ number: Int) -> [Cut] {
    (cuts[number] ?? []).filter { $0.isOfContent }
  }

  /// Why something of an item's content goes; nil where nothing does.
  private func cause(_ companions: [CompanionIndex.Companion]) -> Cut? {
    for companion in companions {
      if let cause = whole(companion.number) ?? contentCuts(companion.number).first {
        return cause
      }
    }
    return nil
  }

  private mutating func withholdWhole(
    _ number: Int, because cause: Cut, code: String = "DER", rule: UInt64 = 0
  ) {
    guard whole(number) == nil else { return }
    withhold(Cut(item: number, part: .all, code: code, rule: rule, basis: cause.basis))
  }

  private mutating func withhold(_ cut: Cut) {
    // What an earlier step withheld, and what isn't in the bundle, can't be cut.
    guard let item = byNumber[cut.item], item.state != .withheld else { return }
    force(cut)
    pending.append(cut.item)
  }

  private mutating func force(_ cut: Cut) {
    forced.append(cut)
    cuts[cut.item, default: []].append(cut)
  }
}

extension Cut {
  var isOfContent: Bool { if case .content = part { true } else { false } }

  /// The content leaves; empty where it isn't about content.
  var range: Range<UInt64> { if case .content(let range) = part { range } else { 0..<0 } }
}

/// The tiles of a picture in a bundle, by its first leaf.
///
/// - Returns: nil where the item isn't a tiled picture of our form, or has other leaves than the
///   picture it says it is.
public func tileGrid(
  ofItem number: Int, name: String?, in bundle: EvidenceBundle
) throws -> TileGrid? {
  guard let leaves = bundle.leaves(ofItem: number) else { return nil }
  let scanner = try LeafScanner(
    leaves: leaves, content: bundle.content(ofItem: number, name: name),
    cuts: bundle.claims.cuts(ofItem: number))
  var header: [UInt8] = []
  while case .bytes(0, let bytes)? = try scanner.next() {
    guard header.count + bytes.count <= TileGrid.maximumHeaderBytes else { return nil }
    header.append(contentsOf: bytes)
  }
  guard let grid = TileGrid(header: header), grid.leafCount == scanner.head.shape.leafCount,
    scanner.head.shape.mode == .table
  else { return nil }
  return grid
}
