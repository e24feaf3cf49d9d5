import CanonicalJSON
public import Evidence
import Redaction

/// A proposal to redact, as one person saves it for another to decide on (Docs/Decisions/0024).
///
/// It holds the values that are to be withheld, so its file is for the two alone. Nothing in it is
/// believed: it is compared with the bundle before a cut is made, and the decision with the log.
public struct SavedProposal: Hashable, Sendable {
  /// The bundle's id.
  public let bundle: String
  /// The digest of its seal, base64.
  public let seal: String
  /// The view id of the copy that the cuts are proposed for, base64.
  public let view: String
  /// The file name of the policy that found them.
  public let policy: String
  /// Random, so that the digest of a proposal tells nothing of the values in it.
  public let nonce: String
  /// The officer who proposes.
  public let proposer: String
  /// When, RFC 3339.
  public let time: String
  /// The cuts with their contexts.
  public let listing: CutListing
  /// Originals that only a rule about metadata withholds, so that their companions stay; ascending.
  public let metadataOnly: [Int]
  /// What was decided; nil while nothing is.
  public private(set) var decision: Decision?

  /// What a second person decided.
  public struct Decision: Hashable, Sendable {
    /// The officer who decided.
    public let approver: String
    /// When, RFC 3339.
    public let time: String
    /// The numbers of the cuts that are accepted; empty where none is.
    public let accepted: CutNumbers
    /// The numbers of the cuts that were rejected by name, so that they mustn't come back.
    public let rejected: CutNumbers
    /// SHA-256 of the proposal with this decision, lower-case hex: what the log names.
    public let digest: String
  }

  /// A proposal on which nothing is decided.
  public init(
    _ listing: CutListing, of verified: VerifiedBundle, metadataOnly: Set<Int> = [],
    policy: String, nonce: String, proposer: String, time: String
  ) {
    let seal = verified.bundle.seal
    bundle = seal.bundleID
    self.seal = seal.digest.base64
    view = verified.bundle.view.id.base64
    (self.policy, self.nonce, self.proposer, self.time) = (policy, nonce, proposer, time)
    self.listing = listing
    self.metadataOnly = metadataOnly.sorted()
  }

  init(
    bundle: String, seal: String, view: String, policy: String, nonce: String, proposer: String,
    time: String, listing: CutListing, metadataOnly: [Int], decision: Decision?
  ) {
    (self.bundle, self.seal, self.view) = (bundle, seal, view)
    (self.policy, self.nonce, self.proposer, self.time) = (policy, nonce, proposer, time)
    (self.listing, self.metadataOnly, self.decision) = (listing, metadataOnly, decision)
  }

  /// The proposal with a decision.
  ///
  /// - Throws: ``ProposalError/decided(by:)`` where there is one, ``ChoiceError``.
  public func deciding(
    _ choice: CutChoice, by approver: String, at time: String
  ) throws -> SavedProposal {
    if let decision { throw ProposalError.decided(by: decision.approver) }
    let cuts = listing.cuts
    guard choice.largest <= cuts.count else {
      throw ChoiceError.noSuchCut(number: choice.largest, count: cuts.count)
    }
    let accepted = cuts.filter { !$0.isForced && choice.accepts($0.number) }
    let items = Set(accepted.map(\.cut.item))
    if let half = cuts.first(where: { cut in
      cut.isForced && choice.rejected?.contains(cut.number) == true && items.contains(cut.cut.item)
    }) {
      throw ChoiceError.forced(number: half.number)
    }
    let rejected = cuts.filter { choice.rejected?.contains($0.number) == true }
    var decided = self
    func decide(_ digest: String) {
      decided.decision = Decision(
        approver: approver, time: time, accepted: CutNumbers(accepted.map(\.number)),
        rejected: CutNumbers(rejected.map(\.number)), digest: digest)
    }
    decide("")
    decide(decided.digest)
    return decided
  }

  /// The choice that the decision stands for; nil while nothing is decided.
  public var choice: CutChoice? {
    decision.map { CutChoice(accepted: $0.accepted, rejected: $0.rejected) }
  }

  /// Checks that the proposal is for exactly this copy, and that it shows what stands there.
  ///
  /// - Returns: its cuts. The forced ones among them say nothing: choosing finds them anew.
  /// - Throws: ``ProposalError``.
  public func check(against verified: VerifiedBundle) throws -> RedactionProposal {
    let now = verified.bundle
    guard bundle == now.seal.bundleID, seal == now.seal.digest.base64 else {
      throw ProposalError.otherBundle(bundle)
    }
    guard view == now.view.id.base64 else { throw ProposalError.otherCopy }
    if let decision, decision.digest != digest { throw ProposalError.changed(number: nil) }
    let cuts = listing.cuts.map(\.cut)
    guard let fresh = try? CutListing(cuts, of: verified), fresh.cuts.count == cuts.count else {
      throw ProposalError.changed(number: nil)
    }
    for (saved, real) in zip(listing.cuts, fresh.cuts) where !saved.isSame(as: real) {
      throw ProposalError.changed(number: real.number)
    }
    return RedactionProposal(cuts: cuts, metadataOnly: Set(metadataOnly))
  }

  /// SHA-256 of everything but the decision's own digest, lower-case hex.
  private var digest: String {
    var object = json.object ?? [:]
    if var decision = object["decision"]?.object {
      decision["digest"] = nil
      object["decision"] = .object(decision)
    }
    var digest = Digest256()
    digest.update(JSON.object(object).canonicalBytes)
    return digest.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

/// Why a saved proposal can't be decided on or followed.
public enum ProposalError: Error, Hashable, Sendable {
  /// The file isn't a saved proposal.
  case malformed
  /// It is for another bundle.
  case otherBundle(String)
  /// It is for another copy of the bundle: more or less is withheld in this one.
  case otherCopy
  /// It isn't what the program saved: the number of the first cut that differs, where one does.
  case changed(number: Int?)
  /// It was decided on before.
  case decided(by: String)
}

extension ListedCut {
  /// By bytes, since strings of equal meaning compare as equal.
  fileprivate func isSame(as other: ListedCut) -> Bool {
    json.canonicalBytes == other.json.canonicalBytes
  }
}
