import AuditLog
import CanonicalJSON
import Evidence
import Federation
import Redaction
import Report

extension Redact {
  /// What was made.
  func tell(
    _ redacted: RedactedBundle, _ proposal: RedactionProposal, _ leaks: LeakOutcome,
    _ verified: VerifiedBundle, rejected: Int
  ) {
    let record = redacted.record
    global.print(
      .object([
        "bundle": .string(bundleID(verified)), "file": .string(output ?? ""),
        "step": .integer(Int64(clamping: record.sequence)), "view": .string(record.view.base64),
        "record": .string(record.digest.base64), "proposer": .string(record.proposer),
        "approver": .string(record.approver ?? "-"), "counts": proposal.countsJSON,
        "withheldItems": .integer(Int64(redacted.withheldItems)),
        "cuts": .integer(Int64(proposal.cuts.count)),
        "rejected": .integer(Int64(max(0, rejected))), "leakTest": leaks.json,
      ]),
      text: """
        Wrote \(output ?? ""): step \(record.sequence), \
        \(counted(proposal.cuts.count, "place")) withheld in \
        \(counted(Set(proposal.cuts.map(\.item)).count, "item")); \
        \(counted(redacted.withheldItems, "item is", "items are")) wholly withheld
        Parts withheld by code: \(proposal.countsText)
        Proposed by \(record.proposer), approved by \(record.approver ?? "-")
        Leak test: \(leaks.words)
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
  /// The entry: digests, counts and codes, never a value.
  func logDraft(
    _ cuts: RedactionProposal, _ leaks: LeakOutcome, proposal: String?, bundleID: String,
    _ approval: Approval
  ) -> LogDraft {
    var fields: [String: JSON] = [
      "bundle": .string(bundleID), "seal": .string(record.seal.base64),
      "view": .string(record.view.base64), "record": .string(record.digest.base64),
      "redactions": cuts.countsJSON, "leakTest": leaks.json, "outcome": "redacted",
    ]
    if let proposal { fields["proposal"] = .string(proposal) }
    return LogDraft(
      .redact, fields,
      personal: approval.people)
  }
}
