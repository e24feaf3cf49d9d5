/// Completes the cuts of a step as the rules force it, in the order that a record wants.
///
/// Derived header leaves go with the first content leaf of their item: they are cut with the code
/// `DER`, rule 0 and the legal provision of the item's first cut. An item of which nothing stays is
/// cut `all`, for the first cut's reason, and so is one that any cut withholds as a whole.
///
/// - Parameters:
///   - cuts: the cuts that people or rules propose, in any order.
///   - view: the view before the step.
///   - head: gives an item's head, from its `NNNN.leaves`; asked once for each item in `cuts`.
public func completeCuts(
  _ cuts: [Cut], view: View, head: (Int) throws -> ItemHead
) throws -> [Cut] {
  var order: [Int: [Cut]] = [:]
  for cut in cuts { order[cut.item, default: []].append(cut) }
  var completed: [Cut] = []
  for item in order.keys.sorted() {
    guard 1...view.itemCount ~= item else { throw RedactionError.account(.outside, item: item) }
    guard !view.isWithheld(item) else { throw RedactionError.account(.claimedTwice, item: item) }
    guard let mine = order[item] else { continue }
    if let all = mine.first(where: { $0.part == .all }) {
      completed.append(all)
    } else {
      let open = try OpenItem(view.state(ofItem: item), head: head(item))
      completed += try complete(mine, of: open)
    }
  }
  return completed
}

/// Completes the cuts of one item, none of which is `all`.
private func complete(_ cuts: [Cut], of item: OpenItem) throws(RedactionError) -> [Cut] {
  guard let first = cuts.first else { return [] }
  let content = cuts.filter { $0.rank == Cut.contentRank }.map(\.range)
  var header = cuts.filter { $0.rank == Cut.headerRank }.map(\.range)
  guard let ownHeader = header.merged(), let ownContent = content.merged() else {
    throw .account(.claimedTwice, item: first.item)
  }
  var forced: [Range<UInt64>] = []
  if !ownContent.isEmpty {
    for leaf in item.head.headers where leaf.field.isDerived {
      let range = UInt64(leaf.index)..<UInt64(leaf.index) + 1
      if ownHeader.cover(of: range) == .none { forced.appendMerging(range) }
    }
  }
  header += forced
  let shape = item.head.shape
  let isHeaderGone = (item.headerGaps + header).merged() == [0..<UInt64(shape.headerCount)]
  let isContentGone = (item.contentGaps + content).merged() == [0..<shape.leafCount]
  if isHeaderGone, isContentGone {
    return [
      Cut(item: first.item, part: .all, code: first.code, rule: first.rule, basis: first.basis)
    ]
  }
  let derived = forced.map { range in
    Cut(item: first.item, part: .header(range), code: "DER", rule: 0, basis: first.basis)
  }
  return (cuts + derived).sorted { one, other in
    (one.rank, one.range.lowerBound) < (other.rank, other.range.lowerBound)
  }
}
