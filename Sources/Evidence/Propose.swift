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
/// - Throws: ``EvidenceError/closed`` where the chain allows no further step.
public func propose(_ policy: Policy, for verified: VerifiedBundle) throws -> RedactionProposal {
  let bundle = verified.bundle
  guard bundle.records.last?.isClosed != true else { throw EvidenceError.closed }
  var outcome = PolicyOutcome(policy: policy)
  var cuts: [Cut] = []
  var nameless: [Int] = []
  for item in verified.verification.items where item.state != .withheld {
    guard let name = item.name else {
      nameless.append(item.number)
      continue
    }
    let plan = policy.plan(forItem: name)
    switch plan {
    case .untouched: continue
    case .all(let rule):
      outcome.note(item: name, plan: plan, findings: nil)
      cuts.append(
        Cut(
          item: item.number, part: .all, code: rule.code, rule: UInt64(rule.number),
          basis: rule.basis))
    case .search(let rules):
      let findings = try find(rules, in: item, of: bundle)
      outcome.note(item: name, plan: plan, findings: findings)
      cuts += findings.cuts.map {
        Cut(
          item: item.number, part: .content($0.leaves), code: $0.code, rule: UInt64($0.rule),
          basis: $0.basis)
      }
    }
  }
  // Companions and originals are brought into line, whatever the policy says of them.
  cuts = try completeCompanions(cuts, in: bundle, items: verified.verification.items)
  let completed = try completeCuts(cuts, view: bundle.view) { try bundle.head(ofItem: $0) }
  return RedactionProposal(cuts: completed, outcome: outcome, namelessItems: nameless)
}

private func find(
  _ rules: [Rule], in item: ItemReport, of bundle: EvidenceBundle
) throws -> Findings {
  guard let leaves = bundle.leaves(ofItem: item.number) else {
    throw EvidenceError.missing(Layout.leaves(item.number))
  }
  let scanner = try LeafScanner(
    leaves: leaves, content: bundle.content(ofItem: item.number, name: item.name),
    cuts: bundle.claims.cuts(ofItem: item.number))
  let form: Form =
    if case .grid = scanner.head.shape.mode { .grid } else { try scanner.head.form() }
  var finder = try Finder(rules: rules, form: form, mediaType: scanner.head.mediaType())
  while let piece = try scanner.next() {
    switch piece {
    case .bytes(let leaf, let bytes): try finder.push(leaf: leaf, bytes: bytes)
    case .end(let leaf): try finder.end(leaf: leaf)
    case .withheld(let range): try finder.withheld(range)
    }
  }
  return try finder.finish()
}
