public import Redaction

/// What a policy would withhold in a bundle, before anything is written.
public struct RedactionProposal: Sendable {
  /// The cuts, completed with what the format forces, in the order of a record.
  public let cuts: [Cut]
  /// What each rule found, so that a rule that found nothing is seen.
  public let outcome: PolicyOutcome
  /// Items that no rule can be about, since an earlier step withheld their names.
  public let namelessItems: [Int]

  /// How many leaves are cut, by reason code; a whole item counts as one.
  public var countsByCode: [String: UInt64] {
    cuts.reduce(into: [:]) { counts, cut in
      switch cut.part {
      case .all: counts[cut.code, default: 0] += 1
      case .header(let range), .content(let range):
        counts[cut.code, default: 0] += range.upperBound - range.lowerBound
      }
    }
  }
}

/// Finds what a policy withholds, item by item, without changing anything.
///
/// - Returns: the cuts, none where no rule found anything; and what each rule did.
/// - Throws: ``EvidenceError/closed`` where the chain allows no further step;
///   ``FindError/noCasePseudonyms(rule:)`` for a policy that ``Policy/wantsCasePseudonyms``.
public func propose(_ policy: Policy, for verified: VerifiedBundle) throws -> RedactionProposal {
  var none: Pseudonyms?
  return try propose(policy, for: verified, pseudonyms: &none)
}

/// Finds what a policy withholds, with labels that are the same over all bundles of a case.
///
/// - Parameter pseudonyms: the labels of the bundle's case, to which new ones are added. They are to
///   be kept only if the proposal is: what nobody saw needs no label.
public func propose(
  _ policy: Policy, for verified: VerifiedBundle, pseudonyms: inout Pseudonyms?
) throws -> RedactionProposal {
  let bundle = verified.bundle
  guard bundle.records.last?.isClosed != true else { throw EvidenceError.closed }
  var search = try BundleSearch(policy, verified, PseudonymLabels(wholeCase: pseudonyms))
  for item in verified.verification.items where item.state != .withheld {
    try search.run(item)
  }
  pseudonyms = search.labels.wholeCase
  // Companions and originals are brought into line, whatever the policy says of them.
  let cuts = try completeCompanions(
    search.cuts, in: bundle, items: verified.verification.items,
    metadataOnly: search.metadataOnly)
  let completed = try completeCuts(cuts, view: bundle.view) { try bundle.head(ofItem: $0) }
  return RedactionProposal(
    cuts: completed, outcome: search.outcome, namelessItems: search.namelessItems)
}
