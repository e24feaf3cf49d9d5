import ArgumentParser
import AuditLog
import CanonicalJSON
import DurableFiles
import Evidence
import Federation
import Redaction
import Report
import RogatoryNode

struct Redact: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "redact",
    abstract: "Withhold parts of a bundle; the seal stays valid.",
    discussion: """
      What to withhold comes from a policy, or from a proposal that --dry-run --save wrote and \
      `rogatory approve` decided on. --dry-run shows each proposed cut with a number and what stands \
      around it, and writes nothing; --accept and --reject take those numbers. Before the redacted \
      bundle gets its name, everything in it is searched for what was withheld. \
      Exit 4: there is nothing to withhold, a rule can't be followed, a second person is missing, \
      the proposal isn't for this copy, or something withheld stands elsewhere in the bundle.
      """)

  @Argument(help: "The bundle.") var bundle: String
  @Option(help: "The policy, a YAML file (see Docs/CommandLine.md).") var policy: String?
  @Option(help: "A saved proposal, instead of a policy.") var proposal: String?
  @Option(name: .shortAndLong, help: "The redacted bundle to write.", transform: outputPath)
  var output: String?
  @Flag(help: "List what would be withheld, on the terminal only.") var dryRun = false
  @Option(help: "With --dry-run: save the list as a proposal for a second person.")
  var save: String?
  @Option(help: "Withhold only these numbers of the list: 1-5,9, or a file of them.")
  var accept: String?
  @Option(help: "Don't withhold these numbers of the list: 1-5,9, or a file of them.")
  var reject: String?
  @Flag(help: "If there is nothing to withhold, write the same bundle again.")
  var allowNothing = false
  @Option(help: "Accept that what was withheld still stands here: ITEM@OFFSET. Repeatable.")
  var allowLeak: [String] = []
  @Flag(help: "Don't search the result for what was withheld; the log says so.")
  var skipLeakTest = false
  @Flag(help: "Allow no further redaction after this one.") var close = false
  @Option(help: "The officer who proposes.") var by: String?
  @Option(help: "The officer who approves.") var approvedBy: String?
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard (policy == nil) != (proposal == nil) else {
      throw ValidationError("Name a policy with --policy, or a saved proposal with --proposal.")
    }
    guard dryRun || output != nil else {
      throw ValidationError("Name the redacted bundle with -o, or use --dry-run.")
    }
    if dryRun, accept != nil || reject != nil {
      throw ValidationError("--dry-run lists every cut; --accept and --reject go with -o.")
    }
    if save != nil, !dryRun || policy == nil {
      throw ValidationError("--save goes with --policy and --dry-run.")
    }
    if proposal != nil, by != nil {
      throw ValidationError("Who proposes stands in the proposal; --by goes with --policy.")
    }
    if skipLeakTest, !allowLeak.isEmpty {
      throw ValidationError("--allow-leak accepts what the leak test finds: don't skip it.")
    }
  }

  func run() async throws {
    let home = try global.openHome()
    let source = try RedactionSource(policy: policy, proposal: proposal)
    let choice = CutChoice(
      accepted: try readNumbers(accept), rejected: try readNumbers(reject))
    let input = try BundleInput(bundle)
    let verified = try input.verified(
      trust: home.trust(), global, label: "verifying",
      checked: home.checkedFiles(software: softwareVersion))
    let found = try source.propose(for: verified, in: home)
    if dryRun { return try list(found, verified, home) }
    try refuseAuditors([by, approvedBy], to: "redact", of: home)
    let approval = try source.approval(in: home, by: by, approvedBy: approvedBy)
    let chosen = try found.proposal.choosing(source.choice(choice), for: verified)
    let log = try home.openLog(software: softwareVersion)
    if let decision = source.saved?.decision { try log.require(decision, of: bundleID(verified)) }
    if chosen.cuts.isEmpty {
      try requireSomething(source)
      try copy(input, verified, approval, log)
    } else {
      try apply(chosen, of: found, source, input, verified, approval, home: home, log: log)
    }
    try log.close()
  }

  func bundleID(_ verified: VerifiedBundle) -> String { verified.bundle.seal.bundleID }

  private func apply(
    _ chosen: RedactionProposal, of found: FoundCuts, _ source: RedactionSource,
    _ input: BundleInput, _ verified: VerifiedBundle, _ approval: Approval, home: NodeHome,
    log: NodeLog
  ) throws {
    let output = output ?? ""
    let now = currentTime()
    let signatory = try home.signatory(at: now)
    let order = RedactionOrder(
      proposer: approval.proposer.id.text, approver: approval.approver.id.text, closing: close)
    let scratch = try makeScratch(beside: output)
    let progress = Progress("redacting", total: input.file.facts.size, global)
    var leaks = LeakOutcome.skipped
    let redacted = try writeOutput(to: output) { descriptor in
      try redact(
        verified, chosen, order, by: signatory, into: descriptor, scratch: scratch, at: now,
        progress: progress.advance)
    } checking: { descriptor, redacted in
      progress.finish()
      try input.file.checkUnchanged()
      leaks = try testForLeaks(in: descriptor, of: redacted.byteCount, against: verified)
    } before: { redacted in
      try found.keepLabels()
      _ = try log.append(
        redacted.logDraft(
          chosen, leaks, proposal: source.saved?.decision?.digest, bundleID: bundleID(verified),
          approval))
    }
    tell(redacted, chosen, leaks, verified, rejected: found.proposal.cuts.count - chosen.cuts.count)
  }
}
