import ASiC
import CAdES
import Merkle
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

/// Who redacts, and under which release.
public struct RedactionOrder: Sendable {
  /// The role id of the officer who proposed the cuts.
  public var proposer: String
  /// The role id of the one who approved them; nil only where the terms allow one person.
  public var approver: String?
  /// Whether no further step is to follow.
  public var closing: Bool
  /// The release that the redacted copy is made for, if it is known already.
  public var release: Release?

  /// An order for one step.
  public init(
    proposer: String, approver: String?, closing: Bool = false, release: Release? = nil
  ) {
    self.proposer = proposer
    self.approver = approver
    self.closing = closing
    self.release = release
  }
}

/// What a redaction made.
public struct RedactedBundle: Sendable {
  /// The record of this step.
  public let record: RedactionRecord
  /// The container's size in bytes.
  public let byteCount: UInt64
  /// How many items are wholly withheld now.
  public let withheldItems: Int
}

/// Writes a copy of a verified bundle from which the proposed cuts are gone.
///
/// The sealer's signature and all earlier records go over byte for byte; the carrier seal is made
/// anew, and the superseded one never travels, since it digests what is withheld.
public func redact(
  _ verified: VerifiedBundle, _ proposal: RedactionProposal, _ order: RedactionOrder,
  by signatory: Signatory, into fileDescriptor: Int32, scratch: ScratchFile, at time: Int64,
  progress: @escaping (UInt64) -> Void = { _ in }
) throws -> RedactedBundle {
  guard !proposal.cuts.isEmpty else { throw EvidenceError.nothingToCut }
  let bundle = verified.bundle
  let step = bundle.records.count + 1
  guard step <= Layout.maximumSteps else {
    throw EvidenceError.tooManySteps(limit: Layout.maximumSteps)
  }
  var rewrite = Rewrite(verified, release: order.release)
  try rewrite.cut(proposal.cuts, scratch: scratch)
  let record = try makeRecord(bundle, proposal.cuts, order, signatory, view: rewrite.view, time)
  rewrite.records.append(record)
  let assembly = try Assembly(fileDescriptor: fileDescriptor, progress: progress)
  try rewrite.write(to: assembly, scratch: scratch)
  try rewrite.copySignatures(to: assembly)
  try assembly.sign(
    step + 1, over: [Layout.record(step)], by: signatory, commitment: .proofOfApproval, at: time)
  try assembly.signAsCarrier(signatory, at: time)
  let withheld = rewrite.view.withheldRanges.reduce(0) { $0 + $1.count }
  return RedactedBundle(
    record: record, byteCount: try assembly.finish(), withheldItems: withheld)
}

/// Writes a copy of a verified bundle that is released for one transfer, under a new carrier seal.
///
/// - Throws: ``EvidenceError/boundRelease`` where it was redacted for another release.
public func rerelease(
  _ verified: VerifiedBundle, _ release: Release, by signatory: Signatory,
  into fileDescriptor: Int32, scratch: ScratchFile, at time: Int64,
  progress: @escaping (UInt64) -> Void = { _ in }
) throws -> UInt64 {
  // A record names the release that it was made for; with any other, this copy wouldn't verify.
  if let bound = verified.bundle.records.last?.release, bound != release.digest {
    throw EvidenceError.boundRelease
  }
  let rewrite = Rewrite(verified, release: release)
  let assembly = try Assembly(fileDescriptor: fileDescriptor, progress: progress)
  try rewrite.write(to: assembly, scratch: scratch)
  try rewrite.copySignatures(to: assembly)
  try assembly.signAsCarrier(signatory, at: time)
  return try assembly.finish()
}

private func makeRecord(
  _ bundle: EvidenceBundle, _ cuts: [Cut], _ order: RedactionOrder, _ signatory: Signatory,
  view: View, _ time: Int64
) throws -> RedactionRecord {
  guard let now = StatementTime(unixSeconds: time) else {
    throw EvidenceError.malformed("the time")
  }
  let anchors = Set(signatory.anchors.compactMap { Hash(bytes: $0.spkiSHA256) })
  var chain = RecordChain(seal: bundle.seal, terms: bundle.redactionTerms)
  // Their signatures were judged when the bundle was verified; here only the links matter.
  let others = Set(bundle.redactionTerms.redactors.map(\.anchor))
  for record in bundle.records { try chain.append(record, anchors: others) }
  let record = try RedactionRecord(
    seal: bundle.seal.digest, previous: chain.lastDigest, sequence: chain.nextSequence,
    view: view.id, isClosed: order.closing, redactor: signatory.signerName,
    proposer: order.proposer, approver: order.approver, release: order.release?.digest, time: now,
    cuts: cuts)
  try permitted(record, in: &chain, anchors, signatory)
  try checkLocks(bundle, record)
  return record
}

private func permitted(
  _ record: RedactionRecord, in chain: inout RecordChain, _ anchors: Set<Hash>,
  _ signatory: Signatory
) throws {
  do {
    try chain.append(record, anchors: anchors)
  } catch {
    if error.check == "permission" { throw EvidenceError.notPermitted(node: signatory.node) }
    throw error
  }
}

private func checkLocks(_ bundle: EvidenceBundle, _ record: RedactionRecord) throws {
  let claims = try Claims(bundle.records + [record])
  do {
    try claims.check(locked: bundle.redactionTerms)
  } catch {
    let items = Set(bundle.redactionTerms.locked.map(\.item))
    throw EvidenceError.locked(item: record.cuts.map(\.item).first(where: items.contains) ?? 0)
  }
}
