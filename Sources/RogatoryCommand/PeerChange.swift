import AuditLog
import CanonicalJSON
import Evidence
import Federation
import Redaction
import Report
import RogatoryNode

/// The entry for a peer that came, changed or went, by two officers.
func peerChangeDraft(
  _ card: PeerCard, _ outcome: String, _ approval: Approval, more: [String: JSON] = [:]
) -> LogDraft {
  LogDraft(
    .peerChange,
    more.merging([
      "peer": .string(card.node.text), "outcome": .string(outcome),
      "peer-country": .string(card.country), "peer-authority": .string(card.authority),
      "code": .string(card.fingerprint),
    ]) { $1 },
    personal: approval.people)
}

extension PeerCard {
  /// What people compare, for a program.
  var compared: [String: JSON] {
    ["fingerprint": .string(fingerprint), "words": .string(words)]
  }

  /// One line for people: who it is.
  var line: String { "\(node), \(printable(authority)), \(country), \(place)" }

  /// Where it is reached, if it is called at all.
  var place: String {
    delivery == .push ? "at \(printable(url))" : "which fetches from here by itself"
  }

  /// What two people read to each other, on lines of their own.
  var comparison: String { "  \(words)\n  \(fingerprint)" }
}

/// Now, as statements write times.
func currentTimeText() -> String { StatementTime(unixSeconds: currentTime())?.text ?? "" }

/// Appends entries to the home's log, which is open for no longer.
func append(_ drafts: [LogDraft], to home: NodeHome) async throws {
  let log = try home.openLog(software: softwareVersion)
  do {
    // A commit takes a limited number of entries.
    for start in stride(from: 0, to: drafts.count, by: LogLimits.batch) {
      let part = Array(drafts[start..<min(start + LogLimits.batch, drafts.count)])
      let _: [LogEntry] = try await log.append(part)
    }
  } catch {
    try? log.close()
    throw error
  }
  try log.close()
}
