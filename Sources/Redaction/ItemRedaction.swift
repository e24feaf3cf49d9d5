import Merkle

/// What a step makes of an item.
public struct RedactedItem: Hashable, Sendable {
  /// What ``View/applying(_:)`` takes.
  public let state: View.ItemState
  /// Whether `NNNN.leaves` was written; false for an item that is withheld as a whole.
  public let hasFiles: Bool
  /// Whether the item's file was written; false where all content is withheld.
  public let hasContent: Bool
  /// How many content leaves this step withheld.
  public let newlyWithheld: UInt64
}

/// Withholds a part of an item, or all of it, in one pass: makes its new view and its new files.
///
/// Only what goes is hashed; the rest is copied. The item should have been checked before: its
/// disclosed bytes aren't compared with the tree here.
///
/// - Parameters:
///   - number: the item's number, from 1 to the view's item count.
///   - leaves: `disclosure/NNNN.leaves` before the step.
///   - content: the item's file before the step; nil where there is none.
///   - previous: the item's cuts before the step, ``Claims/cuts(ofItem:)``.
///   - added: the item's cuts of this step, from ``completeCuts(_:view:head:)``.
///   - writeLeaves: takes the new leaves file; not called for an item withheld as a whole.
///   - writeContent: takes the new file; not called where no content stays.
/// - Throws: ``RedactionError`` for cuts that no verifier would accept, and what the closures
/// throw.
public func redactItem(
  number: Int, view: View, leaves: @escaping ByteReader, content: ByteReader?, previous: [Cut],
  added: [Cut], writeLeaves: @escaping ByteWriter, writeContent: @escaping ByteWriter
) throws -> RedactedItem {
  let reader = try LeavesReader(leaves)
  let old = try OpenItem(view.state(ofItem: number), head: reader.head)
  let scanner = try LeafScanner(reader, content: content, cuts: previous, gaps: old.contentGaps)
  if added.contains(where: { $0.part == .all }) {
    guard added.count == 1 else { throw RedactionError.account(.claimedTwice, item: number) }
    return try withholdAll(old, scanner)
  }
  let step = try ItemStep(old, cuts: added, number: number)
  let form = try step.head.form()
  // Grey tiles must be as large as what they stand for.
  if step.hasContent, !step.contentGaps.isEmpty { try scanner.requireTiles() }
  let rendering = try ItemRendering(
    head: step.head, gaps: step.contentGaps,
    slots: WithheldSlots(form: form, cuts: previous + added), writeLeaves: writeLeaves,
    writeContent: step.hasContent ? writeContent : nil)
  let newContent = try withhold(
    step.contentCuts, old.content, 0..<step.head.shape.leafCount, scanner, rendering)
  try scanner.finish()
  try rendering.finish()
  return RedactedItem(
    state: .partial(step.head.shape, header: step.header, content: newContent), hasFiles: true,
    hasContent: step.hasContent, newlyWithheld: step.contentCuts.leafCount)
}

private func withholdAll(_ item: OpenItem, _ scanner: LeafScanner) throws -> RedactedItem {
  let shape = item.head.shape
  let contentRoot = try scanner.root(of: item.content, in: 0..<shape.leafCount)
  try scanner.finish()
  let id = itemID(shape: shape, headerRoot: item.headerRoot, contentRoot: contentRoot)
  return RedactedItem(
    state: .withheld(id), hasFiles: false, hasContent: false,
    newlyWithheld: shape.leafCount - item.contentGaps.leafCount)
}

/// Walks the old view: copies what stays, hashes what goes, and joins what is then alike.
private func withhold(
  _ cuts: [Range<UInt64>], _ view: NodeView, _ range: Range<UInt64>, _ scanner: LeafScanner,
  _ rendering: ItemRendering
) throws -> NodeView {
  switch view {
  case .withheld:
    try scanner.enter(range, disclosed: false)
    try rendering.withhold(range)
    return view
  case .disclosed(let seed):
    switch cuts.cover(of: range) {
    case .none:
      try scanner.enter(range, disclosed: true)
      try rendering.copy(range, from: scanner)
      return view
    case .all:
      try scanner.enter(range, disclosed: true)
      try rendering.withhold(range)
      return .withheld(try scanner.hash(range.leafCount, seed: seed))
    case .some: break
    }
  case .split: break
  }
  let (first, second) = range.halves
  let (left, right) = view.halves
  let one = try withhold(cuts, left, first, scanner, rendering)
  return .join(one, try withhold(cuts, right, second, scanner, rendering))
}

/// The cuts of one item in one step, checked: what is to go is there, and what stays keeps the
/// rules.
private struct ItemStep {
  /// The new head and the new view of the header.
  let head: ItemHead
  let header: NodeView
  let contentCuts: [Range<UInt64>]
  /// Everything of the content that is withheld after the step.
  let contentGaps: [Range<UInt64>]
  /// Whether any content stays.
  let hasContent: Bool

  init(_ old: OpenItem, cuts: [Cut], number: Int) throws(RedactionError) {
    let headerCuts = cuts.filter { $0.rank == 1 }.map(\.range)
    let contentCuts = cuts.filter { $0.rank == 2 }.map(\.range)
    let shape = old.head.shape
    let end = UInt64(shape.headerCount)
    guard headerCuts.allSatisfy({ !$0.isEmpty && $0.upperBound <= end }),
      contentCuts.allSatisfy({ !$0.isEmpty && $0.upperBound <= shape.leafCount })
    else { throw .account(.outside, item: number) }
    guard let mergedHeaderCuts = headerCuts.merged(), let mergedCuts = contentCuts.merged(),
      (old.headerGaps + headerCuts).merged() != nil,
      let contentGaps = (old.contentGaps + contentCuts).merged()
    else { throw .account(.claimedTwice, item: number) }
    let staying = old.head.headers.filter { header in
      let index = UInt64(header.index)
      return mergedHeaderCuts.cover(of: index..<index + 1) == .none
    }
    hasContent = contentGaps != [0..<shape.leafCount]
    guard hasContent || !staying.isEmpty else { throw .account(.notToldAsAll, item: number) }
    head = try ItemHead(shape: shape, headers: staying)
    guard old.head[Derivation.headerKey] == nil || head[Derivation.headerKey] != nil else {
      throw .header(.derivation)
    }
    self.contentCuts = mergedCuts
    self.contentGaps = contentGaps
    let fields = Dictionary(
      uniqueKeysWithValues: old.head.headers.map { (UInt64($0.index), $0.field.bytes) })
    header = old.header.withholding(mergedHeaderCuts, in: 0..<end) { fields[$0] ?? [] }
    let derived = staying.first { $0.field.isDerived }
    if let derived, !contentGaps.isEmpty { throw .header(.derived(derived.field.key)) }
  }
}
