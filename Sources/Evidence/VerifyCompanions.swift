import Redaction

extension Verifier {
  /// Remembers an item that was made from another, or ought to have been.
  mutating func note(_ item: DerivedItem) {
    if item.derivedFrom != nil || item.isPicture && item.isCut { derivedItems.append(item) }
  }

  /// What is cut in one item must not be shown by the item that it was made from, nor by another
  /// companion of the same page.
  ///
  /// Items that failed their own check aren't looked at; they have failed the bundle already.
  mutating func checkCompanions(_ bundle: EvidenceBundle) {
    guard !derivedItems.isEmpty else { return }
    do {
      result.derivations = try Redaction.checkCompanions(derivedItems, view: bundle.view)
      result.add(
        "redaction.companions", .pass,
        counted(result.derivations.count, "item was", "items were")
          + " made from others, and nothing that is cut in "
          + "one is shown by another; that they show the same is attested by the sealer, not proven"
      )
    } catch {
      result.add("redaction.companions", .fail, describe(error))
    }
  }
}
