import ArgumentParser
import AuditLog
import CAdES
import CanonicalJSON
import DurableFiles
import Evidence
import Federation
import Merkle
import Redaction
import Report
import RogatoryNode

struct GrantCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grant",
    abstract: "Let another node redact a bundle, by a signed record in it.",
    discussion: """
      Who may redact stands in the bundle's terms. Each of these nodes, and the sealer where none \
      is named, can let others: the copy that this writes has one more record, and nothing in it is \
      withheld. The other node must be a peer, for its card names the authority that vouches for \
      it. Exit 4: this node may not redact the bundle itself, or a second person is missing.
      """)

  @Argument(help: "The bundle.") var bundle: String
  @Option(help: "The node that may redact from now on, a peer. Repeatable.") var to: [String]
  @Option(name: .shortAndLong, help: "The copy to write.", transform: outputPath) var output: String
  @Option(help: "The officer who proposes.") var by: String?
  @Option(help: "The officer who approves.") var approvedBy: String?
  @OptionGroup var global: GlobalOptions

  func run() throws {
    let home = try global.openHome()
    let grants = try grantees(in: home)
    let input = try BundleInput(bundle)
    let verified = try input.verified(
      trust: home.trust(), global, label: "verifying",
      checked: home.checkedFiles(software: softwareVersion))
    let approval = try home.approval(by: by, approvedBy: approvedBy)
    let now = currentTime()
    let signatory = try home.signatory(at: now)
    let order = RedactionOrder(
      proposer: approval.proposer.id.text, approver: approval.approver.id.text)
    let scratch = try makeScratch(beside: output)
    let log = try home.openLog(software: softwareVersion)
    let progress = Progress("writing", total: input.file.facts.size, global)
    let made = try writeOutput(to: output) { descriptor in
      try grant(
        verified, grants, order, by: signatory, into: descriptor, scratch: scratch, at: now,
        progress: progress.advance)
    } checking: { _, _ in
      progress.finish()
      try input.file.checkUnchanged()
    } before: { made in
      _ = try log.append(made.grantDraft(bundleID: verified.bundle.seal.bundleID, approval))
    }
    try log.close()
    tell(made, verified)
  }

  /// The nodes with the anchors of their cards, as records name them.
  private func grantees(in home: NodeHome) throws -> Set<Terms.Redactor> {
    let cards = try home.peers().map(\.card)
    var grants: Set<Terms.Redactor> = []
    for node in to {
      guard let card = cards.first(where: { $0.node.text == node }) else {
        throw Failure(
          .refused, "\(printable(node)) isn't a peer of this node, so nobody vouches for it",
          safe: "nothing was written", hint: "add its card first: `rogatory peer add`")
      }
      for anchor in card.signingAnchors {
        guard let digest = Hash(bytes: anchor.spkiSHA256) else { continue }
        grants.insert(Terms.Redactor(node: node, anchor: digest))
      }
    }
    guard grants.count <= RedactionRecord.maximumGrants else {
      throw Failure(
        .usage, "one record lets \(RedactionRecord.maximumGrants) authorities redact at most",
        safe: "nothing was written", hint: "name fewer nodes, and grant twice")
    }
    return grants
  }

  private func tell(_ made: RedactedBundle, _ verified: VerifiedBundle) {
    let record = made.record
    global.print(
      .object([
        "bundle": .string(verified.bundle.seal.bundleID), "file": .string(output),
        "step": .integer(Int64(clamping: record.sequence)), "view": .string(record.view.base64),
        "record": .string(record.digest.base64), "grants": record.grantsJSON,
        "proposer": .string(record.proposer), "approver": .string(record.approver ?? "-"),
      ]),
      text: """
        Wrote \(output): step \(record.sequence), from which \
        \(Set(record.grants.map(\.node)).sorted().joined(separator: ", ")) may redact too
        Proposed by \(record.proposer), approved by \(record.approver ?? "-")
        """)
  }
}

extension RedactedBundle {
  fileprivate func grantDraft(bundleID: String, _ approval: Approval) -> LogDraft {
    LogDraft(
      .redact,
      [
        "bundle": .string(bundleID), "seal": .string(record.seal.base64),
        "view": .string(record.view.base64), "record": .string(record.digest.base64),
        "granted": .array(Set(record.grants.map(\.node)).sorted().map { .string($0) }),
        "outcome": "granted",
      ],
      personal: approval.people)
  }
}
