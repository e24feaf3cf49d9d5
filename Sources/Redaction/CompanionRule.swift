/// An item of which anything is disclosed, as the rule on companions sees it.
public struct DerivedItem: Hashable, Sendable {
  /// Its number, from 1.
  public let number: Int
  /// The value of its header leaf `derived-from`; nil where none is disclosed.
  public let derivedFrom: [UInt8]?
  /// Whether any of its content is withheld.
  public let isCut: Bool
  /// Whether it is a picture of tiles: an `image/…` in table mode.
  public let isPicture: Bool

  /// An item, from what its check gave.
  public init(number: Int, _ item: CheckedItem) {
    self.number = number
    derivedFrom = item.head[Derivation.headerKey]
    isCut = item.withheldLeafCount > 0
    isPicture = (try? item.head.form()) == .image
  }
}

/// Checks that what is cut in a companion isn't shown by its original or by a companion beside it:
/// Docs/Redaction.md, "Companions".
///
/// What a companion shows can't be compared with its original: `derived-from` is the sealer's
/// statement, and a sealer that doesn't make it, or an item withheld whole, leaves nothing to check.
///
/// - Parameters:
///   - items: every item of which anything is disclosed.
///   - view: what is disclosed.
/// - Returns: the companions by number, whose ties to their originals are attested.
/// - Throws: ``RedactionError/companions(_:item:)``, the first by number.
public func checkCompanions(
  _ items: [DerivedItem], view: View
) throws(RedactionError) -> [Int: Derivation] {
  var derivations: [Int: Derivation] = [:]
  for item in items {
    guard let value = item.derivedFrom else {
      if item.isPicture, item.isCut { throw .companions(.noOriginal, item: item.number) }
      continue
    }
    guard let derivation = Derivation(value),
      derivation["page"] == nil || derivation.page != nil
    else { throw .companions(.malformed, item: item.number) }
    guard derivation.original <= view.itemCount else {
      throw .companions(.outside(original: derivation.original), item: item.number)
    }
    derivations[item.number] = derivation
  }
  try refuseCircles(derivations)
  var uncut: [Page: Int] = [:]
  for item in items.reversed() where !item.isCut {
    if let page = derivations[item.number].flatMap(Page.init) { uncut[page] = item.number }
  }
  for item in items where item.isCut {
    guard let derivation = derivations[item.number] else { continue }
    guard view.isWithheld(derivation.original) else {
      throw .companions(.originalDisclosed(original: derivation.original), item: item.number)
    }
    if let sibling = Page(derivation).flatMap({ uncut[$0] }) {
      throw .companions(.siblingDisclosed(sibling: sibling), item: item.number)
    }
  }
  return derivations
}

/// Follows each item to what it was made from: every item is passed once.
private func refuseCircles(_ derivations: [Int: Derivation]) throws(RedactionError) {
  var startOf: [Int: Int] = [:]
  for start in derivations.keys.sorted() {
    var number = start
    while startOf[number] == nil, let derivation = derivations[number] {
      startOf[number] = start
      number = derivation.original
    }
    if startOf[number] == start { throw .companions(.circle, item: start) }
  }
}

/// A page of an original: its tiles and its words show the same.
private struct Page: Hashable {
  let original: Int
  let page: Int

  /// Nil for what isn't one of our companions: it may show any part of its original.
  init?(_ derivation: Derivation) {
    guard derivation.isCompanion else { return nil }
    original = derivation.original
    page = derivation.page ?? 1
  }
}

extension Derivation {
  /// Whether it was made so that parts of its original can be withheld.
  public var isCompanion: Bool { tool == Self.pageTiles || tool == Self.pageWords }
}
