public import Redaction

extension Cut {
  /// Whether the format forces the cut, so that nobody decides on it: rules are numbered from 1.
  public var isForced: Bool { rule == 0 }
}

/// Why a choice among proposed cuts can't be followed.
public enum ChoiceError: Error, Hashable, Sendable {
  /// There is no cut of this number among `count`.
  case noSuchCut(number: Int, count: Int)
  /// The cut is forced by others that stay in: rejecting it alone would leave a half.
  case forced(number: Int)
}

extension RedactionProposal {
  /// A proposal of cuts that come from elsewhere than a policy, such as a saved proposal.
  ///
  /// - Parameters:
  ///   - cuts: cuts in the order of a record, completed with what the format forces.
  ///   - metadataOnly: originals whose companions stay.
  public init(cuts: [Cut], metadataOnly: Set<Int> = []) {
    self.init(
      cuts: cuts, outcome: PolicyOutcome(), namelessItems: [], metadataOnly: metadataOnly)
  }

  /// What is left of the proposal when a person keeps some of its cuts.
  ///
  /// Cuts that the format forces are found anew from those that are kept, so they come and go with
  /// what forces them.
  ///
  /// - Parameters:
  ///   - choice: numbers of ``cuts``, from 1.
  ///   - verified: the bundle that the proposal was made for.
  /// - Throws: ``ChoiceError``, and what completing throws.
  public func choosing(
    _ choice: CutChoice, for verified: VerifiedBundle
  ) throws -> RedactionProposal {
    guard choice.largest <= cuts.count else {
      throw ChoiceError.noSuchCut(number: choice.largest, count: cuts.count)
    }
    let kept = zip(1..., cuts).filter { !$1.isForced && choice.accepts($0) }.map(\.1)
    let completed = try completeCuts(kept, for: verified, metadataOnly: metadataOnly)
    for (number, cut) in zip(1..., cuts) where choice.rejected?.contains(number) == true {
      guard !completed.contains(where: { $0.touches(cut) }) else {
        throw ChoiceError.forced(number: number)
      }
    }
    return RedactionProposal(
      cuts: completed, outcome: outcome, namelessItems: namelessItems, metadataOnly: metadataOnly)
  }
}

/// Completes cuts with everything that the format forces, in the order of a record: first companions
/// and originals, whatever rules say of them, then what goes with each item.
///
/// - Parameter metadataOnly: originals that only a rule about metadata withholds.
/// - Throws: `RedactionError` for cuts of what isn't there.
public func completeCuts(
  _ cuts: [Cut], for verified: VerifiedBundle, metadataOnly: Set<Int> = []
) throws -> [Cut] {
  let bundle = verified.bundle
  let items = verified.verification.items
  let joined = try completeCompanions(cuts, in: bundle, items: items, metadataOnly: metadataOnly)
  return try Redaction.completeCuts(joined, view: bundle.view) { try bundle.head(ofItem: $0) }
}

extension Cut {
  /// Whether the two take anything in common.
  fileprivate func touches(_ other: Cut) -> Bool {
    guard item == other.item else { return false }
    switch (part, other.part) {
    case (.all, _): return true
    case (.header(let one), .header(let two)), (.content(let one), .content(let two)):
      return one.overlaps(two)
    case (.header, _), (.content, _): return false
    }
  }
}
