import ArgumentParser
import AuditLog
import CanonicalJSON
import DurableFiles
import Evidence
import Federation
import Redaction
import RogatoryNode

struct Redact: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Withhold parts of a bundle by a policy; the seal stays valid.")

  @Argument(help: "The bundle.") var bundle: String
  @Option(help: "The policy, a YAML file (see Docs/CommandLine.md).") var policy: String
  @Option(name: .shortAndLong, help: "The redacted bundle to write.") var output: String?
  @Flag(help: "Show what would be withheld; write nothing.") var dryRun = false
  @Flag(help: "Allow no further redaction after this one.") var close = false
  @Option(help: "The officer who proposes.") var by: String?
  @Option(help: "The officer who approves.") var approvedBy: String?
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard dryRun || output != nil else {
      throw ValidationError("Name the redacted bundle with -o, or use --dry-run.")
    }
  }

  func run() async throws {
    let home = try global.openHome()
    let rules = try readPolicy(at: policy)
    let input = try BundleInput(bundle)
    let verified = try input.verified(
      trust: home.trust(), quiet: global.quiet, label: "verifying")
    let labels = try home.pseudonyms(for: rules, of: verified)
    var pseudonyms = labels?.pseudonyms
    let proposal = try propose(rules, for: verified, pseudonyms: &pseudonyms)
    for note in proposal.outcome.notes { printNote("rogatory: note: \(note).") }
    for number in proposal.namelessItems {
      printNote("rogatory: note: item \(number) has no name left, so no rule is about it.")
    }
    if let obstacle = proposal.outcome.obstacles.first {
      throw Failure(
        .refused, obstacle, safe: "nothing was written",
        hint: "correct the rule, or narrow the items that it is about")
    }
    guard let output, !dryRun else { return tell(proposal, verified) }
    let approval = try home.approval(by: by, approvedBy: approvedBy)
    let now = currentTime()
    let signatory = try home.signatory(at: now)
    let order = RedactionOrder(
      proposer: approval.proposer.id.text, approver: approval.approver.id.text, closing: close)
    let scratch = try makeScratch(beside: output)
    let log = try home.openLog(software: softwareVersion)
    let progress = Progress("redacting", total: input.file.facts.size, quiet: global.quiet)
    let redacted = try writeOutput(to: output) { descriptor in
      try redact(
        verified, proposal, order, by: signatory, into: descriptor, scratch: scratch, at: now,
        progress: progress.advance)
    } before: { redacted in
      progress.finish()
      if let labels, let pseudonyms { try labels.store(pseudonyms) }
      _ = try log.append(
        redacted.logDraft(proposal, bundleID: verified.bundle.seal.bundleID, approval))
    }
    try log.close()
    tell(redacted, proposal, verified, output)
  }

  private func tell(_ proposal: RedactionProposal, _ verified: VerifiedBundle) {
    let names = Dictionary(
      verified.verification.items.map { ($0.number, $0.name ?? "") },
      uniquingKeysWith: { a, _ in a })
    let lines = proposal.cuts.map { cut in
      "  item \(cut.item) \(safePath(forName: names[cut.item] ?? ""))  \(cut.partText)  "
        + "\(cut.code)  rule \(cut.rule)"
    }
    global.print(
      .object([
        "dryRun": true, "counts": proposal.countsJSON,
        "cuts": .array(proposal.cuts.map(\.json)),
      ]),
      text: (["Would withhold:"] + lines.prefix(200)
        + (lines.count > 200 ? ["  … and \(lines.count - 200) more (see --json)"] : [])
        + ["Counts: \(proposal.countsText)", "Nothing was written."]).joined(separator: "\n"))
  }

  private func tell(
    _ redacted: RedactedBundle, _ proposal: RedactionProposal, _ verified: VerifiedBundle,
    _ output: String
  ) {
    global.print(
      .object([
        "bundle": .string(verified.bundle.seal.bundleID), "file": .string(output),
        "step": .integer(Int64(clamping: redacted.record.sequence)),
        "view": .string(redacted.record.view.base64),
        "record": .string(redacted.record.digest.base64),
        "proposer": .string(redacted.record.proposer),
        "approver": .string(redacted.record.approver ?? "-"),
        "counts": proposal.countsJSON, "withheldItems": .integer(Int64(redacted.withheldItems)),
        "cuts": .integer(Int64(proposal.cuts.count)),
      ]),
      text: """
        Wrote \(output): step \(redacted.record.sequence), \(redacted.withheldItems) item(s) wholly \
        withheld
        Withheld by code: \(proposal.countsText)
        Proposed by \(redacted.record.proposer), approved by \(redacted.record.approver ?? "-")
        """)
  }
}

extension RedactionProposal {
  var countsText: String {
    countsByCode.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
      .joined(separator: ", ")
  }

  var countsJSON: JSON {
    .object(countsByCode.mapValues { .integer(Int64(clamping: $0)) })
  }
}

extension RedactedBundle {
  func logDraft(
    _ proposal: RedactionProposal, bundleID: String, _ approval: Approval
  ) -> LogDraft {
    LogDraft(
      .redact,
      [
        "bundle": .string(bundleID), "seal": .string(record.seal.base64),
        "view": .string(record.view.base64), "record": .string(record.digest.base64),
        "redactions": proposal.countsJSON, "outcome": "redacted",
      ],
      personal: ["actor": approval.proposer.id.text, "approver": approval.approver.id.text])
  }
}

extension Cut {
  var partText: String {
    switch part {
    case .all: "all"
    case .header(let range): "header \(range.lowerBound)-\(range.upperBound)"
    case .content(let range): "content \(range.lowerBound)-\(range.upperBound)"
    }
  }

  var json: JSON {
    .object([
      "item": .integer(Int64(item)), "part": .string(partText), "code": .string(code),
      "rule": .integer(Int64(clamping: rule)), "basis": .string(basis),
    ])
  }
}
