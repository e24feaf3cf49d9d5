import ASiC
import CAdES
import Merkle
public import Redaction

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
  /// The nodes that are to be let redact, for ``grant(_:_:by:into:scratch:at:progress:)``.
  public internal(set) var grants: [Terms.Redactor] = []

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
  return try takeStep(
    verified, proposal.cuts, order, by: signatory, into: fileDescriptor, scratch: scratch, at: time,
    progress: progress)
}

/// Writes a copy of a verified bundle in which other nodes are let redact, and nothing else is changed.
///
/// Whoever may redact may grant that; a granted node may redact and grant from the next step on. What
/// the terms lock stays locked for all.
///
/// - Parameter grants: 1 to ``RedactionRecord/maximumGrants`` nodes, each with the digest of the
///   anchor that vouches for it.
/// - Throws: ``EvidenceError/notPermitted(node:)``, ``EvidenceError/closed``.
public func grant(
  _ verified: VerifiedBundle, _ grants: Set<Terms.Redactor>, _ order: RedactionOrder,
  by signatory: Signatory, into fileDescriptor: Int32, scratch: ScratchFile, at time: Int64,
  progress: @escaping (UInt64) -> Void = { _ in }
) throws -> RedactedBundle {
  guard verified.bundle.records.last?.isClosed != true else { throw EvidenceError.closed }
  var order = order
  order.grants = grants.sorted { ($0.node, $0.anchor.base64) < ($1.node, $1.anchor.base64) }
  return try takeStep(
    verified, [], order, by: signatory, into: fileDescriptor, scratch: scratch, at: time,
    progress: progress)
}

/// Writes the copy after one more step, with its record.
private func takeStep(
  _ verified: VerifiedBundle, _ cuts: [Cut], _ order: RedactionOrder,
  by signatory: Signatory, into fileDescriptor: Int32, scratch: ScratchFile, at time: Int64,
  progress: @escaping (UInt64) -> Void
) throws -> RedactedBundle {
  let bundle = verified.bundle
  let step = bundle.records.count + 1
  guard step <= Layout.maximumSteps else {
    throw EvidenceError.tooManySteps(limit: Layout.maximumSteps)
  }
  var rewrite = Rewrite(verified, release: order.release)
  if !cuts.isEmpty { try rewrite.cut(cuts, scratch: scratch) }
  let record = try makeRecord(bundle, cuts, order, signatory, view: rewrite.view, time)
  rewrite.records.append(record)
  let assembly = try Assembly(
    fileDescriptor: fileDescriptor, expecting: bundle.container.entries.count + 4,
    progress: progress)
  try rewrite.write(to: assembly, scratch: scratch)
  try rewrite.copySignatures(to: assembly)
  try assembly.sign(
    step + 1, over: [Layout.record(step)], by: signatory, commitment: .proofOfApproval, at: time)
  try assembly.signAsCarrier(signatory, at: time)
  _ = try rewrite.copyArchives(to: assembly)
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
  let assembly = try Assembly(
    fileDescriptor: fileDescriptor, expecting: verified.bundle.container.entries.count + 4,
    progress: progress)
  try rewrite.write(to: assembly, scratch: scratch)
  try rewrite.copySignatures(to: assembly)
  try assembly.signAsCarrier(signatory, at: time)
  _ = try rewrite.copyArchives(to: assembly)
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
  let others = Set(bundle.namedRedactors.map(\.anchor))
  for record in bundle.records { try chain.append(record, anchors: others) }
  let record = try RedactionRecord(
    seal: bundle.seal.digest, previous: chain.lastDigest, sequence: chain.nextSequence,
    view: view.id, isClosed: order.closing, redactor: signatory.signerName,
    proposer: order.proposer, approver: order.approver, release: order.release?.digest, time: now,
    grants: order.grants, cuts: cuts)
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
