import ArgumentParser
import AuditLog
import CanonicalJSON
import DurableFiles
import Evidence
import Federation
import Redaction
import Report
import RogatoryNode

struct Approve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve",
    abstract: "Decide on a saved proposal to redact.",
    discussion: """
      Shows the proposal, with what is to be withheld. With --by, the decision is written into the \
      file and into the log; without --accept and --reject, all of it is accepted. Who proposed \
      can't decide: exit 4.
      """)

  @Argument(help: "The proposal that `redact --dry-run --save` wrote.") var proposal: String
  @Option(help: "The officer who decides; without, the proposal is only shown.") var by: String?
  @Option(help: "Accept only these numbers: 1-5,9, or a file of them.") var accept: String?
  @Option(help: "Reject these numbers: 1-5,9, or a file of them.") var reject: String?
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard by != nil || accept == nil && reject == nil else {
      throw ValidationError("Name the officer who decides with --by.")
    }
  }

  func run() async throws {
    let saved = try readProposal(proposal)
    guard let by else { return tell(saved) }
    let home = try global.openHome()
    try refuseAuditors([by], to: "approve", of: home)
    let approval = try home.officers().approval(by: saved.proposer, approvedBy: by)
    let choice = CutChoice(
      accepted: try readNumbers(accept), rejected: try readNumbers(reject))
    let decided = try saved.deciding(
      choice, by: by, at: StatementTime(unixSeconds: currentTime())?.text ?? "")
    let log = try home.openLog(software: softwareVersion)
    // The log first: a decision that isn't in it counts for nothing, so a crash between the two
    // leaves a proposal that can be decided on again.
    _ = try await log.append(decided.logDraft(approval))
    try write(decided, to: proposal, replacing: true)
    try log.close()
    tell(decided)
  }

  private func tell(_ saved: SavedProposal) {
    let count = saved.listing.cuts.count
    var lines = [
      "Proposal to redact bundle \(printable(saved.bundle))",
      "by \(printable(saved.proposer)), \(printable(saved.time)), policy \(printable(saved.policy))",
      "",
      saved.listing.text, "",
    ]
    if let decision = saved.decision {
      let numbers = decision.accepted.text
      lines.append(
        numbers.isEmpty
          ? "Rejected as a whole by \(printable(decision.approver)), \(printable(decision.time))."
          : "Approved by \(printable(decision.approver)), \(printable(decision.time)): \(numbers) of \(count). "
            + "What the format forces goes with it.")
    } else {
      lines.append("Nothing is decided.")
    }
    global.print(saved.json, text: lines.joined(separator: "\n"))
  }
}

extension SavedProposal {
  /// The entry: numbers, codes and a digest that tells nothing, never a value.
  func logDraft(_ approval: Approval) -> LogDraft {
    let accepted = listing.cuts.filter { decision?.accepted.contains($0.number) == true }
    let codes = accepted.reduce(into: [String: Int64]()) { $0[$1.cut.code, default: 0] += 1 }
    let proposed = listing.cuts.count { !$0.isForced }
    return LogDraft(
      .approve,
      [
        "bundle": .string(bundle), "seal": .string(seal), "view": .string(view),
        "proposal": .string(decision?.digest ?? ""),
        "accepted": .integer(Int64(accepted.count)),
        "rejected": .integer(Int64(proposed - accepted.count)),
        "redactions": .object(codes.mapValues { .integer($0) }),
        "outcome": accepted.isEmpty ? "rejected" : "approved",
      ],
      personal: approval.people)
  }
}
