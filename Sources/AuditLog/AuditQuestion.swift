/// The questions that auditors ask, Q1 to Q21, as Docs/AuditLog.md lists them.
public enum AuditQuestion: Int, CaseIterable, Hashable, Sendable {
  case transfers = 1
  case life, integrity, reconciliation, consultations, legalBasis, thirdCountries, overdue,
    measures,
    retention, onward, redactions, denials, recalls, trust, statistics, fairness, subject,
    administration, clocks, readings

  /// `Q1` to `Q21`.
  public var id: String { "Q\(rawValue)" }

  /// The question with this id, in either case.
  public init?(id: String) {
    guard let first = id.first, first == "Q" || first == "q", let number = Int(id.dropFirst()),
      String(number) == id.dropFirst()
    else { return nil }
    self.init(rawValue: number)
  }

  /// What the answer is called.
  public var title: String {
    switch self {
    case .transfers: "Transfers by peer, country, instrument and outcome"
    case .life: "The full life of one bundle"
    case .integrity: "Coverage by checkpoints and witnesses"
    case .reconciliation: "Reconciliation with a peer's log"
    case .consultations: "Who opened what, and why"
    case .legalBasis: "Disclosures without a valid legal basis"
    case .thirdCountries: "Transfers to third countries"
    case .overdue: "What is overdue"
    case .measures: "Provisional measures: holds and reviews"
    case .retention: "Retention, holds and erasures"
    case .onward: "Onward transfers against consent"
    case .redactions: "Redactions, and who approved them"
    case .denials: "Denied and failed"
    case .recalls: "Recalls and corrections"
    case .trust: "Changes of keys and trust"
    case .statistics: "e-Evidence statistics (Article 28)"
    case .fairness: "Fairness: what became of transfers and recalls"
    case .subject: "Disclosures about one person: those of the case"
    case .administration: "Acts of administrators, and changes of software"
    case .clocks: "Clocks and doubtful times"
    case .readings: "Readings of the log"
    }
  }

  /// The capability that the rest of a question waits for, where the log holds only a part of what would
  /// answer it.
  public var waitsFor: String? {
    switch self {
    case .measures:
      "provisional measures as requests of their own: their reports, confirmations and reviews"
    case .statistics:
      "production and preservation orders as requests of their own: issued, emergency, notified, "
        + "refused by ground, by type of data and addressee"
    case .fairness:
      "notices as requests of their own: the decisions on them, complaints and reversals, by notifier"
    case .subject:
      "references to data subjects (keyed hashes) in the entries of disclosures: the answer is by case"
    default: nil
    }
  }

  /// Whether the first table lists everything that was asked about, not only what was found wrong.
  var beginsWithEverything: Bool {
    switch self {
    case .transfers, .consultations, .thirdCountries, .onward, .redactions, .denials, .recalls,
      .trust, .administration, .readings, .fairness, .subject:
      true
    default: false
    }
  }

  /// What the answer doesn't show, although one might look for it there.
  var limits: [String] {
    switch self {
    case .life: ["Whether the other node's log tells what happened there: that is its own word."]
    case .integrity:
      ["Changed entries and hashes: `rogatory log verify` reads them, this report doesn't."]
    case .reconciliation:
      ["What the peer's log lacks, unless its export is named with --theirs."]
    case .consultations:
      [
        "Whether the person belongs to the case: memberships of cases are not in the log.",
        "What was read after a bundle left the node's inbox.",
      ]
    case .legalBasis:
      ["Whether the basis that was named does allow the disclosure: that is a judgement of law."]
    case .thirdCountries:
      ["Whether the basis holds: what the terms name is shown as they name it."]
    case .overdue: ["Deadlines that no entry states."]
    case .retention: ["Copies outside the node, and backups."]
    case .onward: ["What a recipient gave on outside of this node."]
    case .redactions:
      [
        "Which items hold personal data: classes of data are not in the log.",
        "Reversals: a part that was withheld comes back only with another transfer.",
      ]
    case .denials: ["Single refusals beyond the limit of entries in a minute: they are counted."]
    case .recalls: ["When a mistake was noticed: the log begins with the recall."]
    case .trust: ["Certificates that ran out without being changed: `rogatory doctor` tells those."]
    case .clocks: ["Whether the time source itself was right."]
    case .statistics:
      ["Transfers whose terms name the instrument otherwise than by its number, EPOC or EPOC-PR."]
    case .subject:
      [
        "Whether what was disclosed speaks of the person: that is in the bundles.",
        "Opened bundles of the case that other nodes hold.",
      ]
    case .readings: ["Who read a copy of the log with another program."]
    default: []
    }
  }
}

/// A value in a row of an answer.
public enum AuditValue: Hashable, Sendable {
  /// Nothing is known, or there is nothing.
  case none
  /// A count, or 0 and 1 for no and yes.
  case integer(Int64)
  /// A text as the log has it: from outside, and not yet printable.
  case text(String)
}
