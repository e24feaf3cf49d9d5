import AuditLog
import CanonicalJSON
import DurableFiles
import Evidence
import Federation
import Redaction
import Report
import RogatoryNode

/// Where a redaction's cuts come from: a policy, or a saved proposal.
enum RedactionSource {
  case policy(Policy, path: String)
  case saved(SavedProposal, path: String)

  /// Reads the file; `validate()` has seen to it that one of the two is named.
  init(policy: String?, proposal: String?) throws {
    if let proposal {
      self = .saved(try readProposal(proposal), path: proposal)
    } else {
      let path = policy ?? ""
      self = .policy(try readPolicy(at: path), path: path)
    }
  }

  var saved: SavedProposal? {
    if case .saved(let saved, _) = self { saved } else { nil }
  }

  /// The cuts in a bundle, numbered as `--dry-run` lists them. What the person must know of the
  /// policy's rules is told on stderr.
  ///
  /// - Throws: a ``Failure`` where a rule can't be followed.
  func propose(for verified: VerifiedBundle, in home: NodeHome) throws -> FoundCuts {
    switch self {
    case .saved(let saved, _):
      // Its labels were kept when it was saved.
      return FoundCuts(proposal: try saved.check(against: verified), labels: nil)
    case .policy(let policy, _):
      let file = try home.pseudonyms(for: policy, of: verified)
      var labels = file?.pseudonyms
      let found = try Evidence.propose(policy, for: verified, pseudonyms: &labels)
      for note in found.outcome.notes { printNote("rogatory: note: \(note).") }
      for number in found.namelessItems {
        printNote("rogatory: note: item \(number) has no name left, so no rule is about it.")
      }
      if let obstacle = found.outcome.obstacles.first {
        throw Failure(
          .refused, obstacle, safe: "nothing was written",
          hint: "correct the rule, or narrow the items that it is about")
      }
      return FoundCuts(
        proposal: found, labels: file.flatMap { file in labels.map { (file, $0) } })
    }
  }

  /// The two officers behind the redaction.
  func approval(in home: NodeHome, by: String?, approvedBy: String?) throws -> Approval {
    guard case .saved(let saved, let path) = self else {
      return try home.approval(by: by, approvedBy: approvedBy)
    }
    if let decision = saved.decision, let approvedBy, approvedBy != decision.approver {
      throw Failure(
        .refused, "\(decision.approver) decided on this proposal, not \(approvedBy)",
        safe: "nothing was written", hint: "leave --approved-by out")
    }
    // On a development node too: a proposal that was saved for a second person needs that person.
    guard let approver = saved.decision?.approver ?? approvedBy else {
      throw Failure(
        .refused, "nobody has decided on this proposal", safe: "nothing was written",
        hint: "`rogatory approve \(path) --by ID`, or --approved-by ID here")
    }
    return try home.officers().approval(by: saved.proposer, approvedBy: approver)
  }

  /// What is to be cut of the numbered cuts: as was decided, else as the command line says.
  func choice(_ given: CutChoice) throws -> CutChoice {
    guard let decided = saved?.choice else { return given }
    guard given == CutChoice() else {
      throw Failure(
        .usage, "the proposal was decided on, so --accept and --reject can't change it",
        safe: "nothing was written", hint: "make a new proposal with --dry-run --save")
    }
    return decided
  }
}

/// Proposed cuts, and the labels of the case that they show.
struct FoundCuts {
  let proposal: RedactionProposal
  fileprivate let labels: (file: PseudonymFile, new: Pseudonyms)?

  /// Keeps the labels for the next bundle of the case, before anybody sees them.
  func keepLabels() throws {
    if let (file, new) = labels { try file.store(new) }
  }
}

/// Reads a saved proposal.
func readProposal(_ path: String) throws -> SavedProposal {
  try SavedProposal(
    parsing: readSmallFile(
      path, limit: SavedProposal.maximumByteCount, followingLinks: true))
}

/// The numbers that an option gives, or those in the file that it names.
func readNumbers(_ text: String?) throws -> CutNumbers? {
  guard let text else { return nil }
  if let numbers = CutNumbers(parsing: text) { return numbers }
  let bytes: [UInt8]
  do {
    bytes = try readSmallFile(text, limit: CutNumbers.maximumByteCount, followingLinks: true)
  } catch {
    guard error.isNotFound else { throw error }
    throw Failure(
      .usage, "\(safePath(forName: text)) is neither numbers nor a file",
      safe: "nothing was written", hint: "numbers look like this: 1-5,9")
  }
  guard let numbers = CutNumbers(parsing: String(decoding: bytes, as: UTF8.self)) else {
    throw Failure(
      .failed, "\(safePath(forName: text)) isn't a list of numbers", safe: "nothing was written",
      hint:
        "numbers and ranges, such as 1-5 and 9, parted by commas or line ends; # begins a remark")
  }
  return numbers
}

extension NodeLog {
  /// Makes sure that a decision is one that this node's log has: a file can be edited, the log can't.
  func require(_ decision: SavedProposal.Decision, of bundle: String) throws {
    var isKnown = false
    try show(EntryFilter(event: .approve), personal: true) { entry in
      let approver = entry.personal["approver"]
      isKnown =
        isKnown
        || entry.fields["proposal"]?.string == decision.digest
          && entry.fields["bundle"]?.string == bundle
          // Erased, or the one who is named.
          && (approver == nil || approver == decision.approver)
    }
    guard isKnown else {
      throw Failure(
        .refused, "this node's log has no such decision by \(safePath(forName: decision.approver))",
        safe: "nothing was written",
        hint: "save the proposal anew, and have it approved at this node")
    }
  }
}
